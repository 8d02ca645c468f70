"""The TCP header is found behind every header that may stand before it, and nowhere else."""

import struct

import pytest

from tcpchaos.wire import WireError
from tcpchaos.wire.locate import Place, locate

CLIENT, ROUTER, SERVER = (bytes((10, 0, 0, host)) for host in (1, 2, 3))
CLIENT6, ROUTER6, SERVER6 = (bytes(15) + bytes((host,)) for host in (1, 2, 3))
TCP_HEADER = bytes(12) + b"\x50" + bytes(7)


def ipv4(
    *, options: bytes = b"", fragment: int = 0, protocol: int = 6, dst: bytes = SERVER, payload: bytes = b""
) -> bytes:
    length = 20 + len(options) + len(TCP_HEADER + payload)
    header = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, length, 0, fragment, 64, protocol, 0)
    return header + CLIENT + dst + options + TCP_HEADER + payload


def ipv6(first: int, extensions: bytes = b"", *, dst: bytes = SERVER6) -> bytes:
    body = extensions + TCP_HEADER
    return struct.pack("!IHBB", 6 << 28, len(body), first, 64) + CLIENT6 + dst + body


def test_a_plain_header() -> None:
    assert locate(ipv4()) == Place(4, CLIENT + SERVER, 20, 40)
    assert locate(ipv6(6)) == Place(6, CLIENT6 + SERVER6, 40, 60)


def test_ipv4_options_stand_before_it() -> None:
    assert locate(ipv4(options=b"\x94\x04\0\0")) == Place(4, CLIENT + SERVER, 24, 44)


@pytest.mark.parametrize("kind", [131, 137])
def test_a_source_route_under_way_ends_at_its_last_address(kind: int) -> None:
    under_way = bytes((1, kind, 7, 4)) + SERVER
    at_its_end = bytes((1, kind, 7, 8)) + CLIENT
    assert locate(ipv4(options=under_way, dst=ROUTER)).addresses == CLIENT + SERVER
    assert locate(ipv4(options=at_its_end)).addresses == CLIENT + SERVER


@pytest.mark.parametrize("options", ["83000000", "830b0400", "83020000", "00830704 0a000003", "83"])
def test_a_broken_source_route_leads_nowhere(options: str) -> None:
    octets = bytes.fromhex(options)
    assert locate(ipv4(options=octets + bytes(-len(octets) % 4))).addresses == CLIENT + SERVER


@pytest.mark.parametrize(
    ("first", "extensions"),
    [
        (0, "0600010400000000"),
        (60, "0601" + "00" * 14),
        (43, "0600000000000000"),
        (44, "0600000012345678"),
        (51, "0604" + "00" * 22),
        (135, "0600000000000000"),
        (139, "0600000000000000"),
        (140, "0600000000000000"),
        (0, "3c00010400000000" + "2c00010400000000" + "0600000000000001"),
    ],
)
def test_extension_headers_stand_before_it(first: int, extensions: str) -> None:
    octets = bytes.fromhex(extensions)
    at = 40 + len(octets)
    assert locate(ipv6(first, octets)) == Place(6, CLIENT6 + SERVER6, at, at + 20)


@pytest.mark.parametrize(
    ("kind", "addresses"), [(0, ROUTER6 + SERVER6), (2, SERVER6), (4, SERVER6 + ROUTER6)], ids=["0", "home", "segments"]
)
def test_a_routing_header_under_way_ends_at_its_last_address(kind: int, addresses: bytes) -> None:
    header = bytes((6, len(addresses) // 8, kind, 1, 0, 0, 0, 0)) + addresses
    assert locate(ipv6(43, header, dst=ROUTER6)).addresses == CLIENT6 + SERVER6
    arrived = header[:3] + b"\0" + header[4:]
    assert locate(ipv6(43, arrived)).addresses == CLIENT6 + SERVER6
    unknown = header[:2] + b"\x09" + header[3:]
    assert locate(ipv6(43, unknown)).addresses == CLIENT6 + SERVER6


def test_a_fragment_is_no_packet_but_its_first_can_be_looked_at() -> None:
    more, later = 0x2000, 0x0001
    with pytest.raises(WireError):
        locate(ipv4(fragment=more))
    assert locate(ipv4(fragment=more), whole=False).tcp_at == 20
    with pytest.raises(WireError):
        locate(ipv4(fragment=later), whole=False)
    first6, later6 = bytes.fromhex("0600000100000000"), bytes.fromhex("0600000800000000")
    with pytest.raises(WireError):
        locate(ipv6(44, first6))
    assert locate(ipv6(44, first6), whole=False).tcp_at == 48
    with pytest.raises(WireError):
        locate(ipv6(44, later6), whole=False)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x45",
        b"\x55" + ipv4()[1:],
        ipv4(protocol=17),
        ipv4()[:-1],
        b"\x44" + ipv4()[1:],
        b"\x4f" + ipv4()[1:],
        ipv4()[:2] + b"\0\x27" + ipv4()[4:],
        ipv6(6)[:-1],
        ipv6(17),
        ipv6(0, bytes.fromhex("06ff")),
        ipv6(59),
        ipv6(50),
    ],
)
def test_what_holds_no_tcp_header_is_refused(octets: bytes) -> None:
    with pytest.raises(WireError):
        locate(octets)
