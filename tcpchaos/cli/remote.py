"""A watch's control socket: whoever may open it asks how the watch stands, gives it another plan, or ends it.

One request, one answer (`status/1`), each a line of JSON. Only the user that made the socket may open it, and whatever
else comes in is answered with what is wrong with it.
"""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

import msgspec
import trio
from msgspec import Struct

from tcpchaos.plan import PlanError, parse
from tcpchaos.report.document import InForce, Status
from tcpchaos.run.live import Live

# Nobody writes a longer plan by hand, and nobody else may write one.
MOST_LINE_OCTETS: Final = 1 << 20
# An answer repeats the plan, with the octets of its injections in hexadecimal digits.
MOST_ANSWER_OCTETS: Final = 16 << 20
# For so long somebody who has opened the socket may be silent.
PATIENCE_S: Final = 30.0
_BACKLOG: Final = 8
_OWNER_ONLY: Final = 0o177


class ControlError(Exception):
    """A control socket that can't be made or spoken to; the message says why, and what to do."""


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """What is asked."""


class Ask(Message, frozen=True, tag="status"):
    """Tell how the watch stands."""


class Replace(Message, frozen=True, tag="plan"):
    """Do what this plan says from now on; `name` is what to call it in the answer to a mistake."""

    text: str
    name: str = "the plan"


class Stop(Message, frozen=True, tag="stop"):
    """End the watch."""


Request = Ask | Replace | Stop
Tell = Callable[[str], None]


def answer(line: bytes, live: Live, tell: Tell) -> Status:
    """Do what a line asks and say how the watch stands then, or what is wrong with the line."""
    try:
        request = msgspec.json.decode(line, type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Status(error=f"not a request: {error}")
    if isinstance(request, Replace):
        try:
            plan = parse(request.text, name=request.name)
        except PlanError as error:
            return Status(error=str(error))
        live.replace(plan)
        tell(f"another plan is in force, of {len(plan.rules)} rules, over the control socket")
    elif isinstance(request, Stop):
        live.stop("a request over the control socket")
    return standing(live)


def standing(live: Live) -> Status:
    """Return how a watch stands."""
    figures = live.figures()
    return Status(
        flows=live.flows,
        at_us=figures.took_us,
        segments=figures.segments,
        connections=figures.connections,
        open=figures.open_now,
        findings=figures.findings,
        plan=tuple(InForce(rule=rule, fired=times) for rule, times, _ in live.fired()),
        losses=live.way.losses(),
    )


@contextmanager
def listening(path: str) -> Iterator[socket.socket]:
    """Have a control socket at this path in the block. Raises ControlError where there can be none."""
    _make_room(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        before = os.umask(_OWNER_ONLY)
        try:
            made.bind(path)
        except OSError as error:
            raise ControlError(f"{path}: {error.strerror or error}") from None
        finally:
            os.umask(before)
        made.listen(_BACKLOG)
        made.setblocking(False)
        try:
            yield made
        finally:
            with suppress(FileNotFoundError):
                os.unlink(path)


def _make_room(path: str) -> None:
    """Remove a socket at which nobody listens any more; ControlError where something else is there."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ControlError(f"{path}: {error.strerror}") from None
    if not stat.S_ISSOCK(mode):
        raise ControlError(f"{path} exists and is no socket: name a path where nothing is")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        except OSError as error:
            raise ControlError(f"{path}: {error.strerror}") from None
        else:
            raise ControlError(f"{path}: another tcpchaos listens there; name another path")


async def serve(listener: socket.socket, live: Live, tell: Tell) -> None:
    """Answer whoever opens the socket, and tell the user what was changed, until cancelled."""
    async with trio.open_nursery() as nursery:
        await trio.serve_listeners(
            partial(_converse, live, tell),
            [trio.SocketListener(trio.socket.from_stdlib_socket(listener.dup()))],
            handler_nursery=nursery,
        )


async def _converse(live: Live, tell: Tell, stream: trio.SocketStream) -> None:
    with suppress(trio.BrokenResourceError):
        async with stream:
            octets = b""
            while True:
                more = b""
                with trio.move_on_after(PATIENCE_S):
                    more = await stream.receive_some()
                if not more:
                    return
                *lines, octets = (octets + more).split(b"\n")
                for line in lines:
                    await _say(stream, answer(line, live, tell))
                if len(octets) > MOST_LINE_OCTETS:
                    await _say(stream, Status(error=f"a line of more than {MOST_LINE_OCTETS:,} octets"))
                    return


async def _say(stream: trio.SocketStream, told: Status) -> None:
    await stream.send_all(msgspec.json.encode(told) + b"\n")


def ask(path: str, request: Request) -> Status:
    """Ask the watch behind this path, and return its answer. Raises ControlError where nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.settimeout(PATIENCE_S)
            caller.connect(path)
            caller.sendall(msgspec.json.encode(request) + b"\n")
            octets = b""
            while not octets.endswith(b"\n"):
                more = caller.recv(65536)
                if not more:
                    raise ControlError(f"{path}: it was closed without an answer")
                octets += more
                if len(octets) > MOST_ANSWER_OCTETS:
                    raise ControlError(f"{path}: an answer of more than {MOST_ANSWER_OCTETS:,} octets")
        return msgspec.json.decode(octets, type=Status)
    except OSError as error:
        raise ControlError(f"{path}: {error.strerror or error}; is a bridge running with --control {path}?") from None
    except msgspec.DecodeError as error:
        raise ControlError(f"{path}: no tcpchaos answers there ({error})") from None
