"""A client of ours for a server of somebody else's: what it says, hears, and makes of it."""

import errno
import os
import re

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Broken
from tcpchaos.trace import Side
from tcpchaos.workloads import After, Application
from tcpchaos.workloads.stage import PROBES
from tcpchaos.workloads.visitor import MOST_HEARD_OCTETS, Exchange, Unseen, Visit, Visitor


class Answering:
    """A stream on which these pieces are heard, one after the other; an OSError is raised."""

    def __init__(self, *pieces: bytes | OSError) -> None:
        self.local_port, self.remote_port = 1, 2
        self.pieces = list(pieces)
        self.said = b""
        self.ended = False
        self.closed = False
        self.probes: tuple[int, ...] = ()

    async def send_all(self, octets: bytes) -> None:
        self.said += octets

    async def receive(self, most: int = 65536) -> bytes:
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, OSError):
            raise piece
        return piece

    async def send_urgent(self, octets: bytes) -> None:
        raise AssertionError

    async def send_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        raise AssertionError

    def nodelay(self) -> None:
        raise AssertionError

    def keepalive(self, idle_s: int, interval_s: int, count: int) -> None:
        self.probes = idle_s, interval_s, count


class Somewhere:
    def __init__(self, stream: Answering | OSError) -> None:
        self.stream = stream
        self.called: list[tuple[str, int]] = []

    async def connect(self, address: str, port: int) -> Answering:
        self.called.append((address, port))
        if isinstance(self.stream, OSError):
            raise self.stream
        return self.stream


def error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


async def test_an_answer_is_found_across_pieces_and_ends_the_visit() -> None:
    stream, visit = Answering(b"+PO", b"NG\r\n", b"never read"), Visit(Exchange(send=b"PING\r\n", expect="PONG"))

    await visit.pay(Somewhere(stream), "192.0.2.2", 6379)

    assert (visit.ok, visit.ended, visit.heard) == (True, "answered", b"+PONG\r\n")
    assert (stream.said, stream.ended, stream.closed, stream.probes) == (b"PING\r\n", False, True, ())


async def test_without_an_expression_it_hears_all_out() -> None:
    stream, visit = Answering(b"a", b"b"), Visit(Exchange(send=b"x"))

    await visit.pay(Somewhere(stream), "192.0.2.2", 1)

    assert visit.ok
    assert visit.ended == "end of stream after 2 octets"
    assert stream.ended


async def test_another_answer_is_none() -> None:
    visit = Visit(Exchange(expect="PONG"))

    await visit.pay(Somewhere(Answering(b"-ERR")), "192.0.2.2", 1)

    assert not visit.ok
    assert visit.ended == "end of stream after 4 octets, without the answer"


@pytest.mark.parametrize(
    ("stream", "ended"),
    [
        (error(errno.ECONNREFUSED), "refused while connecting"),
        (Answering(b"a", error(errno.ECONNRESET)), "reset while reading"),
    ],
)
async def test_an_error_is_an_end(stream: Answering | OSError, ended: str) -> None:
    visit = Visit(Exchange(expect="PONG"))

    await visit.pay(Somewhere(stream), "192.0.2.2", 1)

    assert (visit.ok, visit.ended) == (False, ended)


async def test_what_is_heard_is_bounded() -> None:
    visit = Visit(Exchange(expect="PONG"))

    await visit.pay(Somewhere(Answering(*[b"x" * 65536] * 20, b"PONG")), "192.0.2.2", 1)

    assert len(visit.heard) == MOST_HEARD_OCTETS
    assert (visit.ok, visit.ended) == (False, f"end of stream after {MOST_HEARD_OCTETS} octets, without the answer")


def test_an_expression_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no regular expression"):
        Exchange(expect="(")


class Server:
    port = 6379

    def server(self) -> Application:
        return Application(side=Side.SERVER, what="redis", ok=True, ended="running")

    async def served(self) -> None:
        raise AssertionError("nobody was turned away")


async def test_a_visitor_leaves_the_server_to_itself() -> None:
    place = Somewhere(Answering(b"PONG"))
    visitor = Visitor(Exchange(expect="PONG"), place, "192.0.2.2", Server())
    assert visitor.waiting() == ("the client was still not started",)

    async with visitor.serving():
        await visitor.play()

    client, server = visitor.applications()
    assert (client.ok, client.ended, client.output, server.what) == (True, "answered", "PONG", "redis")
    assert place.called == [("192.0.2.2", 6379)]
    assert (visitor.after, visitor.waiting(), visitor.accounts) == (After(), (), ())


def test_nothing_is_held_against_a_server_of_which_nothing_is_known() -> None:
    unseen = Unseen("10.0.0.2:80", 80)
    application = unseen.server()
    assert (unseen.port, application.what, application.ok) == (80, "10.0.0.2:80", True)


async def test_where_no_call_came_through_another_is_made_to_which_nothing_is_done() -> None:
    there = Somewhere(error(errno.ECONNREFUSED))
    visitor = Visitor(Exchange(), there, "10.0.0.2", Unseen("10.0.0.2:80", 80))
    await visitor.play()
    there.stream = Answering()
    await visitor.look_after()
    assert (len(there.called), there.stream.closed) == (2, True)
    there.stream = error(errno.ECONNREFUSED)
    with pytest.raises(Broken, match=re.escape("nobody serves at 10.0.0.2:80 (refused)")):
        await visitor.look_after()


def test_who_answers_no_call_is_not_there() -> None:
    class Silent(Somewhere):
        async def connect(self, address: str, port: int) -> Answering:
            await trio.sleep_forever()
            raise AssertionError

    unseen = Unseen("10.0.0.2:80", 80)
    with pytest.raises(Broken, match=re.escape("nobody serves at 10.0.0.2:80 (no answer within 5 s)")):
        trio.run(unseen.seek, Silent(Answering()), "10.0.0.2", clock=trio.testing.MockClock(autojump_threshold=0))


async def test_who_was_visited_is_not_called_again() -> None:
    there = Somewhere(Answering(b"-ERR"))
    visitor = Visitor(Exchange(expect="PONG"), there, "10.0.0.2", Unseen("10.0.0.2:80", 80))
    await visitor._visit.pay(there, "10.0.0.2", 80)
    await visitor.look_after()
    assert isinstance(there.stream, Answering)
    assert (len(there.called), there.stream.probes) == (1, PROBES)
