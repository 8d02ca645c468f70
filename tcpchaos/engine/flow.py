"""What the engine remembers of one connection: how often its rules matched, what is held back, which way is dead."""

from tcpchaos.engine.chance import strikes
from tcpchaos.engine.items import Item
from tcpchaos.engine.numbers import Moment
from tcpchaos.engine.program import Program, Ready, Table
from tcpchaos.oracle import Connection
from tcpchaos.plan import Blackhole, Heal
from tcpchaos.rfc import Endpoint, State
from tcpchaos.trace import Side
from tcpchaos.wire import Packet


class Lane:
    """One direction of a connection: everything that a segment on it needs, one attribute away."""

    __slots__ = (
        "busy",
        "conn",
        "flow",
        "key",
        "newest",
        "number",
        "receiver",
        "sender",
        "side",
        "table",
        "to",
        "watched",
    )

    def __init__(self, flow: "Flow", side: Side, key: bytes) -> None:
        self.flow = flow
        self.key = key
        self.conn = flow.conn
        self.number = flow.number
        self.side = side
        self.to = side.peer
        self.sender: Endpoint = flow.endpoints[side]
        self.receiver: Endpoint = flow.endpoints[side.peer]
        self.newest: Packet | None = None  # the segment that the side sent last
        self.table: Table = []
        self.busy = False  # something is held back on this connection, or one of its ways is dead
        self.watched = False  # a rule waits for a state of this connection


class Flow:
    """One connection."""

    __slots__ = (
        "awake",
        "conn",
        "counts",
        "endpoints",
        "held",
        "holes",
        "lanes",
        "number",
        "program",
        "states",
        "waiting",
    )

    def __init__(self, conn: Connection, program: Program, side: Side, first: Packet) -> None:
        self.conn = conn
        self.number = conn.number
        self.program = program
        self.endpoints: tuple[Endpoint, Endpoint] = (conn.endpoint(Side.CLIENT), conn.endpoint(Side.SERVER))
        self.states: list[State] = [endpoint.state for endpoint in self.endpoints]
        self.counts: dict[int, int] = {}  # by rule: how many segments or entries it selected so far
        self.held: list[Item] = []
        self.waiting: list[Item | None] = [None, None]  # by side: what the next segment may be joined to
        self.holes: list[tuple[int | None, str] | None] = [None, None]  # by side: until when, and who said so
        keys = (first.key, first.reverse_key) if side is Side.CLIENT else (first.reverse_key, first.key)
        self.lanes = (Lane(self, Side.CLIENT, keys[0]), Lane(self, Side.SERVER, keys[1]))
        self.awake = program.awake(self.number)
        self._tabulate()

    def _tabulate(self) -> None:
        for lane in self.lanes:
            lane.table = self.program.table(self.awake, lane.side)
            lane.watched = bool(self.awake & self.program.state_bits)

    def follow(self, program: Program) -> None:
        """Follow another plan from now on, and let every way be open."""
        self.program = program
        self.counts = {}
        self.holes = [None, None]
        self.awake = program.awake(self.number)
        self._tabulate()
        self.settle()

    def moment(self, receiver: Side, packet: Packet | None = None, sender: Side | None = None) -> Moment:
        """Return whom an expression asks now."""
        return Moment(self.endpoints, receiver, packet, sender)

    @property
    def newest(self) -> tuple[Packet | None, Packet | None]:
        """The segments that client and server sent last."""
        return self.lanes[0].newest, self.lanes[1].newest

    def fires(self, ready: Ready) -> bool:
        """Count that the rule selected something, and tell whether it is done this time."""
        if not ready.counts:
            return True
        ordinal = self.counts.get(ready.index, 0) + 1
        self.counts[ready.index] = ordinal
        nth = ready.nth
        if nth is not None:
            if ready.last is not None and ordinal >= ready.last:
                self.awake &= ~ready.bit
                self._tabulate()
            if ordinal not in nth:
                return False
        return strikes(
            seed=self.program.seed,
            rule=ready.index,
            connection=self.number,
            ordinal=ordinal,
            ppm=ready.chance_ppm,
        )

    def entered(self, side: Side) -> list[Ready]:
        """Return the rules that fire because this endpoint is in another state than when this was last asked."""
        state = self.endpoints[side].state
        if state is self.states[side]:
            return []
        self.states[side] = state
        rules = self.program.entered.get((side, state), ())
        return [ready for ready in rules if ready.bit & self.awake and self.fires(ready)]

    def change_path(self, deed: Blackhole | Heal, now_us: int) -> None:
        """Make the way of what an endpoint, or either, sends a dead one, or heal it."""
        for side in Side:
            if deed.who is not None and deed.who is not side:
                continue
            if isinstance(deed, Heal):
                self.holes[side] = None
            else:
                self.holes[side] = (None if deed.for_us is None else now_us + deed.for_us, str(deed))
        self.settle()

    def hole(self, side: Side, now_us: int) -> str | None:
        """Return what made the way of what this side sends a dead one, in the plan's words, or None."""
        hole = self.holes[side]
        if hole is None:
            return None
        until, text = hole
        if until is not None and now_us >= until:
            self.holes[side] = None
            self.settle()
            return None
        return text

    def settle(self) -> None:
        """Work out again whether segments can go the short way."""
        busy = bool(self.held) or self.waiting != [None, None] or self.holes != [None, None]
        for lane in self.lanes:
            lane.busy = busy
