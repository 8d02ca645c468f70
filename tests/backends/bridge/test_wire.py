"""A wire between two interfaces: whatever passes, passes octet by octet, and nothing of it is left afterwards."""

import json
import shlex
import socket
import stat
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
import trio

from tcpchaos.backends.bridge.framing import Wayside
from tcpchaos.backends.bridge.interfaces import Interface
from tcpchaos.backends.bridge.port import Port
from tcpchaos.backends.bridge.virtio import with_tag
from tcpchaos.backends.bridge.wire import Ends, Quiet, Wire
from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.frames import tagged
from tcpchaos.backends.warden.linux import CAP_SYS_ADMIN, capable
from tcpchaos.backends.warden.offloads import ALL_BUT_RUNS
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, CWR, PSH, SYN, build, ip, parse
from tests.bridged import INTERFACES, TOOL, among, bridged, ended, exchange, said
from tests.runs import A6, B6, HEADER, TAG, begun, frame, run, segments

pytestmark = pytest.mark.usefixtures("lab_or_skip")

SOL_PACKET, PACKET_AUXDATA, PACKET_VNET_HDR = 263, 8, 15
AUXILIARY = struct.Struct("=IIIHHHH")
TAGGED = 0x10
REPORTS = bytes.fromhex("333300000016")  # to whom MLD reports go (RFC 3810): some seconds after an address was added

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


async def ear(lab: Lab, side: Side, *more: int) -> trio.socket.SocketType:
    options = [(SOL_PACKET, option, 1) for option in (PACKET_AUXDATA, *more)]
    made = await lab.socket(str(side), (socket.AF_PACKET, socket.SOCK_RAW, 0), options)
    made.bind(("eth0", 3))
    return trio.socket.from_stdlib_socket(made)


async def next_frame(ear: trio.socket.SocketType, put_back: Callable[[bytes, int, int], bytes] = tagged) -> bytes:
    """The next frame that came to somebody, as it was on the cable; not what a kernel tells of its multicast groups."""
    while True:
        octets, beside, _, address = await ear.recvmsg(70000, 100)
        assert isinstance(address, tuple)
        if address[2] == socket.PACKET_OUTGOING or REPORTS in octets[:16]:  # behind a virtio header or none
            continue
        status, _, _, _, _, tag, kind = AUXILIARY.unpack(beside[0][2][: AUXILIARY.size])
        return put_back(octets, kind, tag) if status & TAGGED else octets


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


PAYLOAD = bytes(range(256)) * 250
FLOW: dict[str, Any] = {"src": A, "dst": B, "sport": 9, "seq": 0xFFFFFFF0, "flags": ACK | PSH, "ip_id": 0xFFF0}
FLOW6: dict[str, Any] = {"src": A6, "dst": B6, "sport": 9, "seq": 0xFFFFFFF0, "flags": ACK | PSH}
LEFT_UNDONE = {
    "a run": run(PAYLOAD, 1448, dport=81, **FLOW),
    "a run of IPv6": run(PAYLOAD, 1428, dport=81, **FLOW6),
    "a run with CWR": run(PAYLOAD, 1448, dport=81, **FLOW | {"flags": ACK | CWR}),
    "a run that would fit": run(PAYLOAD[:1400], 536, dport=81, **FLOW),
    "a run in a VLAN": run(PAYLOAD, 1448, TAG, dport=81, **FLOW),
    "a begun checksum": begun(build(dport=81, **FLOW).octets),
    "and of UDP": HEADER.pack(1, 0, 0, 0, 34, 6) + SERVER + CLIENT + b"\x08\x00" + UDP,
    "nothing left": frame(build(dport=81, **FLOW).octets),
}


@pytest.mark.parametrize("side", list(Side))
async def test_what_is_left_undone_of_others_stays_so(side: Side) -> None:
    """Also what is told of it, but for how many octets are headers, which a kernel finds out by itself."""
    async with bridged("--port", "80", offloads=True) as (lab, bridge):
        mouth, listener = await ear(lab, side, PACKET_VNET_HDR), await ear(lab, side.peer, PACKET_VNET_HDR)
        with mouth, listener:
            for what, sent in LEFT_UNDONE.items():
                await mouth.send(sent)
                heard = await next_frame(listener, with_tag)
                assert (what, heard[:2] + heard[4:]) == (what, sent[:2] + sent[4:])
        assert (await ended(lab, bridge))[0] == 0


@pytest.mark.parametrize("side", list(Side))
async def test_a_run_of_a_chosen_flow_arrives_in_segments(side: Side) -> None:
    wanted = [(FLOW, 1448, b""), (FLOW6, 1428, b""), (FLOW, 1448, TAG)]
    async with bridged("--port", "80", offloads=True) as (lab, bridge):
        mouth, listener = await ear(lab, side, PACKET_VNET_HDR), await ear(lab, side.peer, PACKET_VNET_HDR)
        with mouth, listener:
            for number, (flow, size, tags) in enumerate(wanted):
                its = {**flow, "sport": 1000 + number, "dport": 80}
                await mouth.send(run(PAYLOAD, size, tags, **its))
                expected = segments(PAYLOAD, size, tags, **its)
                assert [await next_frame(listener, with_tag) for _ in expected] == expected
            await mouth.send(begun(build(dport=80, **FLOW).octets))
            assert await next_frame(listener, with_tag) == frame(build(dport=80, **FLOW).octets)
        assert (await ended(lab, bridge))[0] == 0


