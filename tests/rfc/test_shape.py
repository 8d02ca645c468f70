"""No rule objects to the shape of a plain segment, whatever stands in it."""

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.rfc import SHAPE_CHECKS, Endpoint
from tcpchaos.rfc.classes import class_of
from tcpchaos.rfc.law import Sent
from tcpchaos.rfc.shape import is_plain
from tcpchaos.trace import Side
from tcpchaos.wire import Packet
from tests.transcript import segment

words = st.integers(0, 2**32 - 1)
options = st.sampled_from([b"", b"\1\1\x08\x0a" + bytes(8), b"\1\1\5\x0a" + bytes(8), b"\2\4\5\xb4", b"\0\0\0\1"])


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    """Segments that are mostly plain, and now and then something beside it."""
    plain = segment(Side.CLIENT, ". 1:1(0) ack 1 win 9")
    rarely = st.sampled_from([None] * 8 + [0, 1, 3])
    return plain.replace(
        seq=draw(words),
        ack=draw(words),
        flags=draw(st.sampled_from([0x10, 0x10, 0x18, 0x11, 0x19]) | st.integers(0, 255)),
        window=draw(st.integers(0, 0xFFFF)),
        options=draw(options),
        payload=draw(st.binary(max_size=3)),
        urgent=draw(rarely),
        reserved=draw(rarely),
        offset=draw(st.sampled_from([None] * 8 + [4, 6, 15])),
        checksum=draw(rarely),
        ip_checksum=draw(rarely),
    )


@given(packets())
def test_no_rule_objects_to_a_plain_shape(packet: Packet) -> None:
    endpoint = Endpoint()
    breaches = [rule.id for rule, check in SHAPE_CHECKS[class_of(packet)] if check(endpoint, Sent(endpoint, packet, 0))]
    assert not (is_plain(packet) and breaches)


def test_what_is_plain() -> None:
    stamped = segment(Side.CLIENT, "P. 1:3(2) ack 1 win 9 <nop,nop,TS val 1 ecr 2>")
    assert is_plain(stamped)
    assert is_plain(segment(Side.CLIENT, "F. 1:1(0) ack 1 win 9"))
    assert not is_plain(segment(Side.CLIENT, "S. 1:1(0) ack 1 win 9"))
    assert not is_plain(stamped.replace(checksum=stamped.checksum ^ 1))
    assert not is_plain(segment(Side.CLIENT, "P. 1:3(2) ack 1 win 9 <nop,nop,sack 5:6>"))
