"""Headers are written with the fields that are named, and a value that does not fit is refused."""

import pytest

from tcpchaos.wire import WireError
from tcpchaos.wire.checksum import internet
from tcpchaos.wire.edit import ip_header, tcp_header

IPV4 = bytes.fromhex("45010028 0002 4003 4006 0000 0a000001 0a000002")
IPV6 = bytes.fromhex("6b912345 0014 0640") + bytes(32)


def right(header: bytes) -> bytes:
    header = header[:10] + b"\0\0" + header[12:]
    return header[:10] + internet(header).to_bytes(2, "big") + header[12:]


def test_a_tcp_header() -> None:
    assert tcp_header(1, 2, 2**32 - 1, 4, 5, 6, 7, 8, 9, 10).hex() == "00010002ffffffff00000004560700080009000a"


@pytest.mark.parametrize("place", range(10))
def test_each_field_of_a_tcp_header_has_a_limit(place: int) -> None:
    for wrong in (-1, 1 << 32):
        values = [0] * 10
        values[place] = wrong
        with pytest.raises(WireError):
            tcp_header(*values)


def test_an_ipv4_header_and_its_checksum() -> None:
    header = right(IPV4)
    assert ip_header(header, 40) == header
    edited = ip_header(header, 41, tos=0xFF, ttl=1, ip_id=0xFFFF, ip_flags=5)
    assert edited == right(bytes.fromhex("45ff0029 ffff a003 0106 0000 0a000001 0a000002"))
    assert ip_header(header, 40, checksum=0xBEEF)[10:12] == b"\xbe\xef"
    assert internet(ip_header(IPV4, 99)) != 0


def test_an_ipv6_header_keeps_its_flow_label() -> None:
    assert ip_header(IPV6, 60) == IPV6
    assert ip_header(IPV6, 61, tos=0x4C, ttl=0)[:8].hex() == "64c1234500150600"


@pytest.mark.parametrize("front", [IPV4, IPV6])
def test_a_value_that_does_not_fit_is_refused(front: bytes) -> None:
    for edit in ({"tos": 256}, {"tos": -1}, {"ttl": 256}, {"ip_id": 65536}, {"ip_flags": 8}, {"checksum": -1}):
        with pytest.raises(WireError):
            ip_header(front, 60, **edit)
    with pytest.raises(WireError):
        ip_header(front, 70000)
