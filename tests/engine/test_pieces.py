"""Cutting and joining: the stream stays the same octets."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.engine.pieces import join, split
from tcpchaos.seq import add
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, CWR, FIN, PSH, SYN, URG, Packet
from tests.engine.playbook import ISS, World

WORLD = World("")


def client(text: str, payload: bytes | None = None) -> Packet:
    return WORLD.packet(Side.CLIENT, text, payload)


def shown(*packets: Packet) -> list[str]:
    return [WORLD.text(Side.SERVER, packet.octets) for packet in packets]


def test_fin_and_push_go_with_the_last_piece() -> None:
    pieces = split(client("FP. 1:5(4) ack 1 win 9", b"abcd"), 3, every=False)
    assert shown(*pieces) == [". 1:4(3) ack 1 win 9", "FP. 4:5(1) ack 1 win 9"]
    assert [piece.payload for piece in pieces] == [b"abc", b"d"]


def test_every_makes_pieces_of_one_size() -> None:
    pieces = split(client("P. 1:6(5) ack 1 win 9"), 2, every=True)
    assert shown(*pieces) == [". 1:3(2) ack 1 win 9", ". 3:5(2) ack 1 win 9", "P. 5:6(1) ack 1 win 9"]


def test_what_is_too_short_stays_whole() -> None:
    packet = client("P. 1:6(5) ack 1 win 9")
    assert split(packet, 5, every=False) == [packet]


def test_a_syn_counts_once() -> None:
    packet = client("S 0:4(4) win 9", b"abcd").replace(flags=SYN | CWR | PSH)
    first, second = split(packet, 1, every=False)
    assert (first.flags, first.seq) == (SYN | CWR, ISS[0])
    assert (second.flags, second.seq) == (PSH, add(ISS[0], 2))


def test_the_urgent_pointer_points_at_the_same_octet() -> None:
    packet = client(".U 1:5(4) ack 1 win 9 urg 3")
    assert [(piece.urgent, bool(piece.flags & URG)) for piece in split(packet, 2, every=False)] == [
        (3, True),
        (1, True),
    ]
    assert [(piece.urgent, bool(piece.flags & URG)) for piece in split(packet, 3, every=False)] == [
        (3, True),
        (0, False),
    ]


@given(payload=st.binary(min_size=1, max_size=80), at=st.integers(1, 90), every=st.booleans(), wrong=st.booleans())
def test_pieces_carry_the_stream_and_join_again(payload: bytes, at: int, every: bool, wrong: bool) -> None:
    packet = client(f"FP. 1:{1 + len(payload)}({len(payload)}) ack 1 win 9", payload)
    if wrong:
        packet = packet.replace(checksum=packet.checksum ^ 0x10)
    pieces = split(packet, at, every=every)
    assert b"".join(piece.payload for piece in pieces) == payload
    assert all(piece.checksum_ok is not wrong for piece in pieces)
    assert all(add(one.seq, one.size) == two.seq for one, two in pairwise(pieces))
    if not wrong:
        whole = pieces[0]
        for piece in pieces[1:]:
            joined = join(whole, piece)
            assert joined is not None
            whole = joined
        assert whole == packet


def test_the_newer_segment_speaks_for_both() -> None:
    joined = join(
        client("P. 1:3(2) ack 1 win 9", b"ab"),
        client("F.U 3:5(2) ack 7 win 8 urg 1 <nop>", b"cd").replace(flags=ACK | FIN | URG),
    )
    assert joined is not None
    assert shown(joined) == ["FP.U 1:5(4) ack 7 win 8 urg 3 <nop,eol,eol,eol>"]
    assert joined.payload == b"abcd"


def test_what_is_not_one_stretch_is_not_joined() -> None:
    first = client("P. 1:3(2) ack 1 win 9")
    for second in ("P. 4:5(1) ack 1 win 9", ". 3:3(0) ack 1 win 9", "P. 1:3(2) ack 1 win 9", "R. 3:5(2) ack 1 win 9"):
        assert join(first, client(second)) is None
    assert join(client("F. 1:3(2) ack 1 win 9"), client("P. 4:5(1) ack 1 win 9")) is None
    assert join(first, client("P. 3:5(2) ack 1 win 9 checksum 0")) is None
    assert join(client(". 1:3(2) ack 1 win 9"), client(".U 3:5(2) ack 1 win 9 urg 65535")) is None
