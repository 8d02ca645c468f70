"""What the endpoints find in their networks: addresses, a neighbour that needs no asking, and nothing offloaded."""

import sys
from typing import Literal

import pytest

from tcpchaos.backends.lab import Lab, LabHost, open_lab
from tcpchaos.backends.warden.network import CONDITIONS, PINNED

pytestmark = pytest.mark.usefixtures("lab_or_skip")

OFFLOADS = """
import fcntl, socket, struct, ctypes
s = socket.socket()
for command in (0x14, 0x16, 0x18, 0x1e, 0x23, 0x2b):
    value = ctypes.create_string_buffer(struct.pack("=II", command, 1))
    fcntl.ioctl(s, 0x8946, struct.pack("16sP", b"eth0", ctypes.addressof(value)) + bytes(16))
    print(struct.unpack("=II", value.raw[:8])[1])
print(*(name for _, name in socket.if_nameindex()))
"""


async def shown(host: LabHost, *command: str) -> list[list[str]]:
    async with host.run(command) as running:
        assert await running.wait() == 0, running.stderr
    return [line.split() for line in running.stdout.decode().splitlines()]


def both(lab: Lab) -> tuple[LabHost, LabHost]:
    return lab.client, lab.server


async def test_each_knows_the_other_by_its_own_mac() -> None:
    async with open_lab() as lab:
        arp = await shown(lab.client, "cat", "/proc/net/arp")
        assert arp[1][0] == "192.0.2.2"
        assert arp[1][3] == "02:00:00:00:00:02"
        arp = await shown(lab.server, "cat", "/proc/net/arp")
        assert arp[1][0] == "192.0.2.1"
        assert arp[1][3] == "02:00:00:00:00:01"


async def test_offloads_stay_where_that_is_wanted() -> None:
    async with open_lab(offloads=True) as lab:
        _, tx, sg, tso, gso, gro, _ = await shown(lab.client, sys.executable, "-c", OFFLOADS)
    assert (tx, sg, tso, gso, gro) == (["1"], ["1"], ["1"], ["1"], ["0"])


@pytest.mark.parametrize(("family", "mtu"), [(4, 1500), (4, 1280), (6, 9000)])
async def test_ipv6_where_there_is_room_for_it(family: Literal[4, 6], mtu: int) -> None:
    async with open_lab(family, mtu) as lab:
        for number, host in enumerate(both(lab), start=1):
            addresses = {line[0] for line in await shown(host, "cat", "/proc/net/if_inet6") if line[5] == "eth0"}
            assert addresses == {f"20010db8{number:024x}"}


async def test_no_ipv6_below_its_least_mtu() -> None:
    async with open_lab(4, 1279) as lab:
        assert all(line[5] == "lo" for line in await shown(lab.client, "cat", "/proc/net/if_inet6"))


async def test_nothing_is_offloaded() -> None:
    async with open_lab() as lab:
        for host in both(lab):
            told = await shown(host, sys.executable, "-c", OFFLOADS)
            assert told == [["0"]] * 6 + [["lo", "eth0"]]


async def test_both_ends_live_under_the_same_conditions() -> None:
    async with open_lab(sysctls={"net.ipv4.tcp_sack": "0"}) as lab:
        files = [f"/proc/sys/{name.replace('.', '/')}" for name in lab.conditions]
        values = [[" ".join(line) for line in await shown(host, "cat", *files)] for host in both(lab)]
        assert values[0] == values[1] == list(lab.conditions.values())
        assert set(PINNED) <= set(lab.conditions) <= set(CONDITIONS)
