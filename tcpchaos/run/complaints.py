"""What a server prints when something inside it is wrong: the headlines of sanitizers, allocators and runtimes.

Programs print all sorts of things, and call many of them errors. Only what a runtime or a checker prints of its own
accord is taken for a complaint here, by the form that it is known to have.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

# A finding quotes the line, not a page of it.
HEADLINE_OCTETS: Final = 200

# "memory": its memory or its data are damaged, or two threads race for them. "uncaught": it met an error that nobody
# in it took care of.
Sort = Literal["memory", "uncaught"]


class Complaint(NamedTuple):
    """A headline, and of what sort it is; `of_connection` tells that it is just about a peer that went away."""

    sort: Sort
    headline: str
    of_connection: bool = False


_FORMS: Final[tuple[tuple[Sort, re.Pattern[str]], ...]] = (
    # Sanitizers of GCC and Clang, valgrind, Go's race detector.
    ("memory", re.compile(r"^==\d+==\s*(ERROR|WARNING): \w*Sanitizer: .+")),
    ("memory", re.compile(r"^WARNING: ThreadSanitizer: .+")),
    ("memory", re.compile(r"^\S+:\d+:\d+: runtime error: .+")),
    ("memory", re.compile(r"^==\d+== (Invalid (read|write|free)|Use of uninit|Conditional jump .* uninit).*")),
    ("memory", re.compile(r"^WARNING: DATA RACE$")),
    # What the C library says before it aborts.
    ("memory", re.compile(r"^\*\*\* (stack smashing|buffer overflow|.*overflow) detected \*\*\*.*")),
    (
        "memory",
        re.compile(
            r"^((malloc|calloc|realloc|free|munmap_chunk|malloc_consolidate)\(\): "
            r"|double free or corruption|corrupted (size|double-linked)|free\(\): ).*"
        ),
    ),
    # Processes that look after others, of one that was ended by such a signal.
    ("memory", re.compile(r".*\b(exited|terminated|killed) (on|by|with) signal (4|6|7|8|11)\b.*")),
    (
        "memory",
        re.compile(r".*\b(Segmentation fault|Bus error|Illegal instruction|SIGSEGV: segmentation violation)\b.*"),
    ),
    ("uncaught", re.compile(r"^.*: \S+:\d+: .*: Assertion [`'].*' failed\.$")),
    ("uncaught", re.compile(r"^thread '.*' (\(\d+\) )?panicked at .+")),
    ("uncaught", re.compile(r"^(panic: |fatal error: |.*\bhttp: panic serving ).+")),
    ("uncaught", re.compile(r'^Exception in thread ".*" .+')),
)
_TRACEBACK: Final = "Traceback (most recent call last):"
# The last line of a traceback, with the exception's name.
_RAISED: Final = re.compile(r"^([A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning|Group)?)(:|$)")
# What a peer that aborts, or is gone, looks like from inside, whatever the language. Programs may leave that to
# whoever started them to read.
_OF_CONNECTION: Final = re.compile(
    r"ConnectionResetError|BrokenPipeError|ConnectionAbortedError|ConnectionRefusedError|TimeoutError"
    r"|[Cc]onnection reset|[Bb]roken pipe|ECONNRESET|EPIPE|ETIMEDOUT|timed out|ConnectionReset|BrokenPipe|TimedOut"
)


def complaints(output: bytes) -> list[Complaint]:
    """Return the headlines in an output, in their order, each once."""
    return list(dict.fromkeys(_found(output.decode(errors="replace").splitlines())))


def _found(lines: list[str]) -> Iterator[Complaint]:
    for number, line in enumerate(lines):
        if line.strip() == _TRACEBACK:
            headline = _last_of_traceback(lines, number)
            yield Complaint("uncaught", _short(headline), bool(_OF_CONNECTION.search(headline)))
            continue
        for sort, form in _FORMS:
            if form.match(line):
                headline = _with_next(lines, number) if "panicked at" in line else line
                of_connection = sort == "uncaught" and bool(_OF_CONNECTION.search(headline))
                yield Complaint(sort, _short(headline), of_connection)
                break


def _last_of_traceback(lines: list[str], number: int) -> str:
    """Return the line that names the exception: the first one after the traceback that is indented no deeper."""
    depth = len(lines[number]) - len(lines[number].lstrip())
    for line in lines[number + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) <= depth and _RAISED.match(line.strip()):
            return line.strip()
    return _TRACEBACK


def _with_next(lines: list[str], number: int) -> str:
    """Return a headline whose message stands on the next line."""
    return " ".join(line.strip() for line in lines[number : number + 2])


def _short(line: str) -> str:
    text = line.strip()
    return text if len(text) <= HEADLINE_OCTETS else text[: HEADLINE_OCTETS - 3] + "..."
