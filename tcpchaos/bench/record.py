"""What every measurement says beside its figures: on which machine, how busy that was before, how long it took.

And how figures are held against others of the same run, and to bars: always in the same way.
"""

import os
import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from tcpchaos import __version__
from tcpchaos.backends.lab.world import kernel_name
from tcpchaos.report.document import Bar, Bench, Beside, Figure, Machine

_US_PER_S: Final = 1_000_000


class Record:
    """The record of a measurement, begun before anything is measured."""

    def __init__(self) -> None:
        self._load = os.getloadavg()[0]
        self._began = time.monotonic()

    def document(
        self, *, quick: bool, rounds: int, figures: Iterable[Figure], bars: Iterable[Bar], plan: Sequence[str] = ()
    ) -> Bench:
        """Return it as a document, now that all is measured."""
        return Bench(
            version=__version__,
            machine=_machine(self._load),
            quick=quick,
            rounds=rounds,
            took_us=int((time.monotonic() - self._began) * _US_PER_S),
            plan=tuple(plan),
            figures=tuple(figures),
            bars=tuple(bars),
        )


def beside(baseline: str, samples: Sequence[float], others: Sequence[float]) -> Beside:
    """Compare the samples of a figure with those that a baseline had in the same rounds."""
    pairs = list(zip(samples, others, strict=True))
    return Beside(
        baseline=baseline,
        value=median(others),
        ratio=median(own / other if other else 0.0 for own, other in pairs),
        added=median(own - other for own, other in pairs),
        samples=tuple(others),
    )


def at_least(bar: str, figure: float, limit: float, unit: str = "") -> Bar:
    """Hold a figure to a bar that it must reach."""
    return Bar(bar=bar, figure=figure, at="least", limit=limit, unit=unit, met=figure >= limit)


def at_most(bar: str, figure: float, limit: float, unit: str = "") -> Bar:
    """Hold a figure to a bar that it must not exceed."""
    return Bar(bar=bar, figure=figure, at="most", limit=limit, unit=unit, met=figure <= limit)


def _machine(load: float) -> Machine:
    """Say what this machine is; `load` is its load average before anything was measured."""
    return Machine(
        kernel=kernel_name(),
        processor=processor(Path("/proc/cpuinfo").read_text()) or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load=load,
    )


def processor(cpuinfo: str) -> str:
    """Return the model that /proc/cpuinfo names, "" where it names none."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return ""
