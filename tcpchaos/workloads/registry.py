"""The workloads by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from tcpchaos.workloads import endings, exchanges, openings
from tcpchaos.workloads.stage import Stage

Server = Literal["", "echo", "discard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What two applications say to each other: `play` says it on a stage.

    `rules`, in the plan's notation, belong to the workload: without them there wouldn't be what it is named after.
    `server` tells which server that is somebody else's may take the server's part: one that sends everything back
    (RFC 862), or one that throws it away (RFC 863); "" where none does what it takes.
    """

    name: str
    sentence: str
    play: Callable[[Stage], Awaitable[None]]
    rules: tuple[str, ...] = ()
    server: Server = ""


def _named(play: Callable[[Stage], Awaitable[None]], rules: tuple[str, ...] = (), server: Server = "") -> Workload:
    sentence = (play.__doc__ or "").partition("\n")[0]
    return Workload(name=play.__name__.replace("_", "-"), sentence=sentence, play=play, rules=rules, server=server)


WORKLOADS: Final = {
    workload.name: workload
    for workload in (
        _named(exchanges.echo, server="echo"),
        _named(exchanges.handshake, server="echo"),
        _named(exchanges.request_response),
        _named(exchanges.bulk_up, server="discard"),
        _named(exchanges.bulk_down),
        _named(exchanges.bulk_both, server="echo"),
        _named(endings.half_close_client),
        _named(endings.half_close_server),
        _named(openings.simultaneous_open, openings.CROSSING_SYNS),
        _named(endings.simultaneous_close, endings.CROSSING_FINS),
        _named(endings.abort, server="echo"),
        _named(endings.abort_server),
        _named(exchanges.slow_reader),
        _named(exchanges.keepalive, server="echo"),
        _named(exchanges.urgent),
        _named(openings.call_back),
        _named(openings.many_connections),
    )
}


def workload(name: str) -> Workload:
    """Return the workload of this name; raises LookupError, which suggests a name that exists."""
    try:
        return WORKLOADS[name]
    except KeyError:
        near = get_close_matches(name, WORKLOADS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(WORKLOADS)}"
        raise LookupError(f"no workload is called {name}: {hint}") from None
