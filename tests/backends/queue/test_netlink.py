"""What is said to a packet queue and what it says, octet by octet."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.backends.queue.netlink import (
    ACCEPT,
    DROP,
    LOCAL_OUT,
    MOST_OCTETS,
    Queued,
    bind,
    errors,
    packets,
    unbind,
    verdict,
)


def attribute(kind: int, body: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(body), kind) + body + bytes(-len(body) % 4)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body + bytes(-len(body) % 4)


def queued(*attributes: bytes) -> bytes:
    return message(0x300, struct.pack("!BBH", 2, 0, 7) + b"".join(attributes))


HEADER = attribute(1, struct.pack("!IHB", 0xFFFFFFFE, 0x0800, LOCAL_OUT))
OUT_BY_LOOPBACK = attribute(6, struct.pack("!I", 1))


def test_a_packet_is_read_with_where_it_was() -> None:
    octets = queued(HEADER, attribute(5, b"\0\0\0\2"), OUT_BY_LOOPBACK, attribute(10, b"12345"))

    assert list(packets(octets)) == [Queued(0xFFFFFFFE, LOCAL_OUT, 2, 1, b"12345", 5)]
    assert list(packets(memoryview(bytearray(octets * 2)))) == list(packets(octets)) * 2


def test_one_that_comes_cut_says_how_long_it_is() -> None:
    cut = queued(HEADER, attribute(10, bytes(100)), attribute(13, struct.pack("!I", 65535)))

    (found,) = packets(cut)
    assert (len(found.octets), found.whole_octets) == (100, 65535)
    assert struct.calcsize("=HH") + MOST_OCTETS == 0xFFFF


def test_what_is_not_understood_is_left_out() -> None:
    assert list(packets(queued(attribute(10, b"no number")))) == []
    assert list(packets(message(2, struct.pack("=i", -2)))) == []
    assert list(packets(queued(HEADER, struct.pack("=HH", 0, 10)))) == []


@given(st.binary(max_size=200), st.booleans())
def test_no_octets_are_too_strange(octets: bytes, framed: bool) -> None:
    for found in packets(queued(HEADER, octets) if framed else octets):
        assert len(found.octets) <= len(octets)
    list(errors(octets))


def test_answers_are_error_numbers() -> None:
    assert list(errors(message(2, struct.pack("=i", -16) + bytes(16)))) == [16]
    assert list(errors(message(2, bytes(20)))) == [0]


def test_a_verdict_carries_other_octets_where_there_are_some() -> None:
    dropped = verdict(7, 5, DROP)
    head = struct.pack("=IHHII", 32, 0x301, 1, 0, 0) + struct.pack("!BBH", 0, 0, 7)
    assert dropped == head + attribute(2, struct.pack("!II", 0, 5))

    changed = verdict(7, 5, ACCEPT, b"other")
    assert changed[32:] == attribute(10, b"other")
    assert struct.unpack_from("=I", changed)[0] == len(changed)


def test_a_queue_is_asked_to_fail_open_and_to_cut_what_a_card_would_have_cut() -> None:
    commands = bind(7, 1000)

    assert [struct.unpack_from("=IH", command) for command in commands] == [(len(each), 0x302) for each in commands]
    flags = attribute(5, struct.pack("!I", 1)) + attribute(4, struct.pack("!I", 1 | 4))  # fail open, and not GSO
    assert any(command.endswith(flags) for command in commands)
    assert unbind(7).endswith(attribute(1, struct.pack("!BxH", 2, 0)))
