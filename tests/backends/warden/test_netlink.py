"""Messages and attributes of netlink: what is written can be read, and what is broken ends."""

import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.backends.warden.netlink import (
    HEADER,
    NLMSG_ERROR,
    Route,
    attribute,
    attributes,
    message,
    messages,
)

PAIRS = st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=20)))


@given(PAIRS)
def test_attributes_come_back(pairs: list[tuple[int, bytes]]) -> None:
    octets = b"".join(attribute(kind, value) for kind, value in pairs)
    assert len(octets) % 4 == 0
    assert list(attributes(octets)) == pairs


def test_nested_and_byte_order_flags_are_not_part_of_the_kind() -> None:
    assert list(attributes(struct.pack("=HH", 4, 0x8000 | 0x4000 | 7))) == [(7, b"")]


@given(st.binary(max_size=60))
def test_any_octets_end(octets: bytes) -> None:
    assert len(list(attributes(octets))) <= len(octets) // 4


@given(st.lists(st.tuples(st.integers(16, 100), st.binary(max_size=20).filter(lambda body: len(body) % 4 == 0))))
def test_messages_come_back(pairs: list[tuple[int, bytes]]) -> None:
    assert list(messages(b"".join(message(kind, 0, 1, body) for kind, body in pairs))) == pairs


def test_an_error_is_raised_and_an_acknowledgment_is_not() -> None:
    def answer(number: int) -> bytes:
        return message(NLMSG_ERROR, 0, 1, struct.pack("=i", number) + HEADER.pack(16, 0, 0, 1, 0))

    assert [kind for kind, _ in messages(answer(0))] == [NLMSG_ERROR]
    with pytest.raises(OSError, match="File exists") as caught:
        list(messages(answer(-errno.EEXIST)))
    assert caught.value.errno == errno.EEXIST


def test_a_kernel_answers() -> None:
    """What anyone may ask, in any namespace: the counters of the loopback; and what isn't there."""
    with Route() as route:
        assert route.dropped(socket.if_nametoindex("lo")) >= 0
        with pytest.raises(OSError, match="No such device"):
            route.dropped(2_000_000)
