"""What is left of a server: looked at without it noticing, and judged by nobody here."""

import errno
from typing import Any

import pytest
import trio
import trio.testing

from tcpchaos.backends.lab.usage import Usage
from tcpchaos.trace import Side, Socket
from tcpchaos.workloads.survey import After, Survey, accepted, busy, growth, leaked, still_open

LISTENS = Socket("LISTEN", "0.0.0.0", 80, "0.0.0.0", 0, 0, 128)
NOTHING = Usage(0, 0, {}, 0, 0)


def socket(state: str, local_port: int = 80, remote_port: int = 40000, *, held: bool = True) -> Socket:
    return Socket(state, "192.0.2.2", local_port, "192.0.2.1", remote_port, 0, 0, held)


class Talker:
    """A connection of which nothing but its ports matters."""

    local_port = 40001

    def close(self) -> None:
        self.local_port = 0


class Served:
    """A server and its host: what it holds is taken from a list, the last of it for ever."""

    address = "192.0.2.2"

    def __init__(self, *holds: Usage | None, sockets: tuple[Socket, ...] = (LISTENS,), answers: bool = True) -> None:
        self.returncode: int | None = None
        self.stdout, self.stderr = b"ready\n", b""
        self.holds = list(holds) or [NOTHING]
        self.has = list(sockets)
        self.answers = answers

    def usage(self) -> Usage | None:
        return self.holds.pop(0) if len(self.holds) > 1 else self.holds[0]

    def sockets(self, *, info: bool = True) -> list[Socket]:
        return self.has

    async def connect(self, address: str, port: int) -> Any:
        await trio.lowlevel.checkpoint()
        if not self.answers:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        return Talker()


def looked_at(server: Served) -> After:
    survey = Survey(server, server, server, 80)

    async def main() -> None:
        await survey.look()
        server.stderr += b"stopped\n"

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return survey.result()


def test_a_server_that_is_well_is_called_once_more() -> None:
    after = looked_at(Served())

    assert after.called == (Side.SERVER, "")
    remains = after.remains
    assert remains is not None
    assert (remains.status, remains.listens, remains.in_background) == (None, True, False)
    assert (remains.unclosed, remains.descriptors, remains.memory_octets, remains.still_open) == (0, 0, 0, 0)
    assert (remains.said_before, remains.said) == (b"ready\n", b"ready\nstopped\n")


@pytest.mark.parametrize(
    ("server", "wrong"),
    [
        (Served(answers=False), "no connection: refused"),
        (Served(sockets=()), "nobody listens any more"),
        (
            Served(sockets=(LISTENS, socket("ESTABLISHED", remote_port=40001, held=False))),
            "a connection that nobody accepts within 5 s",
        ),
        # It waits for octets before it opens, as it was asked to.
        (Served(sockets=(LISTENS, socket("SYN-RECEIVED", remote_port=40001, held=False))), ""),
    ],
    ids=["refuses", "gone", "does not accept", "defers"],
)
def test_what_goes_wrong_with_a_call_is_told(server: Served, wrong: str) -> None:
    assert looked_at(server).called == (Side.SERVER, wrong)


@pytest.mark.parametrize("status", [0, 1, -11])
def test_a_server_that_has_ended_is_not_called(status: int) -> None:
    server = Served()
    survey = Survey(server, server, server, 80)
    server.returncode = status
    trio.run(survey.look, clock=trio.testing.MockClock(autojump_threshold=0))

    assert survey.result().called is None
    assert survey.status == status


def test_a_server_in_the_background_is_called() -> None:
    server = Served()
    server.returncode = 0
    after = looked_at(server)

    assert after.called == (Side.SERVER, "")
    assert after.remains is not None
    assert after.remains.in_background


def test_sockets_are_given_time_to_be_closed() -> None:
    leak = NOTHING._replace(unclosed=1, dead=2)

    assert looked_at(Served(NOTHING, leak)).remains.unclosed == 3  # type: ignore[union-attr]
    assert looked_at(Served(NOTHING, leak, leak, leak, leak, NOTHING)).remains.unclosed == 0  # type: ignore[union-attr]


def pairs(*processor_us: int) -> list[Usage]:
    """Looks two by two, between which so much was burnt."""
    return [look for burnt in processor_us for look in (NOTHING, NOTHING._replace(processor_us=burnt))]


def test_a_server_that_never_rests_is_busy() -> None:
    server = Served(NOTHING, *pairs(90_000, *[990_000] * 20))

    assert looked_at(server).remains.busy == pytest.approx(0.99)  # type: ignore[union-attr]


def test_a_server_that_finishes_what_it_was_asked_for_is_not() -> None:
    server = Served(NOTHING, *pairs(90_000, 990_000, 990_000, 20_000), NOTHING)

    assert looked_at(server).remains.busy == pytest.approx(0.02)  # type: ignore[union-attr]


def test_on_a_busy_machine_a_program_that_never_rests_is_still_busy() -> None:
    hungry = NOTHING._replace(processor_us=60_000, wanted_us=990_000)

    assert busy(NOTHING, hungry, 1.0) == pytest.approx(0.99)
    # It works seldom, and each time has to wait for long.
    assert busy(NOTHING, hungry._replace(processor_us=10_000), 1.0) == pytest.approx(0.01)
    assert busy(None, hungry, 1.0) == busy(hungry, None, 1.0) == 0.0


def test_growth_is_that_of_the_process_in_which_it_is_largest() -> None:
    before = Usage(1000, 5000, {1: 3, 2: 10, 3: 7}, 0, 0)
    now = Usage(4000, 4000, {1: 4, 2: 30, 9: 100}, 0, 0)

    assert growth(before, now) == (20, 0, 3000)
    assert growth(None, now) == growth(before, None) == (0, 0, 0)


def test_leaks_are_those_beyond_what_was_there_before() -> None:
    assert leaked(Usage(0, 0, {}, 0, 2), Usage(0, 0, {}, 1, 3)) == 2
    assert leaked(None, NOTHING) == leaked(NOTHING, None) == 0


def test_a_connection_is_accepted_when_a_program_holds_it_or_has_let_go_of_it() -> None:
    assert accepted([socket("ESTABLISHED")], 40000, 80) is True
    assert accepted([socket("LAST-ACK", held=False)], 40000, 80) is True
    assert accepted([], 40000, 80) is True
    assert accepted([socket("CLOSE-WAIT", held=False)], 40000, 80) is False
    assert accepted([socket("SYN-RECEIVED", held=False)], 40000, 80) is None


def test_a_connection_is_still_open_that_was_accepted_and_that_nobody_has_closed() -> None:
    sockets = [
        LISTENS,
        socket("ESTABLISHED"),
        socket("ESTABLISHED", held=False),
        socket("CLOSE-WAIT"),
        socket("ESTABLISHED", local_port=81),
    ]

    assert still_open(sockets, "192.0.2.1", 80) == 1
    assert still_open(sockets, "192.0.2.9", 80) == 0
