"""What a program in a lab holds and burns, with all that it started: read from /proc, where tcpchaos sees its children.

A process namespace hides what is outside of it, not what is inside: every process of a lab has a number here, too.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_TICK_US: Final = 1_000_000 // os.sysconf("SC_CLK_TCK")
_CLOSE_WAIT: Final = 8  # in /proc/net/tcp
_PROTOCOL: Final = "system.sockprotoname"  # what the kernel calls the protocol of a socket


class Usage(NamedTuple):
    """What a program and all that it started hold at one moment.

    `processor_us` is the processor time of all of them so far, those included that have ended and were waited for;
    `wanted_us` is how long those that are there have had a processor or waited for one, 0 where nobody counts that.
    `memory_octets` is what they have beside files and shared memory, `descriptors` how many files each process has open
    that are no TCP sockets. Of its TCP sockets, `unclosed` are those that it has not closed although their peer has,
    and nothing is left to be sent; `dead` those that it has not closed although the kernel is through with their
    connections.
    """

    processor_us: int
    memory_octets: int
    descriptors: dict[int, int]
    unclosed: int
    dead: int
    wanted_us: int = 0


class _Process(NamedTuple):
    pid: int
    parent: int
    processor_us: int


def usage(ancestor: int, keeper: int, proc: Path = Path("/proc")) -> Usage | None:
    """Look at the processes of one command: those of the namespace that `keeper` is the first process of.

    `ancestor` is a process of ours from which it descends; `keeper` counts in that process' own namespace. None where
    they can't be found, or may not be looked at.
    """
    children: dict[int, list[_Process]] = {}
    for process in _processes(proc):
        children.setdefault(process.parent, []).append(process)
    found = next((each for each in _below(children, ancestor) if _number(proc, each.pid) == [keeper, 1]), None)
    if found is None:
        return None
    tree = list(_below(children, found.pid))
    try:
        return _sum(proc, tree)
    except PermissionError:
        return None


def _sum(proc: Path, tree: list[_Process]) -> Usage:
    descriptors: dict[int, int] = {}
    memory = 0
    sockets: set[int] = set()
    wanted_us = 0
    listed: dict[int, tuple[int, int]] = {}
    for process in tree:
        here = proc / str(process.pid)
        try:
            held = os.listdir(here / "fd")
            memory += _anonymous(here)
            wanted_us += sum(_wanted_us(here / "task" / thread) for thread in os.listdir(here / "task"))
            listed = listed or _table(here)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        of_process = list(_tcp_sockets(here / "fd", held))
        descriptors[process.pid] = len(held) - len(of_process)
        sockets.update(of_process)
    unclosed = sum(listed.get(inode) == (_CLOSE_WAIT, 0) for inode in sockets)
    return Usage(
        processor_us=sum(process.processor_us for process in tree),
        memory_octets=memory,
        descriptors=descriptors,
        unclosed=unclosed,
        dead=len(sockets - listed.keys()),
        wanted_us=wanted_us,
    )


def _processes(proc: Path) -> Iterator[_Process]:
    for name in os.listdir(proc):
        if not name.isdecimal():
            continue
        try:
            text = (proc / name / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # The name of the program stands in parentheses, and may have some of its own.
        fields = text[text.rindex(")") + 2 :].split()
        yield _Process(int(name), int(fields[1]), sum(map(int, fields[11:15])) * _TICK_US)


def _below(children: dict[int, list[_Process]], ancestor: int) -> Iterator[_Process]:
    waiting = list(children.get(ancestor, ()))
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(process.pid, ())


def _number(proc: Path, pid: int) -> list[int]:
    """Return the last two of the numbers that a process has, one in each namespace around it."""
    return _field(proc / str(pid), "NSpid")[-2:]


def _anonymous(here: Path) -> int:
    return sum(_field(here, "RssAnon")) * 1024


def _wanted_us(thread: Path) -> int:
    """Return how long a thread has run, or waited for others that did."""
    try:
        ran_ns, waited_ns, _ = (thread / "schedstat").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return (int(ran_ns) + int(waited_ns)) // 1000


def _field(here: Path, name: str) -> list[int]:
    try:
        text = (here / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    for line in text.splitlines():
        if line.startswith(f"{name}:"):
            return [int(word) for word in line.split()[1:] if word.isdecimal()]
    return []


def _table(here: Path) -> dict[int, tuple[int, int]]:
    """Return the TCP sockets in the tables of a process' network by inode: their states, and octets to be sent."""
    found = {}
    for name in ("tcp", "tcp6"):
        try:
            lines = (here / "net" / name).read_text().splitlines()
        except FileNotFoundError:
            continue  # a kernel without IPv6
        for line in lines[1:]:
            fields = line.split()
            found[int(fields[9])] = (int(fields[3], 16), int(fields[4].split(":")[0], 16))
    return found


def _tcp_sockets(folder: Path, held: list[str]) -> Iterator[int]:
    for descriptor in held:
        path = folder / descriptor
        try:
            target = os.readlink(path)
            if target.startswith("socket:[") and os.getxattr(path, _PROTOCOL).startswith(b"TCP"):
                yield int(target[8:-1])
        except PermissionError:
            raise
        except OSError:
            continue  # closed meanwhile, or of a family that has no such name
