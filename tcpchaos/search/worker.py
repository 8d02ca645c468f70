"""A process that draws and plays for a campaign: orders come in on its stdin, answers go out on its stdout.

It ends when nobody gives it orders any more, so that none is left over however the campaign ends. In it, trials are
played between simulated endpoints alone, one after the other.
"""

import os
import signal
import sys
from typing import BinaryIO, Final, Literal

import msgspec
from msgspec import Struct

from tcpchaos.run import RunConfig, run_simulated
from tcpchaos.search.pipes import LENGTH, framed, private_stdout
from tcpchaos.search.trials import Sighting, Trial, sight
from tcpchaos.workloads import Scale

# Of a trial that is one of thousands: enough to fill any window several times, and played in milliseconds.
SCALE: Final = Scale(octets=40_000, connections=12, at_once=4)
# Of virtual time, for the exchange of a trial: whatever was lost four times has come long before that.
PATIENCE_S: Final = 40.0


class Against(Struct, frozen=True, kw_only=True):
    """Whom trials are played against in virtual time; the words are as in RunConfig."""

    endpoints: tuple[str, str] = ("", "")
    family: Literal[4, 6] = 4
    mtu: int = 1500
    strict: bool = False
    timeout_s: float = PATIENCE_S


class Order(Struct, frozen=True, kw_only=True):
    """What a worker is to do: draw a batch, where a `file` is named, or take these trials; and play them, or not.

    A batch has up to `size` trials, of which the first `most` are taken; 0 is all. All `files` are loaded before that:
    Hypothesis also draws numbers that it finds in the code that is there.
    """

    file: str = ""
    seed: int = 0
    number: int = 0
    size: int = 1
    most: int = 0
    pool: tuple[tuple[str, str], ...] = ()
    workloads: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    against: Against | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """The trials, what was seen of them if they were played, and what went wrong, "" if nothing did."""

    trials: tuple[Trial, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    error: str = ""


def obey(order: Order) -> Answer:
    """Do what was ordered."""
    trials = order.trials
    if order.file or order.files:
        from tcpchaos.search.files import StrategyError

        try:
            trials = _drawn(order)
        except (StrategyError, OSError) as error:
            return Answer(error=str(error))
    against = order.against
    if against is None:
        return Answer(trials=trials)
    return Answer(
        trials=trials, sightings=tuple(sight(run_simulated(config(trial, against)), trial) for trial in trials)
    )


def _drawn(order: Order) -> tuple[Trial, ...]:
    """Load the files, and draw the batch if one is wanted. Raises StrategyError, OSError."""
    from tcpchaos.search.drawing import draw, loaded

    for file in order.files:
        loaded(file)
    if not order.file:
        return ()
    drawn = draw(
        order.file,
        seed=order.seed,
        number=order.number,
        size=order.size,
        pool=order.pool,
        workloads=order.workloads,
    )
    return tuple(drawn[: order.most or None])


def config(trial: Trial, against: Against) -> RunConfig:
    """Return the run that plays a trial."""
    return RunConfig(
        plan=trial.parsed(),
        play=trial.workload,
        scale=SCALE,
        family=against.family,
        mtu=against.mtu,
        timeout_s=against.timeout_s,
        strict=against.strict,
        backend="sim",
        endpoints=against.endpoints,
        tracing=False,
    )


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Obey orders until there are none."""
    while head := orders.read(LENGTH.size):
        (size,) = LENGTH.unpack(head)
        answers.write(framed(obey(msgspec.msgpack.decode(orders.read(size), type=Order))))
        answers.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for who gives the orders
    serve(sys.stdin.buffer, os.fdopen(private_stdout(), "wb"))
