"""How fast captures are read and judged, beside tshark, which reads and dissects the same file in the same run.

Each reads the file in a process of its own, on one and the same processor, and what counts is the time for which that
processor worked: others may want it too.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Final, NamedTuple

from tcpchaos.backends.host import Broken
from tcpchaos.bench.record import Record, at_least, beside
from tcpchaos.report.document import Bench, Check, Figure, decode

# A capture of a gigabyte, of a million segments, is judged in the time that it takes to fetch a coffee.
LEAST_SEGMENTS_PER_S: Final = 50_000.0
ROUNDS: Final = 3
_OCTETS_PER_KIB: Final = 1024
_OURS: Final = "tcpchaos check"
_TSHARK: Final = "tshark -z io,stat,0"
_JUDGED: Final = (0, 1)  # exit codes

Tell = Callable[[str], None]


class UnreadableError(ValueError):
    """A file that `tcpchaos check` refuses, and what it said."""


class Spent(NamedTuple):
    """What a process took: seconds of a processor, and octets of memory at its most."""

    seconds: float
    octets: int
    output: bytes


def offline(path: Path, rounds: int, tell: Tell) -> Bench:
    """Read a capture so many times with each tool, in alternation, and hold ours to its bar.

    Raises UnreadableError where the file is no capture, Broken where there is no tshark.
    """
    tshark = shutil.which("tshark")
    if tshark is None:
        raise Broken("tshark is not installed, and there is nothing to compare with", "apt-get install tshark")
    record = Record()
    ours: list[Spent] = []
    theirs: list[Spent] = []
    segments = packets = 0
    with _on_one_processor():
        for number in range(1, rounds + 1):
            tell(f"round {number} of {rounds}: {_OURS}")
            ours.append(_spent([sys.executable, "-m", "tcpchaos", "check", "--json", str(path)], _JUDGED))
            document = decode(ours[-1].output)
            assert isinstance(document, Check)
            segments, packets = document.packets.judged, document.packets.read
            tell(f"round {number} of {rounds}: {_TSHARK}")
            theirs.append(_spent([tshark, "-n", "-q", "-z", "io,stat,0", "-r", str(path)], (0,)))
    what = f"{path.name}, {packets:,} packets"
    speed = _figure(what, "segments/s", *([segments / each.seconds for each in spent] for spent in (ours, theirs)))
    memory = _figure("memory at its most", "octets", *([float(each.octets) for each in s] for s in (ours, theirs)))
    bar = at_least("read and judged by one processor", speed.value, LEAST_SEGMENTS_PER_S, "segments/s")
    return record.document(quick=False, rounds=rounds, figures=(speed, memory), bars=[bar])


def _figure(what: str, unit: str, ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    other = beside(_TSHARK, ours, theirs)
    return Figure(what=what, of=_OURS, unit=unit, value=median(ours), samples=tuple(ours), beside=(other,))


@contextmanager
def _on_one_processor() -> Iterator[None]:
    """Have this process and its children run on one processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _spent(argv: list[str], right: Sequence[int]) -> Spent:
    """Run a command and return what it took; UnreadableError where its exit code is not a right one."""
    with TemporaryFile() as said, subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=said) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in right:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines() or [f"exit code {process.returncode}"]
            raise UnreadableError(lines[-1])
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _OCTETS_PER_KIB, output)
