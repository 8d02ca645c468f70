"""Frames are given back what a kernel takes off them or leaves for a network card to do."""

import pytest

from tcpchaos.backends.lab.frames import finished, ip_at, tagged
from tcpchaos.wire import ACK, build, parse
from tcpchaos.wire.checksum import internet, pseudo_header

MACS = bytes.fromhex("020000000002020000000001")
IPV4, IPV6, VLAN, QINQ = b"\x08\x00", b"\x86\xdd", b"\x81\x00", b"\x88\xa8"
ADDRESSES4 = bytes([192, 0, 2, 1, 192, 0, 2, 2])
ADDRESSES6 = bytes.fromhex("20010db800000000000000000000000120010db8000000000000000000000002")


@pytest.mark.parametrize(
    ("front", "at"),
    [
        (IPV4, 14),
        (IPV6, 14),
        (VLAN + b"\x00\x07" + IPV4, 18),
        (QINQ + b"\x00\x07" + VLAN + b"\x00\x08" + IPV6, 22),
        (b"\x08\x06", 0),
        (VLAN + b"\x00\x07\x08\x06", 0),
        (VLAN, 0),
        (b"", 0),
    ],
)
def test_where_ip_begins(front: bytes, at: int) -> None:
    assert ip_at(MACS + front) == at


def test_a_tag_is_put_back_where_it_stood() -> None:
    assert tagged(MACS + IPV4 + b"...", 0x88A8, 0x6007) == MACS + QINQ + b"\x60\x07" + IPV4 + b"..."
    assert tagged(MACS + IPV4, 0, 1) == MACS + VLAN + b"\x00\x01" + IPV4


@pytest.mark.parametrize("addresses", [ADDRESSES4, ADDRESSES6])
@pytest.mark.parametrize("tag", [b"", VLAN + b"\x00\x07"])
@pytest.mark.parametrize("payload", [b"", b"odd", bytes(range(200)) * 7])
def test_tcp_is_given_the_checksum_that_was_left_for_later(addresses: bytes, tag: bytes, payload: bytes) -> None:
    half = len(addresses) // 2
    right = build(
        src=addresses[:half], dst=addresses[half:], sport=1, dport=2, seq=0xFFFFFFF0, flags=ACK, payload=payload
    ).octets
    left = parse(right).replace(checksum=0x1234).octets
    front = MACS + tag + (IPV4 if half == 4 else IPV6)
    assert finished(front + left + b"padding") == front + right + b"padding"


@pytest.mark.parametrize("payload", [b"a question", b""])
def test_udp_too(payload: bytes) -> None:
    udp = bytes.fromhex("00010035") + (8 + len(payload)).to_bytes(2, "big")
    checksum = internet(pseudo_header(ADDRESSES6, 8 + len(payload), 17) + udp + bytes(2) + payload)
    ip = b"\x60\x00\x00\x00" + (8 + len(payload)).to_bytes(2, "big") + b"\x11\x40" + ADDRESSES6
    front = MACS + IPV6 + ip + udp
    assert finished(front + b"\xab\xcd" + payload) == front + checksum.to_bytes(2, "big") + payload


def test_a_checksum_of_udp_is_never_0() -> None:
    # The sum of all that is covered is then 0xffff.
    udp = bytes.fromhex("00010035000a")
    rest = internet(pseudo_header(ADDRESSES4, 10, 17) + udp + bytes(4))
    payload = rest.to_bytes(2, "big")
    ip = bytes.fromhex("4500001e0000000040110000") + ADDRESSES4
    frame = MACS + IPV4 + ip + udp + bytes(2) + payload
    assert finished(frame) == MACS + IPV4 + ip + udp + b"\xff\xff" + payload


@pytest.mark.parametrize(
    "octets",
    [
        MACS + b"\x08\x06" + bytes(28),
        MACS + IPV4 + bytes.fromhex("4500001c0000000040010000") + ADDRESSES4 + bytes(8),
        MACS + IPV4 + bytes.fromhex("4500001c0000200040110000") + ADDRESSES4 + bytes(8),
        MACS + IPV4 + bytes.fromhex("4500ffff0000000040110000") + ADDRESSES4 + bytes(8),
    ],
)
def test_what_is_neither_or_not_whole_is_left_alone(octets: bytes) -> None:
    assert finished(octets) is None
