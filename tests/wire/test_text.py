"""One notation for a segment: what is printed is understood, and a mistake is found at its place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.wire import ACK, SYN, Packet, Segment, TextError, build, notation, parse_segment
from tcpchaos.wire import options as opt

ISS, IRS = 2**32 - 2, 2**32 - 7

LINES = [
    "S 0:0(0) win 64240 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>",
    "S. 0:0(0) ack 1 win 65160 <mss 1460,nop,wscale 7>",
    ". 1:1(0) ack 1 win 502",
    "P. 1:1001(1000) ack 1 win 502 <nop,nop,TS val 101 ecr 7>",
    ". 1001:1001(0) ack 1 win 502 <nop,nop,sack 11:21 31:41>",
    "F. 1001:1001(0) ack 1 win 502",
    "R 1:1(0) win 0",
    "FSRP.UEW 0:0(0) ack 0 win 0 urg 0",
    "- -1:-1(0) win 0 reserved 15 offset 15 checksum 0x0001",
    ".U 1:3(2) ack 4294967 win 1 urg 65535",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_understood_and_printed_again(line: str) -> None:
    assert parse_segment(line, iss=ISS, irs=IRS).notation(iss=ISS, irs=IRS) == line


def test_a_syn_ack() -> None:
    line = "S. 0:0(0) ack 1 win 64240 <mss 1460,nop,wscale 7>"
    expected = Segment(
        sport=80,
        dport=9,
        seq=ISS,
        ack=IRS + 1,
        flags=SYN | ACK,
        window=64240,
        options=(opt.mss(1460), opt.nop(), opt.wscale(7)),
    )
    assert parse_segment(line, iss=ISS, irs=IRS, sport=80, dport=9) == expected


def test_the_order_of_the_words_is_free_and_a_window_may_be_missing() -> None:
    assert parse_segment(". 1:1(0) win 5 ack 1") == parse_segment(". 1:1(0) ack 1 win 5")
    assert parse_segment("  S   0 : 0 ( 0 ) ").window == 65535


def test_a_payload_can_be_given() -> None:
    assert parse_segment(". 1:6(5) ack 1", payload=b"hello").payload == b"hello"
    assert parse_segment(". 1:6(5) ack 1").payload == bytes(5)
    with pytest.raises(TextError):
        parse_segment(". 1:6(5) ack 1", payload=b"hell")


def test_a_wrong_checksum_is_printed_and_a_right_one_is_not() -> None:
    packet = build(src=bytes(4), dst=bytes(4), sport=1, dport=2, seq=ISS, flags=SYN)
    assert notation(packet, iss=ISS) == "S 0:0(0) win 65535"
    assert notation(packet.replace(checksum=1), iss=ISS) == "S 0:0(0) win 65535 checksum 0x0001"


@pytest.mark.parametrize(
    ("text", "at", "nearest"),
    [
        ("", 0, None),
        ("X 0:0(0)", 0, None),
        ("SX 0:0(0)", 1, None),
        ("S 0-0(0)", 3, None),
        ("S 0:0", 5, None),
        ("S 0:1(0)", 4, None),
        ("S 0:0(70000)", 6, None),
        ("S 0:0(0) wim 3", 9, "win"),
        ("S 0:0(0) win 3 win 4", 15, "win"),
        ("S 0:0(0) win 65536", 13, None),
        ("S 0:0(0) win 1 <mss>", 19, None),
        ("S 0:0(0) win 1 <nop", 19, None),
        ("S 0:0(0) <nop> win 1", 15, None),
        ("S 0:0(0) ack x", 13, None),
    ],
)
def test_a_mistake_is_found_at_its_place(text: str, at: int, nearest: str | None) -> None:
    with pytest.raises(TextError) as caught:
        parse_segment(text)
    assert (caught.value.at, caught.value.nearest) == (at, nearest)


@given(st.data(), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_whatever_was_on_the_wire_is_said_and_understood(
    packets: st.SearchStrategy[Packet], data: st.DataObject, iss: int, irs: int
) -> None:
    packet = data.draw(packets)
    understood = parse_segment(
        notation(packet, iss=iss, irs=irs),
        iss=iss,
        irs=irs,
        payload=packet.payload,
        sport=packet.sport,
        dport=packet.dport,
    )
    assert understood == packet.segment
    assert understood.encode(packet.src + packet.dst) == packet.octets[packet.tcp_at : packet.end]


@given(st.text(max_size=30) | st.text(alphabet="FSRP.UEW 0123456789:()ackwin<>nop,-", max_size=50))
def test_any_text_is_a_segment_or_an_error_inside_it(text: str) -> None:
    try:
        segment = parse_segment(text)
    except TextError as error:
        where = error.at
    else:
        where = 0
        assert parse_segment(segment.notation()) == replace(segment, payload=bytes(len(segment.payload)))
    assert 0 <= where <= len(text)