@pytest.mark.parametrize("family", [4, 6])
async def test_what_is_chosen_is_judged_by_the_segment_and_what_is_not_is_intact(family: Literal[4, 6]) -> None:
    arguments = ("--port", "80", "-f", "client data#5: drop", "--json")
    async with bridged(*arguments, family=family, offloads=True) as (lab, bridge):
        before = carried(await among(lab, "server", COUNTED))
        await exchange(lab, 81, bytes(range(256)) * 8000)
        after = carried(await among(lab, "server", COUNTED))
        await exchange(lab, 80, bytes(range(256)) * 800)
        code, printed = await ended(lab, bridge)
    document = json.loads(printed)
    assert (after[1] - before[1]) / (after[0] - before[0]) > 1514  # octets a frame, pure acknowledgments among them
    assert (code, document["outcome"], document["faults"]) == (0, "pass", "survivable")
    assert document["plan"]["rules"][0]["fired"] == 1
    assert document["trace"]["seen"] > 2 * 2 * 256 * 800 // 1448
    assert not any("not all was heard" in note for note in document["notes"])


async def test_what_found_no_room_is_told_and_held_against_nobody() -> None:
    async def entrust(path: str) -> None:
        raise AssertionError(path)

    interface = Interface(name="veth7", index=2**31 - 1, mtu=1500, mac=bytes(6))
    ports = Port.__new__(Port), Port.__new__(Port)
    for port in ports:
        port.interface, port.crowded = interface, 21
    ends = Ends(interfaces=(interface, interface))
    wire = Wire(ports, Wayside(ends.flows), ends, Quiet({}, ("a remark",), entrust))
    assert wire.notes()[0] == "a remark"
    assert wire.notes()[1].startswith("42 runs of segments that were not chosen found no room")


COUNTED = "print(open('/proc/thread-self/net/dev').read())"


def carried(table: str) -> tuple[int, int]:
    """How many packets and octets an interface has received and sent."""
    (line,) = (line for line in table.splitlines() if "eth0" in line)
    counts = [int(count) for count in line.partition(":")[2].split()]
    return counts[1] + counts[9], counts[0] + counts[8]


SOME = ("tso", "gro", "tx", "sg")
SOME_ON = "client tx sg tso gro\nserver tx sg tso gro\n"
MEANWHILE = "client tx sg tso\nserver tx sg tso\n"
OFFLOADS = """
from tcpchaos.backends.warden.offloads import on, switch_on
for name in {names}:
    switch_on(name, {wanted})
    print(name, *on(name))
"""


async def test_what_merges_segments_is_off_meanwhile_and_put_back_in_the_end() -> None:
    async with open_lab() as lab:
        assert await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=SOME)) == SOME_ON
        async with lab.run_between([*TOOL, "bridge", *INTERFACES]) as bridge:
            await said(bridge, b"are joined")
            assert b"switched off at client until the end: gro\n" in bridge.stderr
            assert await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=())) == MEANWHILE
            await ended(lab, bridge)
        assert await among(lab, "proxy", OFFLOADS.format(names=INTERFACES, wanted=())) == SOME_ON


FAR_OFFLOADS = """
from tcpchaos.backends.warden.offloads import ALL_BUT_RUNS, on, switch_on
switch_on("eth0", {wanted})
print(*on("eth0"), *on("eth0", ALL_BUT_RUNS))
"""


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
    """In a container at the far end of a veth, what arrives would be merged, and what leaves left undone."""
    async with open_lab() as lab:
        far = FAR_OFFLOADS.format(wanted=(*SOME, *ALL_BUT_RUNS))
        before = await among(lab, "client", far)
        assert before.startswith("tx sg tso gro gro ")
        assert "tx-udp-segmentation" in before
        look = FAR_OFFLOADS.format(wanted=())
        inside = ["nsenter", f"--net=/proc/{lab._control.pid}/ns/net", *TOOL, "bridge", *INTERFACES]
        heard = tmp_path / "heard"
        # Somebody must be there, or nobody could tell where that end is.
        async with lab.client.run(["sleep", "1000"]), trio.open_nursery() as nursery:
            with heard.open("wb") as file:
                bridge = await nursery.start(partial(trio.run_process, inside, stdout=file, stderr=file))
                while b"are joined" not in heard.read_bytes():
                    await trio.sleep(0.01)
                assert await among(lab, "client", look) == "tx sg tso\n"
                bridge.terminate()
        assert b"switched off at the far end of client (eth0) until the end: gro, tx-" in heard.read_bytes()
        assert await among(lab, "client", look) == before
