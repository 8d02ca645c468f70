"""The Internet checksum against the long addition of RFC 1071, and its update against the whole computation."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tcpchaos.wire.checksum import internet, pseudo_header, residue, update


def by_hand(octets: bytes) -> int:
    """Add word by word and carry around, as RFC 1071 says it."""
    total = 0
    for (word,) in struct.iter_unpack("!H", octets + bytes(len(octets) % 2)):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def evened(octets: bytes) -> bytes:
    return octets + bytes(len(octets) % 2)


def test_the_example_of_rfc_1071() -> None:
    assert internet(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2 ^ 0xFFFF


def test_the_example_of_rfc_1624() -> None:
    # The corner that the first formula of RFC 1141 got wrong: -0 must not come out.
    assert update(0xDD2F, bytes.fromhex("5555"), bytes.fromhex("3285")) == 0x0000


@pytest.mark.parametrize("octets", [b"", b"\0", b"\0\0", bytes(500)])
def test_zeros_only_have_the_checksum_of_ones(octets: bytes) -> None:
    assert internet(octets) == 0xFFFF


@pytest.mark.parametrize("octets", [b"\xff\xff", b"\xff\xff" * 300, b"\x00\x01\xff\xfe"])
def test_minus_zero_has_the_checksum_zero(octets: bytes) -> None:
    assert internet(octets) == 0


@given(st.binary(max_size=64) | st.binary(min_size=390, max_size=420) | st.binary(min_size=1400, max_size=1503))
def test_it_is_the_long_addition(octets: bytes) -> None:
    assert internet(octets) == by_hand(octets)
    assert residue(octets) == (by_hand(octets) ^ 0xFFFF) % 0xFFFF


@given(st.binary(max_size=8), st.binary(max_size=6), st.binary(max_size=6), st.binary(max_size=9))
@example(front=b"\x45", old=b"\0\0", new=b"\xff\xff", back=b"")
@example(front=b"\x45", old=b"\xff\xff", new=b"\0\0", back=b"")
@example(front=b"\0\1\xff\xfe", old=b"\0\0", new=b"\xff\xff", back=b"")
def test_an_update_is_the_whole_computation(front: bytes, old: bytes, new: bytes, back: bytes) -> None:
    # Something in every header is not zero: the version, or the protocol in the pseudo-header.
    front = b"\x45\0" + evened(front)
    old, new = evened(old), evened(new)
    assert update(internet(front + old + back), old, new) == internet(front + new + back)


@given(st.binary(max_size=8), st.binary(max_size=6), st.binary(max_size=6), st.integers(1, 0xFFFE))
def test_what_was_wrong_stays_wrong_by_as_much(front: bytes, old: bytes, new: bytes, fault: int) -> None:
    front = b"\x45\0" + evened(front)
    old, new = evened(old), evened(new)
    wrong = (internet(front + old) + fault) % 0xFFFF
    assert (update(wrong, old, new) - internet(front + new)) % 0xFFFF == fault


@given(st.integers(0, 0xFFFF), st.binary(max_size=8))
def test_no_change_keeps_even_a_strange_checksum(checksum: int, octets: bytes) -> None:
    assert update(checksum, octets, octets) == checksum


def test_the_pseudo_headers() -> None:
    ipv4 = bytes.fromhex("0a0000010a000002")
    assert pseudo_header(ipv4, 20, 6) == ipv4 + bytes.fromhex("00060014")
    ipv6 = bytes(15) + b"\1" + bytes(15) + b"\2"
    assert pseudo_header(ipv6, 20, 6) == ipv6 + bytes.fromhex("0000001400000006")
