"""A run is cut into the segments that a kernel would have cut it into, and nothing that isn't TCP's is touched."""

import socket
from typing import Any

import pytest
import trio

from tcpchaos.backends.bridge.virtio import DONE, OCTETS, finished, unfinished, with_tag
from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.edge import NEVER, SOL_PACKET
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, CWR, ECE, FIN, PSH, build, options
from tests.runs import A6, B6, HEADER, IPV4, MACS, NOTHING, TAG, TCPV4, A, B, begun, frame, run, segments

PACKET_VNET_HDR = 15
PAYLOAD = bytes(range(256)) * 40
FLOW: dict[str, Any] = {"src": A, "dst": B, "sport": 9, "dport": 80, "ack": 0xFFFFFFFF, "ip_id": 0xFFFE}
FLOW6: dict[str, Any] = {"src": A6, "dst": B6, "sport": 9, "dport": 80, "ack": 7}
STAMPED = {"options": options.encode([options.timestamps(0xFFFFFFFF, 1)])}
RUNS = {
    "one that wraps": (PAYLOAD, 1448, FLOW | STAMPED | {"seq": 0xFFFFF000, "flags": ACK | PSH}),
    "a last segment of one octet": (PAYLOAD[:2897], 1448, FLOW | {"seq": 0, "flags": ACK}),
    "whole segments alone": (PAYLOAD[:2896], 1448, FLOW | {"seq": 1, "flags": ACK | FIN}),
    "odd sizes": (PAYLOAD, 537, FLOW | {"seq": 0xFFFFFFFF, "flags": ACK | PSH | FIN}),
    "a window that was reduced": (PAYLOAD, 1448, FLOW | {"seq": 1, "flags": ACK | CWR | ECE | PSH, "tos": 2}),
    "IPv6": (PAYLOAD, 1428, FLOW6 | STAMPED | {"seq": 0xFFFFF000, "flags": ACK | PSH | FIN}),
    "IPv6 with odd sizes": (PAYLOAD, 999, FLOW6 | {"seq": 5, "flags": ACK | CWR, "tos": 1}),
    "zeros": (bytes(4000), 1448, FLOW | {"seq": 0, "flags": ACK}),
}
named = pytest.mark.parametrize(("payload", "size", "fields"), RUNS.values(), ids=RUNS)


@named
@pytest.mark.parametrize("tags", [b"", TAG, TAG + TAG])
def test_a_run_stands_for_segments(payload: bytes, size: int, fields: dict[str, Any], tags: bytes) -> None:
    whole = run(payload, size, tags, **fields)
    assert unfinished(whole)
    assert finished(whole) == segments(payload, size, tags, **fields)
    assert not any(unfinished(each) for each in segments(payload, size, tags, **fields))


async def cut_by_the_kernel(lab: Lab, frames: list[bytes], many: int) -> list[bytes]:
    """What the kernel makes of frames that are sent over an interface whose card does nothing."""
    kind = (socket.AF_PACKET, socket.SOCK_RAW, 0)
    with await lab.socket("client", kind, [(SOL_PACKET, PACKET_VNET_HDR, 1)]) as mouth:
        mouth.bind(("eth0", 3))
        for each in frames:
            assert mouth.send(each) == len(each)
    edge = lab.edges[Side.CLIENT]
    found: list[bytes] = []
    while len(found) < many:
        while edge.head() is not NEVER:
            found += [DONE + each for each in (edge.pop(),) if each.startswith(MACS)]
        await trio.sleep(0)
    return found


@named
async def test_the_kernel_cuts_it_in_the_same_way(
    lab_or_skip: None, payload: bytes, size: int, fields: dict[str, Any]
) -> None:
    whole = run(payload, size, **fields)
    mine = finished(whole)
    assert mine is not None
    async with open_lab() as lab:
        assert await cut_by_the_kernel(lab, [whole], len(mine)) == mine


async def test_the_kernel_finishes_checksums_in_the_same_way(lab_or_skip: None) -> None:
    sizes = (0, 1, 900)
    made = [build(**flow, payload=PAYLOAD[:size], seq=1, flags=ACK).octets for flow in (FLOW, FLOW6) for size in sizes]
    async with open_lab() as lab:
        found = await cut_by_the_kernel(lab, [begun(each) for each in made], len(made))
    assert found == [frame(each) for each in made]
    assert [finished(begun(each)) for each in made] == [[each] for each in found]


def test_a_tag_goes_back_to_its_place_and_moves_what_is_behind_it() -> None:
    payload, size, fields = RUNS["one that wraps"]
    assert with_tag(run(payload, size, **fields), 0, 0x6007) == run(payload, size, TAG, **fields)
    octets = build(**FLOW, seq=1, flags=ACK).octets
    assert with_tag(begun(octets), 0x8100, 0x6007) == begun(octets, TAG)
    assert with_tag(frame(octets), 0, 0x6007) == frame(octets, TAG)


@pytest.mark.parametrize("header", [(1, 0, 0, 0, 34, 6), (1, 5, 42, 1400, 34, 6), (0, 3, 42, 1400, 0, 0)])
def test_what_is_not_of_tcp_stands_for_itself(header: tuple[int, ...]) -> None:
    udp = HEADER.pack(*header) + MACS + IPV4 + bytes(3000)
    assert unfinished(udp)
    assert finished(udp) == [udp]


WHOLE = run(*RUNS["one that wraps"][:2], **RUNS["one that wraps"][2])


@pytest.mark.parametrize(
    "wrong",
    [
        HEADER.pack(0, TCPV4, 66, 1448, 34, 16) + WHOLE[OCTETS:],
        HEADER.pack(1, TCPV4, 66, 0, 34, 16) + WHOLE[OCTETS:],
        HEADER.pack(1, TCPV4, 66, 1448, 34, 6) + WHOLE[OCTETS:],
        HEADER.pack(1, 2, 66, 1448, 34, 16) + WHOLE[OCTETS:],
        HEADER.pack(1, TCPV4, 66, 1448, 20, 16) + WHOLE[OCTETS:],
        HEADER.pack(1, TCPV4, 66, 1448, 65535, 16) + WHOLE[OCTETS:],
        HEADER.pack(1, 0, 0, 0, len(WHOLE) - 20, 16) + WHOLE[OCTETS:],
        WHOLE[: OCTETS + 14 + 20 + 32],
        WHOLE[: OCTETS + 12] + b"\x08\x06" + WHOLE[OCTETS + 14 :],
        WHOLE[: OCTETS + 14 + 32] + b"\x10" + WHOLE[OCTETS + 14 + 33 :],
        WHOLE[: OCTETS + 16] + bytes(2) + WHOLE[OCTETS + 18 :],  # no length: a run of more than 64 KiB
        NOTHING[:1] + bytes([TCPV4]) + bytes(8),
    ],
)
def test_what_cannot_be_is_not_cut(wrong: bytes) -> None:
    assert finished(wrong) is None


DATA_AT = OCTETS + 14 + 20 + 32


@pytest.mark.parametrize("end", range(OCTETS, DATA_AT + 10))
def test_a_run_is_cut_wherever_it_ends_if_there_is_anything_behind_its_headers(end: int) -> None:
    found = finished(WHOLE[:end])
    payloads = None if found is None else [each[DATA_AT:] for each in found]
    assert payloads == ([WHOLE[DATA_AT:end]] if end > DATA_AT else None)
