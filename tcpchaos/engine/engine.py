"""Chaos without I/O: a plan, packets and the time go in; packets to send and the next deadline come out.

Most segments are touched by no rule and take the short way through `receive`, which is the hot path of the proxy.
"""

from typing import Final

from tcpchaos.engine.flow import Flow, Lane
from tcpchaos.engine.items import Item
from tcpchaos.engine.outlet import ENTRIES_AT_MOST, Command, Outlet
from tcpchaos.engine.program import Program, Ready
from tcpchaos.engine.timers import NEVER_US, Timers
from tcpchaos.engine.waiting import Waiting
from tcpchaos.oracle import Oracle
from tcpchaos.plan import Plan
from tcpchaos.rfc import State
from tcpchaos.trace import Passage, Side, Trace
from tcpchaos.wire import FIN, RST, SYN, Packet

_UNUSUAL: Final = SYN | FIN | RST
_ESTABLISHED: Final = State.ESTABLISHED
# Lanes beside those of connections that the oracle keeps: before there are more, those of forgotten ones go.
_SPARE_LANES: Final = 16384
# A named tuple made from a tuple, without the keywords of its constructor: these two are made for each segment.
_new: Final = tuple.__new__


class Engine:
    """Does to the segments of all connections what a plan says, tells the oracle, and writes the trace.

    `mtu` in octets is what the links carry: a packet that the plan has made longer than that goes on as it was, and an
    injected one does not go. None sets no limit.
    """

    def __init__(self, plan: Plan, oracle: Oracle, trace: Trace | None = None, *, mtu: int | None = None) -> None:
        self.plan = plan
        self._oracle = oracle
        self._trace = trace
        self._program = Program(plan)
        self._timers = Timers()
        self._outlet = Outlet(oracle, trace, self._timers, len(plan.rules), mtu)
        self._waiting = Waiting(self._outlet, self._timers)
        self._lanes: tuple[dict[bytes, Lane], dict[bytes, Lane]] = ({}, {})
        self._most_lanes = _SPARE_LANES
        self._aside = False  # connections that begin from now on are nobody's business

    @property
    def deeds(self) -> tuple[int, ...]:
        """How often each rule of the plan was done, in the order of the rules."""
        return tuple(self._outlet.deeds)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the plan asked for and could not be done, each once."""
        return tuple(self._outlet.notes)

    def due(self) -> int | None:
        """Return when `advance` is to be called next, in microseconds, or None where nothing waits."""
        due_us = self._timers.due_us
        return None if due_us == NEVER_US else due_us

    def advance(self, now_us: int) -> None:
        """Do what has become due by this time, in microseconds."""
        self._outlet.entries_left = ENTRIES_AT_MOST
        self._timers.run(now_us)

    def take(self) -> list[Command]:
        """Return what to put on the wire, in this order, and forget it."""
        outlet = self._outlet
        commands = outlet.commands
        outlet.commands = []
        return commands

    def replace(self, plan: Plan, now_us: int) -> None:
        """Take another plan from now on, which counts every connection's segments from the beginning.

        What is held back goes on at once, dead ways are healed, and what is late already stays so.
        """
        self._timers.set(now_us)
        self._outlet.entries_left = ENTRIES_AT_MOST
        self.plan = plan
        self._program = Program(plan)
        self._outlet.deeds = [0] * len(plan.rules)
        for flow in {lane.flow for lane in self._lanes[Side.CLIENT].values()}:
            self._waiting.let_go(flow)
            flow.follow(self._program)
        self._waiting.overtake()
        self._timers.at(0, _nothing)  # whoever carries packets is to look at once for what was let go

    def warned(self, to: Side, key: bytes, now_us: int, *, fatal: bool) -> None:
        """Hear that an ICMP error, not of ours, was delivered to this endpoint about the flow of this key of its own.

        Unless it only tells of an MTU it may be `fatal`: the endpoint may end the connection for it.
        """
        lane = self._lanes[to].get(key)
        if lane is not None:
            lane.conn.warned(to, self._timers.set(now_us), self._outlet.frame, fatal=fatal)

    def stand_aside(self) -> None:
        """Let every connection pass that begins from now on, unjudged and unrecorded: the plan is over for them."""
        self._aside = True

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        """Take in a packet that this endpoint sent, at a time in microseconds."""
        if now_us >= self._timers.due_us:
            self.advance(now_us)
        lane = self._lanes[side].get(packet.key)
        flags = packet.flags
        if lane is None or flags & SYN:
            if self._aside and self._is_new(lane, side, packet):
                self._outlet.commands.append(Command(side.peer, packet.octets))
                return
            lane = self._lane(side, packet)
        lane.newest = packet
        class_ = flags << 1 | (packet.size > 0)
        rules = lane.table[class_]
        if rules is None:
            rules = self._program.fill(lane.table, lane.flow.awake, side, class_)
        # Before the oracle hears of the segment: `when`, `first` and `again` ask for what was known until then.
        fired = self._select(lane, packet, rules) if rules else None
        if fired or lane.busy or (lane.watched and self._eventful(lane, flags)):
            self._treat(lane, packet, now_us, fired or [])
            return
        outlet = self._outlet
        frame = outlet.frame + 1
        outlet.frame = frame + 1
        to = lane.to
        trace = self._trace
        if trace is None:
            lane.conn.passed(side, packet, now_us, frame)
        else:
            receiver = lane.receiver.belief
            before = receiver.state
            lane.conn.passed(side, packet, now_us, frame)
            states = (lane.sender.belief.state, before, receiver.state)
            trace.passed(_new(Passage, (frame, now_us, side, packet, lane.number, states, 1)))
        outlet.commands.append(_new(Command, (to, packet.octets)))
        if lane.watched and self._eventful(lane, 0):
            self._timers.set(now_us)
            outlet.entries_left = ENTRIES_AT_MOST
            outlet.enter(lane.flow)

    def _lane(self, side: Side, packet: Packet) -> Lane:
        """Return the lane of a packet for which there is none yet, or which may begin another connection."""
        conn = self._oracle.connection(side, packet)
        known = self._lanes[side].get(packet.key)
        if known is not None and known.conn is conn:
            return known
        flow = Flow(conn, self._program, side, packet)
        for lane in flow.lanes:
            self._lanes[lane.side][lane.key] = lane
        if len(self._lanes[side]) > self._most_lanes:
            self._forget()
        return flow.lanes[side]

    def _forget(self) -> None:
        """Let go of the connections that the oracle keeps no longer; what is held back of them goes its way."""
        for lanes in self._lanes:
            for key in [key for key, lane in lanes.items() if not self._oracle.keeps(lane.conn)]:
                del lanes[key]
        self._most_lanes = len(self._lanes[Side.CLIENT]) + _SPARE_LANES

    def _is_new(self, lane: Lane | None, side: Side, packet: Packet) -> bool:
        """Tell whether a packet belongs to none of the connections that there have been."""
        if lane is None:
            return True
        if not lane.conn.is_reopened_by(side, packet):
            return False
        for old in lane.flow.lanes:
            del self._lanes[old.side][old.key]
        return True

    @staticmethod
    def _eventful(lane: Lane, flags: int) -> bool:
        """Tell whether the segment may show that an endpoint entered a state, so that it must not just pass."""
        return bool(flags & _UNUSUAL) or not lane.sender.state is lane.receiver.state is _ESTABLISHED

    @staticmethod
    def _select(lane: Lane, packet: Packet, rules: tuple[Ready, ...]) -> list[Ready] | None:
        fired = None
        for ready in rules:
            matches = ready.matches
            if (matches is None or matches(packet, lane)) and lane.flow.fires(ready):
                if fired is None:
                    fired = [ready]
                else:
                    fired.append(ready)
        return fired

    def _treat(self, lane: Lane, packet: Packet, now_us: int, fired: list[Ready]) -> None:
        """Deal with a segment to which something is done, or may be: the long way."""
        flow, side, outlet = lane.flow, lane.side, self._outlet
        now_us = self._timers.set(now_us)
        outlet.entries_left = ENTRIES_AT_MOST
        outlet.frame = frame = outlet.frame + 1
        self._oracle.sent(lane.conn, side, packet, now_us, frame)
        moment = flow.moment(lane.to, packet, side)
        done = [ready for ready in fired if outlet.may(ready, moment)]
        entered = outlet.entered(flow, side)
        deeds = [*outlet.open_paths(flow, entered), *(text for ready in done for text in ready.texts)]
        items = [Item(lane, packet, frame)]
        for ready in done:
            for path in ready.paths:
                flow.change_path(path, now_us)
            for step in ready.steps:
                items = step(items, moment, outlet.note)
        hole = flow.hole(side, now_us)
        if hole is not None:
            items = []
            deeds.append(hole)
        outlet.record(flow, side, packet, tuple(dict.fromkeys(deeds)), delivered=False)
        for ready in entered:
            outlet.forge(flow, ready)
        self._waiting.hand_out(lane, packet, frame, items)
        for ready in done:
            outlet.forge(flow, ready, packet, side)
        self._waiting.overtake()
        flow.settle()


def _nothing() -> None:
    """Do nothing, at its time."""
