"""Packets made from nothing say what they were told to say, and scapy makes the same ones."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpchaos.wire import ACK, RST, SYN, WireError, build
from tcpchaos.wire import options as opt

CLIENT, SERVER = b"\x0a\0\0\1", b"\x0a\0\0\2"
SYN_FIELDS: dict[str, Any] = {"src": CLIENT, "dst": SERVER, "sport": 40000, "dport": 80, "seq": 2**32 - 2, "flags": SYN}

U8, U16, U32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)


def fields(size: int) -> st.SearchStrategy[dict[str, Any]]:
    address = st.binary(min_size=size, max_size=size)
    return st.fixed_dictionaries(
        {
            "src": address,
            "dst": address,
            "sport": U16,
            "dport": U16,
            "seq": U32,
            "ack": U32,
            "flags": U8,
            "window": U16,
            "options": st.integers(0, 10).flatmap(lambda words: st.binary(min_size=words * 4, max_size=words * 4)),
            "payload": st.binary(max_size=50),
            "urgent": U16,
            "reserved": st.integers(0, 15),
            "ttl": U8,
            "tos": U8,
        }
    )


@given(fields(4) | fields(16))
def test_a_packet_says_what_it_was_told(values: dict[str, Any]) -> None:
    packet = build(**values)
    renamed = {"options_octets" if name == "options" else name: value for name, value in values.items()}
    assert {name: getattr(packet, name) for name in renamed} == renamed
    assert packet.checksum == packet.right_checksum
    assert packet.ip_checksum_ok
    assert packet.end == len(packet.octets)


def test_options_are_filled_up_and_a_named_offset_is_not() -> None:
    assert build(**SYN_FIELDS, options=opt.wscale(7).octets).octets[-4:] == b"\x03\x03\x07\x00"
    lying = build(**SYN_FIELDS, options=opt.wscale(7).octets, offset=15)
    assert (lying.offset, lying.octets[-3:], lying.checksum_ok) == (15, b"\x03\x03\x07", True)


def test_a_named_checksum_is_written() -> None:
    assert build(**SYN_FIELDS, checksum=0).checksum == 0
    assert build(**SYN_FIELDS, checksum=0xBEEF).checksum == 0xBEEF


def test_ipv4_is_not_to_be_fragmented() -> None:
    packet = build(**SYN_FIELDS, ip_id=77)
    assert (packet.ip_flags, packet.ip_id) == (2, 77)


@pytest.mark.parametrize(
    "edit",
    [
        {"src": b""},
        {"src": bytes(16)},
        {"src": bytes(5), "dst": bytes(5)},
        {"seq": 1 << 32},
        {"flags": 256},
        {"tos": 256},
        {"ttl": -1},
        {"options": bytes(41)},
        {"offset": 16},
        {"reserved": -1},
        {"payload": bytes(65500)},
        {"checksum": -1},
    ],
)
def test_a_value_that_does_not_fit_is_refused(edit: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        build(**SYN_FIELDS | edit)


def test_an_ipv6_value_that_does_not_fit_is_refused() -> None:
    for edit in ({"tos": 256}, {"ttl": 256}, {"payload": bytes(65536)}):
        with pytest.raises(WireError):
            build(**SYN_FIELDS | {"src": bytes(16), "dst": bytes(16)} | edit)


@given(st.booleans(), U32, st.binary(max_size=20))
@settings(max_examples=40)
def test_scapy_builds_the_same(ipv6: bool, seq: int, payload: bytes) -> None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.inet6 import IPv6

    options = opt.encode([opt.mss(1460), opt.sack_permitted(), opt.timestamps(1, 2), opt.nop(), opt.wscale(7)])
    tcp = TCP(sport=40000, dport=80, seq=seq, ack=9, flags="RA", window=512)
    tcp.options = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 2)), ("NOP", None), ("WScale", 7)]
    if ipv6:
        src, dst = bytes(15) + b"\1", bytes(15) + b"\2"
        theirs = IPv6(src="::1", dst="::2", hlim=64) / tcp / payload
    else:
        src, dst = CLIENT, SERVER
        theirs = IP(src="10.0.0.1", dst="10.0.0.2", ttl=64, id=5, flags="DF") / tcp / payload
    ours = build(
        src=src,
        dst=dst,
        sport=40000,
        dport=80,
        seq=seq,
        ack=9,
        flags=RST | ACK,
        window=512,
        options=options,
        payload=payload,
        ip_id=5,
    )
    assert ours.octets == bytes(theirs)
