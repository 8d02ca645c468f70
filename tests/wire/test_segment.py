"""A segment is TCP alone: out of octets and back into them without loss, and readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.wire import ACK, FIN, PSH, SYN, URG, Packet, Segment, WireError, decode_segment
from tcpchaos.wire import options as opt

ADDRESSES = b"\x0a\0\0\1\x0a\0\0\2"
ISS = 2**32 - 1


def test_it_reads_as_packetdrill_writes() -> None:
    syn_ack = Segment(seq=ISS, ack=8, flags=SYN | ACK, window=64240, options=(opt.mss(1460), opt.nop(), opt.wscale(7)))
    assert syn_ack.notation(iss=ISS, irs=7) == "S. 0:0(0) ack 1 win 64240 <mss 1460,nop,wscale 7>"
    data = Segment(seq=0, ack=8, flags=PSH | ACK, window=502, payload=b"hello")
    assert data.notation(iss=ISS, irs=7) == "P. 1:6(5) ack 1 win 502"
    assert str(Segment(window=0)) == "- 0:0(0) win 0"


def test_what_is_strange_is_said() -> None:
    segment = Segment(
        seq=ISS, ack=3, flags=SYN | FIN, window=1, urgent=9, reserved=1, offset=3, checksum=0xBEEF, options=(opt.nop(),)
    )
    line = "FS 0:0(0) ack 3 win 1 urg 9 reserved 1 offset 3 checksum 0xbeef <nop>"
    assert segment.notation(iss=ISS) == line
    assert Segment(flags=URG).notation() == "U 0:0(0) win 65535 urg 0"


def test_none_is_computed_and_a_number_stands() -> None:
    octets = Segment(seq=1, flags=ACK, options=(opt.wscale(1),)).encode(ADDRESSES)
    assert octets[20:] == b"\x03\x03\x01\x00"
    decoded = decode_segment(octets, ADDRESSES)
    assert (decoded.offset, decoded.checksum) == (None, None)
    assert decode_segment(octets).checksum == int.from_bytes(octets[16:18], "big")
    assert Segment(checksum=0, offset=2).encode()[12:18] == b"\x20\0\xff\xff\0\0"


@given(st.binary(min_size=20, max_size=90), st.sampled_from([b"", ADDRESSES, bytes(32)]))
def test_any_octets_come_back(octets: bytes, addresses: bytes) -> None:
    assert decode_segment(octets, addresses).encode(addresses) == octets


@given(st.data())
def test_a_packets_segment_has_its_fields(packets: st.SearchStrategy[Packet], data: st.DataObject) -> None:
    packet = data.draw(packets)
    segment = packet.segment
    for name in ("sport", "dport", "seq", "ack", "flags", "window", "urgent", "reserved", "payload", "options"):
        assert getattr(segment, name) == getattr(packet, name)
    assert (segment.checksum is None) == (packet.checksum == packet.right_checksum)
    assert segment.checksum in (None, packet.checksum)
    assert segment.offset in (None, packet.offset)


def test_what_cannot_be_sent_is_refused() -> None:
    for segment in (Segment(seq=-1), Segment(offset=16), Segment(reserved=16), Segment(options=(opt.raw(bytes(41)),))):
        with pytest.raises(WireError):
            segment.encode(ADDRESSES)
    with pytest.raises(WireError):
        Segment().encode()
    with pytest.raises(WireError):
        decode_segment(bytes(19))
