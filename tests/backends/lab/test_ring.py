"""Pages and layouts of the kernel's tracing: read as they are described, and never further than they go."""

import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.backends.lab.ring import Shape, events, layout, missed, shape

COMMON = """name: told
ID: 42
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;
	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:void * skbaddr;	offset:8;	size:8;	signed:0;
	field:enum skb_drop_reason reason;	offset:16;	size:4;	signed:0;
	field:__u8 saddr[4];	offset:20;	size:4;	signed:0;
	field:__data_loc char[] name;	offset:24;	size:4;	signed:0;

print fmt: "%p %s", REC->skbaddr, __print_symbolic(REC->reason, { 2, "NOT_SPECIFIED" }, { 41, "TCP_OLD_SEQUENCE" })
"""
HEADER = """	field: u64 timestamp;	offset:0;	size:8;	signed:0;
	field: local_t commit;	offset:8;	size:8;	signed:1;
	field: int overwrite;	offset:8;	size:1;	signed:1;
	field: char data;	offset:16;	size:4080;	signed:0;
"""
FORM = Shape(commit_at=8, commit_octets=8, data_at=16)
little = pytest.mark.skipif(sys.byteorder != "little", reason="the pages made here are of a little-endian machine")


def event(delta: int, number: int, rest: bytes = b"") -> bytes:
    body = struct.pack("<HBBi", number, 0, 0, 7) + rest
    return struct.pack("<I", delta << 5 | len(body) // 4) + body


def page(*parts: bytes, at: int = 1000, flags: int = 0) -> bytes:
    data = b"".join(parts)
    return struct.pack("<QQ", at, len(data) | flags) + data


def test_the_layout_of_a_page() -> None:
    assert shape(HEADER) == FORM
    with pytest.raises(ValueError, match="page"):
        shape("nothing")


@little
def test_the_layout_of_an_event() -> None:
    told = layout(COMMON, ("skbaddr", "reason", "saddr", "name", "absent"))
    assert told.number == 42
    assert told.symbols["reason"] == {2: "NOT_SPECIFIED", 41: "TCP_OLD_SEQUENCE"}
    name = b"server\0\0"
    octets = struct.pack("<HBBiQI4sI", 42, 16, 0, 7, 0xABC, 41, b"\xc0\0\2\1", len(name) << 16 | 28) + name
    assert told.read(b"before" + octets, 6) == (16, 7, 0xABC, 41, b"\xc0\0\2\1", "server", None)
    with pytest.raises(ValueError, match="event"):
        layout("name: nothing", ())


@little
def test_the_times_of_events_add_up() -> None:
    extend = struct.pack("<II", 5 << 5 | 30, 2)  # 5 and 2 times 2^27
    stamp = struct.pack("<II", 6 << 5 | 31, 3)  # the time itself
    padding = struct.pack("<II", 1 << 5 | 29, 4)
    long_one = struct.pack("<II", 0, 12) + struct.pack("<HBBi", 9, 0, 0, 7)
    written = page(event(3, 1), extend, event(0, 2), padding, event(1, 3), stamp, event(0, 4), long_one)
    found = [(at_ns, number) for at_ns, number, _ in events(written, FORM)]
    later = 1003 + 5 + (2 << 27)
    assert found == [(1003, 1), (later, 2), (later + 2, 3), (6 + (3 << 27), 4), (6 + (3 << 27), 9)]


@little
def test_lost_events_are_told_of() -> None:
    assert missed(page(event(0, 1), flags=1 << 31), FORM)
    assert not missed(page(event(0, 1)), FORM)


@given(st.binary(max_size=200))
def test_any_octets_end(octets: bytes) -> None:
    written = page(octets)
    for _, _, at in events(written, FORM):
        assert at + 4 <= len(written)
