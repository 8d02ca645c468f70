"""Link headers, and what stands behind them."""

import pytest

from tcpchaos.backends.capture import links
from tcpchaos.backends.capture.links import ip_octets

IP4 = b"\x45" + bytes(19)
IP6 = b"\x60" + bytes(39)
MACS = bytes(12)


@pytest.mark.parametrize(
    ("link", "frame", "ip", "place"),
    [
        (links.ETHERNET, MACS + b"\x08\0" + IP4, IP4, b""),
        (links.ETHERNET, MACS + b"\x86\xdd" + IP6, IP6, b""),
        (links.ETHERNET, MACS + b"\x81\0\0\x05\x08\0" + IP4, IP4, b"\0\5"),
        (links.ETHERNET, MACS + b"\x88\xa8\0\x05\x81\0\0\x06\x86\xdd" + IP6, IP6, b"\0\5\0\6"),
        (links.ETHERNET, MACS + b"\x88\x47" + b"\0\1\0\x40\0\2\1\x40" + IP4, IP4, b""),
        (links.ETHERNET, MACS + b"\x88\x64" + b"\x11\0\0\1\0\x16\0\x21" + IP4, IP4, b""),
        (links.PPP, b"\xff\x03\0\x21" + IP4, IP4, b""),
        (links.PPP, b"\0\x57" + IP6, IP6, b""),
        (links.RAW, IP4, IP4, b""),
        (links.RAW, IP6, IP6, b""),
        (links.IPV4, IP4, IP4, b""),
        (links.IPV6, IP6, IP6, b""),
        (links.BSD_LOOPBACK, b"\x02\0\0\0" + IP4, IP4, b""),
        (links.BSD_LOOPBACK, b"\0\0\0\x1e" + IP6, IP6, b""),
        (links.OPENBSD_LOOPBACK, b"\0\0\0\x02" + IP4, IP4, b""),
        (links.LINUX_COOKED, b"\0\4" + bytes(12) + b"\x08\0" + IP4, IP4, b"\0\4"),
        (links.LINUX_COOKED, bytes(14) + b"\x81\0\0\x05\x86\xdd" + IP6, IP6, b"\0\0\0\5"),
        (links.LINUX_COOKED_2, b"\x08\0\0\0\0\0\0\7\0\0\4" + bytes(9) + IP4, IP4, b"\0\0\0\7\4"),
    ],
)
def test_the_ip_packet_behind_a_link_header_and_where_it_was_heard(
    link: int, frame: bytes, ip: bytes, place: bytes
) -> None:
    assert ip_octets(link, frame) == (ip, place)


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (links.ETHERNET, MACS + b"\x08\x06" + bytes(28)),
        (links.ETHERNET, MACS),
        (links.ETHERNET, MACS + b"\x81\0\0"),
        (links.ETHERNET, MACS + b"\x08\0"),
        (links.RAW, b""),
        (links.RAW, b"\x50junk"),
        (links.LINUX_COOKED, bytes(10)),
        (links.ETHERNET, MACS + b"\x88\x47" + bytes(9)),
        (links.ETHERNET, MACS + b"\x88\x64" + bytes(8) + IP4),
        (links.PPP, b""),
    ],
)
def test_what_is_not_ip_is_none(link: int, frame: bytes) -> None:
    assert ip_octets(link, frame) is None


def test_every_known_link_type_has_a_name() -> None:
    assert all(ip_octets(link, b"") is None for link in links.NAMES)
