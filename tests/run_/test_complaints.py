"""What a server prints when something inside it is wrong, and what only sounds like it."""

import subprocess
import sys

import pytest

from tcpchaos.run.complaints import HEADLINE_OCTETS, Complaint, complaints

ASAN = b"""listening
=================================================================
==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x000000401234 bp 0x7ffe sp 0x7ffd
READ of size 1 at 0x602000000010 thread T0
    #0 0x401233 in parse /src/parse.c:12:5
SUMMARY: AddressSanitizer: heap-use-after-free /src/parse.c:12:5 in parse
"""
RUST = b"""thread 'tokio-runtime-worker' panicked at src/main.rs:12:34:
index out of bounds: the len is 3 but the index is 7
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"""
GO = b"""panic: runtime error: index out of range [7] with length 3

goroutine 18 [running]:
main.serve(0xc000010000)
"""
PYTHON = b"""INFO starting
Traceback (most recent call last):
  File "server.py", line 3, in handle
    length = int(head)
             ^^^^^^^^^
ValueError: invalid literal for int() with base 10: ''
"""


@pytest.mark.parametrize(
    ("output", "headline"),
    [
        (ASAN, "==4711==ERROR: AddressSanitizer: heap-use-after-free on address"),
        (b"==1==ERROR: LeakSanitizer: detected memory leaks\n", "==1==ERROR: LeakSanitizer: detected memory leaks"),
        (b"==9==WARNING: MemorySanitizer: use-of-uninitialized-value\n", "==9==WARNING: MemorySanitizer: use-of"),
        (b"WARNING: ThreadSanitizer: data race (pid=7)\n", "WARNING: ThreadSanitizer: data race (pid=7)"),
        (
            b"tcp.c:12:34: runtime error: signed integer overflow: 2147483647 + 1\n",
            "tcp.c:12:34: runtime error: signed integer overflow: 2147483647 + 1",
        ),
        (b"==================\nWARNING: DATA RACE\nRead at 0x00c000\n", "WARNING: DATA RACE"),
        (b"==12== Invalid read of size 4\n==12==    at 0x1: main\n", "==12== Invalid read of size 4"),
        (b"*** stack smashing detected ***: terminated\n", "*** stack smashing detected ***: terminated"),
        (b"free(): invalid pointer\n", "free(): invalid pointer"),
        (b"double free or corruption (fasttop)\n", "double free or corruption (fasttop)"),
        (b"malloc(): corrupted top size\n", "malloc(): corrupted top size"),
        (
            b"2026/01/01 12:00:00 [alert] 7#7: worker process 8 exited on signal 11\n",
            "2026/01/01 12:00:00 [alert] 7#7: worker process 8 exited on signal 11",
        ),
        (b"sh: line 1:  8 Segmentation fault      ./server\n", "sh: line 1:  8 Segmentation fault      ./server"),
    ],
)
def test_damaged_memory_is_known_by_its_headline(output: bytes, headline: str) -> None:
    [complaint] = complaints(output)

    assert complaint.sort == "memory"
    assert complaint.headline.startswith(headline)


@pytest.mark.parametrize(
    ("output", "headline"),
    [
        (
            RUST,
            "thread 'tokio-runtime-worker' panicked at src/main.rs:12:34: "
            "index out of bounds: the len is 3 but the index is 7",
        ),
        (GO, "panic: runtime error: index out of range [7] with length 3"),
        (PYTHON, "ValueError: invalid literal for int() with base 10: ''"),
        (b"server: parse.c:12: parse: Assertion `length > 0' failed.\n", "server: parse.c:12: parse: Assertion"),
    ],
)
def test_errors_that_nobody_took_care_of_are_known_by_their_headline(output: bytes, headline: str) -> None:
    [complaint] = complaints(output)

    assert (complaint.sort, complaint.of_connection) == ("uncaught", False)
    assert complaint.headline.startswith(headline)


def test_a_peer_that_went_away_is_told_from_other_errors() -> None:
    reset = PYTHON.replace(
        b"ValueError: invalid literal", b"ConnectionResetError: [Errno 104] Connection reset by peer"
    )
    broken = b"thread 'main' panicked at s.rs:1:1:\ncalled `unwrap()`: Os { code: 32, kind: BrokenPipe }\n"

    assert [each.of_connection for each in complaints(reset + broken)] == [True, True]


def test_what_only_sounds_bad_is_no_complaint() -> None:
    innocent = (
        b"error: connection reset by peer\nERROR 404\nWARNING: no config file\n[warn] worker_connections exceed\n"
        b"signal 17 (SIGCHLD) received\nworker process 8 exited with code 0\ncleaned up: free() of 3 pools\n"
        b"20:C 22 Nov 2026 oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\nterminated by signal 15\n"
    )

    assert complaints(innocent) == []


def test_the_same_headline_is_told_once_and_a_long_one_cut() -> None:
    line = b"free(): " + b"x" * 1000 + b"\n"

    [complaint] = complaints(line * 3)

    assert len(complaint.headline) == HEADLINE_OCTETS


def test_octets_that_are_no_text_do_no_harm() -> None:
    assert complaints(b"\xff\x00\xfe\nfree(): invalid size\n") == [Complaint("memory", "free(): invalid size")]


def test_a_real_traceback_is_read_to_its_end() -> None:
    program = "try:\n    {}['a']\nexcept KeyError:\n    raise RuntimeError('while handling') from None"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert complaints(run.stderr) == [Complaint("uncaught", "RuntimeError: while handling")]
