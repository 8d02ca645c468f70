"""One measurement in a process of its own, so that nothing that an earlier one left behind can colour it."""

import json
import sys

import trio

from tcpchaos.backends.host import Broken
from tcpchaos.bench import measure
from tcpchaos.bench.middle import Middle


async def trial(what: str, *arguments: str) -> measure.Figures:
    """Do the measurement of this name, with arguments as a command line has them."""
    match what:
        case "speed":
            return await measure.speed(Middle[arguments[0]], float(arguments[1]))
        case "flat":
            return await measure.flat(int(arguments[0]))
        case "memory":
            return await measure.memory(int(arguments[0]))
        case _:
            return await measure.cost(int(arguments[0]), int(arguments[1]), float(arguments[2]))


async def _while_wanted(*argv: str) -> measure.Figures:
    """Measure, and stop where whoever asked is gone: standard input ends then."""
    figures: measure.Figures = {}
    async with trio.open_nursery() as nursery:

        async def wanted() -> None:
            while await trio.lowlevel.FdStream(0).receive_some():
                continue
            nursery.cancel_scope.cancel()

        nursery.start_soon(wanted)
        figures = await trial(*argv)
        nursery.cancel_scope.cancel()
    return figures


def main() -> None:
    """Print the figures as JSON; exit code 3 with what is missing and the remedy where the environment failed."""
    try:
        figures: object = trio.run(_while_wanted, *sys.argv[1:])
    except* Broken as group:
        (broken,) = [error for error in group.exceptions if isinstance(error, Broken)][:1]
        figures = {"missing": broken.missing, "remedy": broken.remedy}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
