"""Segments that go on later: delayed, on a slow line, held until others have overtaken them, waiting to be joined to
the next.

Everything that waits has a deadline of its own, so that nothing is lost because nothing followed it.
"""

from collections import deque
from functools import partial
from typing import Final

from tcpchaos.engine.flow import Flow, Lane
from tcpchaos.engine.items import Item
from tcpchaos.engine.line import Line
from tcpchaos.engine.outlet import Outlet
from tcpchaos.engine.pieces import join
from tcpchaos.engine.program import is_kind
from tcpchaos.engine.timers import Timers
from tcpchaos.plan import Coalesce, Hold, HoldUntil
from tcpchaos.wire import Packet, WireError

# A held segment that nothing overtakes is late and not lost. A host sends its SYN again after 1 s (RFC 6298, section
# 2.1) and everything else sooner: whatever is held can be overtaken by its own retransmission before this is over.
HOLD_AT_MOST_US: Final = 1_200_000
# Half of the shortest retransmission timeout in use (200 ms): what waits for company is not sent again meanwhile.
COALESCE_AT_MOST_US: Final = 100_000


class Waiting:
    """Hands items out, now or when their time has come."""

    def __init__(self, outlet: Outlet, timers: Timers) -> None:
        self._outlet = outlet
        self._timers = timers
        self._passes: deque[tuple[Lane, int, Packet]] = deque()

    def hand_out(self, lane: Lane, packet: Packet, frame: int, items: list[Item]) -> None:
        """Send, or keep for later, what came of a segment; before it goes what waited for it."""
        flow, side = lane.flow, lane.side
        waited = flow.waiting[side]
        if waited is not None:
            flow.waiting[side] = None
            if not (items and self._joined(waited, items[0])):
                self._release(waited)
        passed = False
        for item in items:
            if item.wait is None and not item.delay_us:
                self._send(item)
                passed = True
            else:
                self._keep(item)
        if passed:
            self._passes.append((lane, frame, packet))

    def overtake(self) -> None:
        """Release what was held until as many segments had passed as have passed now."""
        passes = self._passes
        while passes:
            lane, frame, packet = passes.popleft()
            held = lane.flow.held
            for item in [item for item in held if item.origin < frame and _overtaken(item, lane, packet)]:
                held.remove(item)
                self._release(item)

    def let_go(self, flow: Flow) -> None:
        """Release all that a connection has held back, in the order in which it was sent."""
        left = [*flow.held, *(item for item in flow.waiting if item is not None)]
        flow.held.clear()
        flow.waiting = [None, None]
        for item in sorted(left, key=lambda item: item.origin):
            self._release(item)

    def _joined(self, waited: Item, item: Item) -> bool:
        """Put what waited and this segment into one, where they are one stretch of the stream and it goes on now."""
        if item.delay_us or isinstance(item.wait, Hold | HoldUntil | Line):
            return False
        try:
            whole = join(waited.packet, item.packet)
        except WireError:
            return False
        mtu = self._outlet.mtu
        if whole is None or (mtu is not None and whole.end > mtu):
            return False
        waited.done = True
        item.packet, item.wait = whole, None
        item.deeds = tuple(dict.fromkeys(waited.deeds + item.deeds))
        return True

    def _keep(self, item: Item) -> None:
        flow, side = item.lane.flow, item.lane.side
        if isinstance(item.wait, Coalesce):
            before = flow.waiting[side]
            flow.waiting[side] = item
            if before is not None:
                self._release(before)
            self._timers.at(COALESCE_AT_MOST_US, partial(self._give_up, item))
        elif isinstance(item.wait, Line):
            through_us = item.wait.enter(item.packet.end, self._timers.now_us)
            if through_us is not None:
                self._timers.at(through_us + item.delay_us, partial(self._arrive, item))
        elif item.wait is not None:
            flow.held.append(item)
            self._timers.at(HOLD_AT_MOST_US, partial(self._give_up, item))
        else:
            self._timers.at(item.delay_us, partial(self._arrive, item))

    def _give_up(self, item: Item) -> None:
        """Let a segment go for which nothing came that it waited for."""
        if item.done:
            return
        flow, side = item.lane.flow, item.lane.side
        if flow.waiting[side] is item:
            flow.waiting[side] = None
        else:
            flow.held.remove(item)
        self._release(item)
        self._settle(item)

    def _release(self, item: Item) -> None:
        """Send a segment that waits no more, or after the delay that it has besides."""
        item.done = True
        if item.delay_us:
            self._timers.at(item.delay_us, partial(self._arrive, item))
        else:
            self._send(item)
            self._passes.append((item.lane, item.origin, item.original))

    def _arrive(self, item: Item) -> None:
        self._send(item)
        self._passes.append((item.lane, item.origin, item.original))
        self._settle(item)

    def _settle(self, item: Item) -> None:
        self.overtake()
        item.lane.flow.settle()

    def _send(self, item: Item) -> None:
        packet, original, outlet = item.packet, item.original, self._outlet
        if outlet.mtu is not None and packet.end > max(outlet.mtu, original.end):
            outlet.note(f"{', '.join(item.deeds)}: {packet.end} octets are more than the MTU of {outlet.mtu}")
            packet = original
        intact = packet is original or packet.octets == original.octets
        outlet.deliver(item.lane.flow, item.lane.to, packet, origin=item.origin, deeds=item.deeds, intact=intact)


def _overtaken(item: Item, lane: Lane, packet: Packet) -> bool:
    wait = item.wait
    if isinstance(wait, HoldUntil):
        who = item.lane.side if wait.who is None else wait.who
        return lane.side is who and is_kind(wait.kind, packet.flags, packet.size > 0)
    if lane is not item.lane:
        return False
    item.left -= 1
    return item.left <= 0
