"""What becomes of one segment: the packets that go on in its place, and the steps that make them.

A segment enters a rule as a list of one item; each action makes another list of it. Nothing is sent here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tcpchaos.engine.changes import names_checksum, rewrite
from tcpchaos.engine.line import Line
from tcpchaos.engine.numbers import Moment, UnknownError
from tcpchaos.engine.pieces import split
from tcpchaos.plan import (
    Action,
    Blackhole,
    Coalesce,
    Delay,
    Drop,
    Duplicate,
    Heal,
    Hold,
    HoldUntil,
    Inject,
    InjectIcmp,
    Rate,
    Split,
)
from tcpchaos.trace import Side
from tcpchaos.wire import Packet, WireError

if TYPE_CHECKING:
    from tcpchaos.engine.flow import Lane

# One segment becomes at most so many: the copies of a copy of a piece are counted in no plan that a person means.
ITEMS_AT_MOST: Final = 4096


class Item:
    """One packet on its way: whose it is, what was done to it, and what it still waits for."""

    __slots__ = ("deeds", "delay_us", "done", "lane", "left", "origin", "original", "packet", "wait")

    def __init__(self, lane: "Lane", packet: Packet, origin: int) -> None:
        self.lane = lane
        self.packet = packet
        self.original = packet
        self.origin = origin  # the frame at which its sender sent it
        self.deeds: tuple[str, ...] = ()
        self.delay_us = 0
        self.wait: Hold | HoldUntil | Coalesce | Line | None = None
        self.left = 0  # segments that are still to overtake it
        self.done = False

    def copy(self, packet: Packet | None = None) -> "Item":
        """Return another item that fares as this one does so far."""
        item = Item(self.lane, self.packet if packet is None else packet, self.origin)
        item.original, item.deeds, item.delay_us, item.wait = self.original, self.deeds, self.delay_us, self.wait
        return item


Note = Callable[[str], None]
Step = Callable[[list[Item], Moment, Note], list[Item]]


def steps(actions: tuple[Action, ...]) -> tuple[Step, ...]:
    """Return what a rule does to the items of a segment, the checksums that it names last."""
    last = [action for action in actions if names_checksum(action)]
    first = [action for action in actions if action not in last]
    return tuple(
        _step(action) for action in (*first, *last) if not isinstance(action, Inject | InjectIcmp | Blackhole | Heal)
    )


def _step(action: Action) -> Step:
    text = str(action)
    match action:
        case Drop():
            return lambda items, moment, note: []
        case Delay(us=us):
            return lambda items, moment, note: [_delayed(item, us, text) for item in items]
        case Rate(bits=bits, queue=queue):
            lines = [Line(bits, queue) for _ in Side]
            return lambda items, moment, note: [_waiting(item, lines[item.lane.side], text) for item in items]
        case Hold() | HoldUntil():
            return lambda items, moment, note: [_waiting(item, action, text) for item in items]
        case Coalesce():
            return lambda items, moment, note: [*items[:-1], *(_waiting(item, action, text) for item in items[-1:])]
        case Duplicate():
            return lambda items, moment, note: _duplicated(items, action, text, note)
        case Split():
            return lambda items, moment, note: _split(items, action, text, note)
        case Inject() | InjectIcmp() | Blackhole() | Heal():
            raise TypeError(f"{action} is not done to a segment")
        case _:
            change = rewrite(action)
            return lambda items, moment, note: [_rewritten(item, change, moment, text, note) for item in items]


def _delayed(item: Item, us: int, text: str) -> Item:
    item.delay_us += us
    item.deeds += (text,)
    return item


def _waiting(item: Item, wait: Hold | HoldUntil | Coalesce | Line, text: str) -> Item:
    item.wait = wait
    item.left = wait.segments if isinstance(wait, Hold) else 1
    item.deeds += (text,)
    return item


def _duplicated(items: list[Item], action: Duplicate, text: str, note: Note) -> list[Item]:
    if len(items) * (action.copies + 1) > ITEMS_AT_MOST:
        note(f"{text}: more than {ITEMS_AT_MOST} packets would come of one segment")
        return items
    made = []
    for item in items:
        item.deeds += (text,)
        made.append(item)
        for number in range(1, action.copies + 1):
            copy = item.copy()
            copy.left = item.left
            copy.delay_us += number * action.after_us
            if isinstance(copy.wait, Coalesce):
                copy.wait = None
            made.append(copy)
    return made


def _split(items: list[Item], action: Split, text: str, note: Note) -> list[Item]:
    made = []
    total = len(items)
    for item in items:
        size = item.packet.size
        pieces = -(-size // action.at) if action.every else 2
        if size <= action.at:
            made.append(item)
            continue
        if total + pieces - 1 > ITEMS_AT_MOST:
            note(f"{text}: more than {ITEMS_AT_MOST} packets would come of one segment")
            made.append(item)
            continue
        try:
            cut = split(item.packet, action.at, every=action.every)
        except WireError as error:
            note(f"{text}: {error}")
            made.append(item)
            continue
        total += pieces - 1
        for piece in cut:
            part = item.copy(piece)
            part.left = item.left
            part.deeds += (text,)
            made.append(part)
    return made


def _rewritten(item: Item, change: Callable[[Packet, Moment], Packet], moment: Moment, text: str, note: Note) -> Item:
    try:
        item.packet = change(item.packet, moment)
    except (UnknownError, WireError) as error:
        note(f"{text}: {error}")
    else:
        item.deeds += (text,)
    return item
