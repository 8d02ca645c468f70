"""A whole run of measurements: rounds in which everything takes its turn, and one document out of them.

A machine is faster in one second than in the next, and others work on it too. So whatever is compared is measured in
alternation, each ratio is taken within a round, and the median over the rounds counts.
"""

import json
import math
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.bench.measure import Figures
from tcpchaos.bench.middle import BASELINES, PROXIES, TEN_RULES, Middle, program
from tcpchaos.bench.record import Record, at_least, at_most, beside
from tcpchaos.report.document import Bar, Bench, Beside, Figure

_OPEN: Final = 1000
_ONE: Final = "1 connection open"
_ONE_OF_MANY: Final = "1,000 open, one talks"
_ALL: Final = "1,000 open, all talk"
_CONNECTIONS: Final = {_ONE: (1, 1), _ONE_OF_MANY: (_OPEN, 1), _ALL: (_OPEN, _OPEN)}

# Key of a measurement, what it is called, and its unit.
_SPEEDS: Final = (
    ("segments_per_s", "bulk transfer", "segments/s"),
    ("round_trip_p50_us", "round trip of 64 octets, p50", "us"),
    ("round_trip_p99_us", "round trip of 64 octets, p99", "us"),
    ("connections_per_s", "short connections, 8 at a time", "connections/s"),
)

# The bars. A round trip that crosses the proxy twice, and segments at a fraction of what a loop that does nothing
# but receive and send can carry, leave the kernels' TCP as fast as over any real network.
LEAST_OF_FORWARDER: Final = 0.25
LEAST_OF_SCAPY: Final = 6.0
MOST_ADDED_US: Final = 150.0
# Resident memory is counted in pages, and an allocator returns them when it likes: less than this is nothing that
# grows with segments, of which each is 60 octets at least.
MOST_OCTETS_PER_SEGMENT: Final = 1.0
# Two measurements of the same thing differ by as much.
MOST_GROWTH_OF_COST: Final = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long everything takes: rounds, seconds of each measurement, segments of the long transfer.

    The processor time of a segment is the least of `cost_trials` in each round: whatever else the machine does, and the
    state of its caches, only add to it.
    """

    rounds: int = 3
    cost_trials: int = 3
    seconds: float = 1.0
    segments: int = 1_000_000
    connections: int = _OPEN
    quick: bool = False


QUICK: Final = Scale(rounds=1, cost_trials=1, seconds=0.2, segments=20_000, connections=50, quick=True)

Tell = Callable[[str], None]


async def _trial(*arguments: object) -> Figures:
    """Have one measurement made in a process of its own; Broken where the environment failed."""
    argv, environment = program("trial", *arguments)
    wanted, want = os.pipe()
    try:
        ended = await trio.run_process(
            argv,
            stdin=wanted,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env=environment,
            start_new_session=True,  # Ctrl-C is ours to handle
        )
    finally:
        os.close(wanted)
        os.close(want)
    figures = _figures(ended)
    if "missing" in figures:
        raise Broken(str(figures["missing"]), str(figures["remedy"]))
    return figures


def _figures(ended: "subprocess.CompletedProcess[bytes]") -> Figures:
    if ended.returncode == 0:
        figures: Figures = json.loads(ended.stdout)
        return figures
    last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit status {ended.returncode}"]
    raise Broken(f"a measurement failed: {last[0]}", "run again; tcpchaos doctor tests the lab")


async def compare(scale: Scale, tell: Tell) -> Bench:
    """Measure everything, and put it together; `tell` hears what is being done. Raises Broken."""
    record = Record()
    speeds: dict[Middle, list[Figures]] = {middle: [] for middle in Middle}
    costs: dict[str, list[float]] = {name: [] for name in _CONNECTIONS}
    for number in range(1, scale.rounds + 1):
        for middle in Middle:
            tell(f"round {number} of {scale.rounds}: {middle}")
            speeds[middle].append(await _trial("speed", middle.name, scale.seconds))
        least = dict.fromkeys(_CONNECTIONS, math.inf)
        for name, (connections, talking) in [*_CONNECTIONS.items()] * scale.cost_trials:
            tell(f"round {number} of {scale.rounds}: {name}")
            limits = (min(connections, scale.connections), min(talking, scale.connections))
            least[name] = min(least[name], (await _trial("cost", *limits, scale.seconds))["us_per_segment"])
        for name, cost in least.items():
            costs[name].append(cost)
    tell("memory per connection")
    memory = await _trial("memory", scale.connections)
    tell(f"memory over {scale.segments:,} segments of one connection")
    flat = await _trial("flat", scale.segments)
    figures = (*_speeds(speeds), *_costs(costs), *_memories(memory, flat))
    return record.document(
        quick=scale.quick,
        rounds=scale.rounds,
        plan=TEN_RULES,
        figures=figures,
        bars=bars(figures, flat["segments"]),
    )


def _figure(what: str, of: str, unit: str, samples: Sequence[float], *others: Beside) -> Figure:
    return Figure(what=what, of=of, unit=unit, value=median(samples), samples=tuple(samples), beside=others)


def _speeds(speeds: dict[Middle, list[Figures]]) -> Iterator[Figure]:
    for key, what, unit in _SPEEDS:
        samples = {middle: [figures[key] for figures in speeds[middle]] for middle in Middle}
        for proxy in PROXIES:
            others = [beside(baseline, samples[proxy], samples[baseline]) for baseline in BASELINES]
            yield _figure(what, proxy, unit, samples[proxy], *others)


def _costs(costs: dict[str, list[float]]) -> Iterator[Figure]:
    for name in (_ONE_OF_MANY, _ALL):
        yield _figure("processor time", name, "us/segment", costs[name], beside(_ONE, costs[name], costs[_ONE]))


def _memories(memory: Figures, flat: Figures) -> Iterator[Figure]:
    yield _figure("memory of an open connection", Middle.IDLE, "octets", [memory["octets_per_connection"]])
    half = beside("halfway", [flat["end_octets"]], [flat["half_octets"]])
    yield _figure(f"memory after {flat['segments']:,.0f} segments", Middle.IDLE, "octets", [flat["end_octets"]], half)


def bars(figures: Sequence[Figure], segments: float) -> Iterator[Bar]:
    """Hold the figures to what was promised; `segments` is the length of the long transfer."""
    by_name = {(figure.what, figure.of): {each.baseline: each for each in figure.beside} for figure in figures}
    speed = by_name[_SPEEDS[0][1], Middle.IDLE]
    trip = by_name[_SPEEDS[1][1], Middle.IDLE][Middle.BRIDGE]
    growth = by_name["processor time", _ONE_OF_MANY][_ONE]
    grown = next(each.added for (what, _), others in by_name.items() for each in others.values() if "after" in what)
    yield at_least("segments/s to those of the do-nothing forwarder", speed[Middle.FORWARDER].ratio, LEAST_OF_FORWARDER)
    yield at_least("segments/s to those of scapy", speed[Middle.SCAPY].ratio, LEAST_OF_SCAPY)
    yield at_most("round trip p50 added to that of the bridge", trip.added, MOST_ADDED_US, "us")
    yield at_most(
        "memory that grows with the segments of one connection",
        grown / (segments / 2),
        MOST_OCTETS_PER_SEGMENT,
        "octets/segment",
    )
    yield at_most("cost of a segment with 1,000 connections open to that with 1", growth.ratio, MOST_GROWTH_OF_COST)
