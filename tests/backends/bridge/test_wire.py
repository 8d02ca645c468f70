"""A wire between two interfaces: whatever passes, passes octet by octet, and nothing of it is left afterwards."""

import json
import shlex
import socket
import stat
import struct
from functools import partial
from pathlib import Path

import pytest
import trio

from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.frames import tagged
from tcpchaos.backends.warden.linux import CAP_SYS_ADMIN, capable
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, SYN, build, ip, parse
from tests.bridged import INTERFACES, TOOL, among, bridged, ended, exchange, said

pytestmark = pytest.mark.usefixtures("lab_or_skip")

SOL_PACKET, PACKET_AUXDATA = 263, 8
AUXILIARY = struct.Struct("=IIIHHHH")
TAGGED = 0x10

CLIENT, SERVER = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
A, B = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
SEGMENT = build(src=A, dst=B, sport=9, dport=9, seq=1, flags=ACK, payload=bytes(range(250)) * 6).octets
UDP = bytes.fromhex("4500001e000100004011b6cdc0000201c000020203e803e9000a00006869")
NEIGHBOUR = bytes.fromhex(
    "6000000000203aff"
    "fe800000000000000000000000000001"
    "ff0200000000000000000001ff000002"
    "87001234"
    "00000000"
    "fe800000000000000000000000000002"
    "0101020000000001"
)
# Behind the MACs of whoever sends them.
FRAMES = {
    "ARP": b"\xff" * 6 + CLIENT + b"\x08\x06" + bytes(range(28)) + bytes(18),
    "neighbour solicitation": bytes.fromhex("3333ff000002") + CLIENT + b"\x86\xdd" + NEIGHBOUR,
    "multicast": bytes.fromhex("01005e000001") + CLIENT + b"\x08\x00" + UDP,
    "LLDP": bytes.fromhex("0180c200000e") + CLIENT + b"\x88\xcc" + bytes(range(46)),
    "a length in place of a type": bytes.fromhex("0180c2000000") + CLIENT + b"\x00\x26\x42\x42\x03" + bytes(43),
    "one tag": SERVER + CLIENT + b"\x81\x00\x60\x07\x08\x00" + UDP,
    "two tags": SERVER + CLIENT + b"\x88\xa8\x00\x05\x81\x00\x00\x07\x08\x00" + UDP,
    "tag 0": SERVER + CLIENT + b"\x81\x00\x20\x00\x08\x00" + UDP,
    "a tagged segment that is not chosen": SERVER + CLIENT + b"\x81\x00\x00\x07\x08\x00" + SEGMENT,
    "jumbo": SERVER + CLIENT + b"\x08\x00" + bytes.fromhex("45002328") + bytes(8996),
    "a jumbo with a tag": SERVER + CLIENT + b"\x81\x00\x00\x07\x88\xb5" + bytes(range(250)) * 36,
    "fragments": SERVER + CLIENT + b"\x08\x00" + ip.fragment(SEGMENT, 576)[1],
    "nearly nothing": SERVER + CLIENT + b"\x88\xb5",
    "for somebody else": b"\x02zzzzz" + b"\x02yyyyy" + b"\x08\x00" + SEGMENT,
}


async def ear(lab: Lab, side: Side) -> trio.socket.SocketType:
    made = await lab.socket(str(side), (socket.AF_PACKET, socket.SOCK_RAW, 0), [(SOL_PACKET, PACKET_AUXDATA, 1)])
    made.bind(("eth0", 3))
    return trio.socket.from_stdlib_socket(made)


async def next_frame(ear: trio.socket.SocketType) -> bytes:
    """The next frame that came to somebody, as it was on the cable."""
    while True:
        octets, beside, _, address = await ear.recvmsg(20000, 100)
        assert isinstance(address, tuple)
        if address[2] == socket.PACKET_OUTGOING:
            continue
        status, _, _, _, _, tag, kind = AUXILIARY.unpack(beside[0][2][: AUXILIARY.size])
        return tagged(octets, kind, tag) if status & TAGGED else octets


@pytest.mark.parametrize("side", list(Side))
async def test_everything_else_passes_octet_by_octet(side: Side) -> None:
    async with bridged("--port", "80", "-f", "any any: drop", mtu=9000) as (lab, bridge):
        mouth, listener = await ear(lab, side), await ear(lab, side.peer)
        with mouth, listener:
            for frame in FRAMES.values():
                await mouth.send(frame)
            found = [await next_frame(listener) for _ in FRAMES]
        code, _ = await ended(lab, bridge)
        assert dict(zip(FRAMES, found, strict=True)) == FRAMES
        assert code == 0


async def test_chosen_flows_over_ipv6_and_a_large_mtu() -> None:
    async with bridged("--port", "80", "-f", "client data#1: drop", "--json", family=6, mtu=9000) as (lab, bridge):
        await exchange(lab, octets=bytes(range(256)) * 400)
        code, printed = await ended(lab, bridge)
    document = json.loads(printed)
    assert (code, document["outcome"], document["faults"]) == (0, "pass", "survivable")
    assert document["plan"]["rules"][0]["fired"] == 1
    assert document["conditions"]["mtu"] == "9000"


