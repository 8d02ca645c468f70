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
from tcpchaos.search.trials import Batch, Sighting, Trial, sight
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
    """What a worker is to do: draw a batch, where there is one, or take these trials; and play them, or not.

    All strategy `files` are loaded before that: Hypothesis also draws numbers that it finds in the code that is there.
    """

    files: tuple[str, ...] = ()
    batch: Batch | None = None
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
    if order.files or order.batch is not None:
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
    """Load the files, and draw the batch if there is one. Raises StrategyError, OSError."""
    from tcpchaos.search.drawing import draw, loaded

    for file in order.files:
        loaded(file)
    return () if order.batch is None else tuple(draw(order.batch))


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
