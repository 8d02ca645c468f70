"""Link headers, and what stands behind them."""

import pytest

from tcpchaos.backends.capture import links
from tcpchaos.backends.capture.links import ip_octets

IP4 = b"\x45" + bytes(19)
IP6 = b"\x60" + bytes(39)
MACS = bytes(12)


@pytest.mark.parametrize(
    ("link", "frame", "ip"),
    [
        (links.ETHERNET, MACS + b"\x08\0" + IP4, IP4),
        (links.ETHERNET, MACS + b"\x86\xdd" + IP6, IP6),
        (links.ETHERNET, MACS + b"\x81\0\0\x05\x08\0" + IP4, IP4),
        (links.ETHERNET, MACS + b"\x88\xa8\0\x05\x81\0\0\x06\x86\xdd" + IP6, IP6),
        (links.RAW, IP4, IP4),
        (links.RAW, IP6, IP6),
        (links.IPV4, IP4, IP4),
        (links.IPV6, IP6, IP6),
        (links.BSD_LOOPBACK, b"\x02\0\0\0" + IP4, IP4),
        (links.BSD_LOOPBACK, b"\0\0\0\x1e" + IP6, IP6),
        (links.OPENBSD_LOOPBACK, b"\0\0\0\x02" + IP4, IP4),
        (links.LINUX_COOKED, bytes(14) + b"\x08\0" + IP4, IP4),
        (links.LINUX_COOKED, bytes(14) + b"\x81\0\0\x05\x86\xdd" + IP6, IP6),
        (links.LINUX_COOKED_2, b"\x08\0" + bytes(18) + IP4, IP4),
    ],
)
def test_the_ip_packet_behind_a_link_header(link: int, frame: bytes, ip: bytes) -> None:
    assert ip_octets(link, frame) == ip


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
    ],
)
def test_what_is_not_ip_is_none(link: int, frame: bytes) -> None:
    assert ip_octets(link, frame) is None


def test_every_known_link_type_has_a_name() -> None:
    assert all(ip_octets(link, b"") is None for link in links.NAMES)