async def test_what_is_injected_into_a_flow_in_a_vlan_has_its_macs_and_tag() -> None:
    """The two endpoints are played by hand: not every kernel has interfaces for VLANs."""
    plan = "on client=established: inject to both data 0xbad0 seq=rcv.nxt+70000"
    there = SERVER + CLIENT + b"\x81\x00\x60\x07\x08\x00"
    back = CLIENT + b"\x02zzzzz" + b"\x81\x00\x40\x07\x08\x00"  # by way of a router
    make = partial(build, src=A, dst=B, sport=9, dport=80)
    answer = partial(build, src=B, dst=A, sport=80, dport=9)
    async with bridged("--port", "80", "-f", plan) as (lab, bridge):
        client, server = await ear(lab, Side.CLIENT), await ear(lab, Side.SERVER)
        with client, server:
            await client.send(there + make(seq=0xFFFFFFFF, flags=SYN).octets)
            assert await next_frame(server) == there + make(seq=0xFFFFFFFF, flags=SYN).octets
            await server.send(back + answer(seq=5, ack=0, flags=SYN | ACK).octets)
            assert await next_frame(client) == back + answer(seq=5, ack=0, flags=SYN | ACK).octets
            forged = await next_frame(client), await next_frame(server)
        code, _ = await ended(lab, bridge)
    assert code == 0
    assert [frame[:18] for frame in forged] == [back, there]
    assert [parse(frame[18:]).payload for frame in forged] == [b"\xba\xd0"] * 2


SOME = ("tso", "gro", "tx", "sg")
SOME_ON = "client tx sg tso gro\nserver tx sg tso gro\n"
OFFLOADS = """
from tcpchaos.backends.warden.offloads import on, switch_on
for name in {names}:
    switch_on(name, {wanted})
    print(name, *on(name))
"""


async def test_offloads_are_off_meanwhile_and_put_back_in_the_end() -> None:
    async with open_lab() as lab:
        assert await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=SOME)) == SOME_ON
        async with lab.run_between([*TOOL, "bridge", *INTERFACES]) as bridge:
            await said(bridge, b"are joined")
            assert b"switched off at client until the end: tx, sg, tso, gro" in bridge.stderr
            assert await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=())) == "client\nserver\n"
            await ended(lab, bridge)
        assert await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=())) == SOME_ON


async def test_kill_9_leaves_nothing(tmp_path: Path) -> None:
    async with open_lab() as lab:
        assert await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=SOME)) == SOME_ON
        control, now = tmp_path / "control", tmp_path / "now"
        bridge = shlex.join([*TOOL, "bridge", *INTERFACES, "--control", str(control)])
        script = f"{bridge} & while ! [ -e {now} ]; do sleep 0.02; done; kill -9 $!; sleep 1000"
        async with lab.run_between(["sh", "-c", script]) as shell:
            await said(shell, b"are joined")
            while not control.exists():
                await trio.sleep(0.01)
            assert stat.S_IMODE(control.stat().st_mode) == 0o600
            now.touch()
            while await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=())) != SOME_ON:
                await trio.sleep(0.01)
            while control.exists():
                await trio.sleep(0.01)
            flags = await among(lab, "proxy", PROMISCUITY)
        assert flags.split() == ["0", "0"]


PROMISCUITY = """
from pyroute2 import IPRoute
with IPRoute() as route:
    print(*(link.get("promiscuity") for link in route.get_links() if link.get("ifname") != "lo"))
"""


@pytest.mark.skipif(not capable(CAP_SYS_ADMIN), reason="only root may look into other namespaces")
async def test_the_far_ends_of_cables_are_quieted_too(tmp_path: Path) -> None:
    """In a container at the far end of a veth, segments would be merged before they leave it."""
    async with open_lab() as lab:
        far = OFFLOADS.format(names=("eth0",), wanted=SOME)
        assert await among(lab, "client", far) == "eth0 tx sg tso gro\n"
        look = OFFLOADS.format(names=("eth0",), wanted=())
        inside = ["nsenter", f"--net=/proc/{lab._control.pid}/ns/net", *TOOL, "bridge", *INTERFACES]
        heard = tmp_path / "heard"
        # Somebody must be there, or nobody could tell where that end is.
        async with lab.client.run(["sleep", "1000"]), trio.open_nursery() as nursery:
            with heard.open("wb") as file:
                bridge = await nursery.start(partial(trio.run_process, inside, stdout=file, stderr=file))
                while b"are joined" not in heard.read_bytes():
                    await trio.sleep(0.01)
                assert await among(lab, "client", look) == "eth0\n"
                bridge.terminate()
        assert b"switched off at the far end of client (eth0) until the end: tx, sg, tso, gro" in heard.read_bytes()
        assert await among(lab, "client", look) == "eth0 tx sg tso gro\n"
