"""What is asked of the endpoints during a run, and when it is taken at its word."""

from tcpchaos.backends.testimony import Statement
from tcpchaos.run.kernel import SETTLED_US, Witness
from tcpchaos.trace import Event, Side, Socket, Trace
from tests.rfc.rules.case import OPEN
from tests.transcript import PORT, Playback, segment

ADDRESSES = ("192.0.2.1", "192.0.2.2")
SPOKEN = OPEN + "server> P. 1:3(2) ack 1 win 9\nclient> . 1:1(0) ack 3 win 9\n"


class Endpoint:
    """One that says what it is told to say."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.address = ADDRESSES[side]
        self.says: list[Socket] = []
        self.counts: dict[str, int] = {}

    def sockets(self) -> list[Socket]:
        return self.says

    def counters(self) -> dict[str, int]:
        return self.counts

    def say(self, *states: str, **figures: int) -> None:
        ends = self.address, PORT[self.side], ADDRESSES[self.side.peer], PORT[self.side.peer]
        self.says = [Socket(state, *ends, 0, 0)._replace(**figures) for state in states]  # type: ignore[arg-type]


class Scene:
    """A connection, its endpoints, and who looks at them."""

    def __init__(self, text: str) -> None:
        self.played = Playback(text)
        self.trace = Trace()
        self.client, self.server = Endpoint(Side.CLIENT), Endpoint(Side.SERVER)
        self.now_us = 0
        self.told: Statement | None = None
        self.gathered = 0
        self.witness = Witness(self.played.oracle, self.trace, self, alone=True)

    def endpoint(self, side: Side) -> Endpoint:
        return self.server if side is Side.SERVER else self.client

    def waiting_us(self) -> int:
        return 0

    def clock(self) -> int:
        return self.now_us

    def overhear(self) -> None:
        self.gathered += 1

    async def testimony(self) -> Statement | None:
        return self.told

    def look(self, after_us: int = 0) -> list[str]:
        self.now_us += after_us
        self.witness.look()
        return self.played.broken

    def something_happens(self) -> None:
        packet = segment(Side.CLIENT, ". 1:1(0) ack 1 win 9")
        self.trace.add(Event(1, self.now_us, Side.CLIENT, False, packet, 1, 0, (), ("", "")))


def test_a_state_that_nothing_explains_is_seen_at_once() -> None:
    scene = Scene(OPEN)
    scene.client.say("ESTABLISHED")
    scene.server.say("CLOSE-WAIT")
    assert scene.look() == ["ST-06 server"]


def test_a_connection_that_is_gone_is_missed_only_once_all_is_calm() -> None:
    scene = Scene(SPOKEN)
    scene.client.say("ESTABLISHED")
    scene.server.say("ESTABLISHED")
    assert scene.look() == []
    scene.server.say()
    scene.something_happens()
    assert scene.look() == []
    assert scene.look(after_us=SETTLED_US - 1) == []
    assert scene.look(after_us=1) == ["ST-13 server"]


def test_one_that_waits_for_a_sign_of_life_may_give_up() -> None:
    scene = Scene(SPOKEN)
    scene.server.say("ESTABLISHED")
    scene.server.says = [each._replace(timer="keepalive") for each in scene.server.says]
    scene.look()
    scene.server.say()
    scene.look(after_us=SETTLED_US)
    assert scene.look(after_us=SETTLED_US) == []


def test_one_that_comes_back_was_not_gone() -> None:
    scene = Scene(SPOKEN)
    scene.server.say("ESTABLISHED")
    scene.look()
    scene.server.say()
    scene.look()
    scene.server.say("ESTABLISHED")
    scene.look(after_us=SETTLED_US)
    assert scene.look(after_us=SETTLED_US) == []


async def test_what_is_counted_is_held_against_what_was_seen() -> None:
    scene = Scene(OPEN)
    scene.server.counts = {"TcpInSegs": 7, "TcpOutRsts": 3, "TCP inuse": 0, "TcpExtListenDrops": 1}
    scene.now_us = 1_000_000
    scene.witness.dismiss()
    await scene.witness.conclude()
    assert scene.witness.counters[Side.SERVER]["TcpOutRsts"] == 3
    assert [finding.rule for finding in scene.witness.findings] == ["KX-05"]
    assert scene.witness.notes == ["the server's kernel had no room for all that came: TcpExtListenDrops 1"]


async def test_what_a_kernel_told_is_gathered_at_each_look_and_judged_in_the_end() -> None:
    scene = Scene(OPEN)
    scene.look()
    await scene.witness.conclude()
    assert (scene.gathered, scene.witness.overheard) == (1, False)
    scene.told = Statement(incomplete=True)
    await scene.witness.conclude()
    assert scene.witness.overheard
    assert len(scene.witness.notes) == 1


def test_what_comes_after_the_last_look_is_not_heard() -> None:
    scene = Scene(OPEN)
    scene.witness.dismiss()
    scene.server.say("CLOSE-WAIT")
    scene.witness.dismiss()
    assert scene.played.broken == []


def test_figures_are_exact_once_nothing_moves() -> None:
    scene = Scene(OPEN + 'client> P. 1:6(5) ack 1 win 500 "hello"')
    scene.server.say("ESTABLISHED", bytes_received=0)
    assert scene.look() == []
    assert scene.look(after_us=SETTLED_US) == ["DI-07 server"]


def test_what_is_said_of_other_peers_or_of_ports_used_twice_is_not_heard() -> None:
    scene = Scene(OPEN)
    scene.server.say("CLOSE-WAIT")
    scene.server.says = [each._replace(remote="192.0.2.77") for each in scene.server.says]
    assert scene.look() == []
    again = Scene(OPEN + "client> R. 1:1(0) ack 1 win 0\nclient> S 900:900(0) win 9")
    again.server.say("CLOSING")
    assert again.look() == []
