"""What a run does so that a silence can be judged: it says that it attends, waits for what is owed, and looks for what
will never move again.
"""

from collections.abc import Callable
from typing import Final

import trio

from tcpchaos.backends.world import World
from tcpchaos.oracle import Finding, Oracle
from tcpchaos.oracle.debts import BEAT_US, MACHINE_US
from tcpchaos.rfc import Breach, State
from tcpchaos.rfc.duties import LOOK_US
from tcpchaos.rfc.rules.owed_timers import STUCK
from tcpchaos.trace import Side, Socket

# In virtual time nobody waits for a processor; a segment and its answer take some microseconds on their links.
VIRTUAL_US: Final = 10_000
# How much longer a run waits, after the time in which everything usually has come to rest, for what is still owed: a
# retransmission after six doublings of 200 ms. Whoever may take longer is not waited for, and nothing is said of it.
MOST_PATIENCE_S: Final = 20.0
# Looks at so many connections take no time worth mentioning; with more of them there are fewer looks.
_AT_A_LOOK: Final = 50
# Between two looks at connections that seem to be stuck: a timer that has gone off is not running while it is dealt
# with, nor while an application holds the connection.
_STUCK_S: Final = 1.0
# States that no application can end, and that nothing from the network need ever end: a timer has to.
_PASSING: Final = frozenset({State.SYN_SENT, State.SYN_RECEIVED, State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK})


def room_us(world: World) -> int:
    """Return how late an endpoint in this world may be for want of a processor, in microseconds."""
    return VIRTUAL_US if world.virtual else MACHINE_US


async def keep_watch(
    oracle: Oracle, clock: Callable[[], int], waiting_us: Callable[[], int] | None, connections: Callable[[], int]
) -> None:
    """Tell an oracle that what the endpoints send is heard, and have it look now and then, until cancelled.

    It looks also while nothing passes: that may be what is wrong. `waiting_us` says for how long the oldest packet has
    waited to be heard; in virtual time, which has None, nobody waits. `connections` says how many are looked at.
    """
    while True:
        pause_us = LOOK_US * (1 + connections() // _AT_A_LOOK)
        if waiting_us is None:
            await trio.sleep(pause_us / 1_000_000)
        else:
            for _ in range(pause_us // BEAT_US):
                oracle.beat(clock(), waiting_us())
                await trio.sleep(BEAT_US / 1_000_000)
        oracle.look(clock())


class Vigil:
    """Watches over the liveness of a run's connections.

    With `programs` the applications are the user's, which may give a connection up in silence. `findings` are what the
    endpoints' own view has shown, in the end.
    """

    def __init__(self, oracle: Oracle, world: World, *, programs: bool) -> None:
        self.findings: tuple[Finding, ...] = ()
        self._oracle = oracle
        self._world = world
        oracle.circumstances.lasting = not programs

    async def watch(self) -> None:
        """Keep watch until cancelled."""
        waiting_us = None if self._world.virtual else self._world.waiting_us
        await keep_watch(self._oracle, self._world.clock, waiting_us, lambda: self._oracle.seen)

    def leave(self) -> None:
        """The applications have come to their end: what is only being opened may be dropped."""
        self._oracle.leave(self._world.clock())

    def answers_are_due(self) -> bool:
        """Tell whether an answer is owed that may still come, though neither endpoint has a connection."""
        return self._oracle.look(self._world.clock(), at_rest=True) is not None

    def patience_s(self) -> float:
        """Return how long to wait for what is owed, in seconds."""
        now_us = self._world.clock()
        due_us = self._oracle.look(now_us)
        return 0.0 if due_us is None else min((due_us - now_us) / 1_000_000 + 2 * _STUCK_S, MOST_PATIENCE_S)

    async def conclude(self, busy: Callable[[Side], list[Socket]], *, at_rest: bool, played: bool) -> None:
        """Look for the last time, also at the connections that the endpoints say they are `busy` with."""
        if played and not at_rest:
            await self._look_for_the_stuck(busy)
        self._oracle.look(self._world.clock(), at_rest=at_rest)

    async def _look_for_the_stuck(self, busy: Callable[[Side], list[Socket]]) -> None:
        first = {each: side for side in Side for each in _timeless(busy(side))}
        if not first:
            return
        await trio.sleep(_STUCK_S)
        again = [(side, each) for side in Side for each in _timeless(busy(side)) if each in first]
        connections = {each.ports: each for each in self._oracle.connections}
        findings = []
        for side, socket in again:
            ports = (socket.local_port, socket.remote_port)
            connection = connections.get(ports if side is Side.CLIENT else ports[::-1])
            findings.append(
                Finding.of(
                    STUCK,
                    Breach("a timer that runs", f"{socket.state} without one"),
                    blame=side,
                    connection=connection.number if connection else 0,
                    frame=connection.last_frame if connection else 0,
                    at_us=self._world.clock(),
                    states=connection.states if connection else (State.CLOSED.value, State.CLOSED.value),
                )
            )
        self.findings = tuple(findings)


def _timeless(sockets: list[Socket]) -> list[Socket]:
    return [found for found in sockets if found.state in _PASSING and not found.timer]
