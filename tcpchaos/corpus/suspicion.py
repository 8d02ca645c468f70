"""What in a capture looks like a fault: losses, copies, overtaken segments, resets from nowhere, shut windows.

Of a capture that tcpchaos wrote nothing is guessed: what was done to each packet stands beside it. Of any other there
is one place where somebody listened, and what happened before it or behind it shows only in what the endpoints did
next. Where that leaves a choice, the usual cause is taken and a remark says so.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tcpchaos.corpus.sightings import AT_ONCE_US, Direction, Sent
from tcpchaos.plan.words import duration
from tcpchaos.seq import unwrap
from tcpchaos.trace import Event, Side
from tcpchaos.wire import ACK, RST, SYN, Packet

# A copy that is the same to the octet and comes this soon was made on the way; an endpoint waits longer.
COPIED_US: Final = 20_000
# Without a stamp or a number that tells: what fills a gap within this time was overtaken, and later it was sent again.
OVERTAKEN_US: Final = 3_000
# A segment of this size or less, of octets that were acknowledged, asks whether the peer is still there.
PROBE_OCTETS: Final = 1
_HALF_OF_IDS: Final = 1 << 15


@dataclass(slots=True, kw_only=True)
class Suspicion:
    """What looks like faults on one connection: rules in their order, and what could not be made one."""

    connection: int
    rules: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    directions: tuple[Direction, Direction]
    aborted: Side | None = None


@dataclass(slots=True, kw_only=True)
class _Guess:
    """That these segments were lost, since what the endpoint sent from `start` to `end` was sent again."""

    side: Side
    start: int
    end: int
    lost: list[Sent]


@dataclass(slots=True, kw_only=True)
class _Gap:
    start: int
    end: int
    before: Sent  # the segment that showed it


def suspect(connection: int, events: Sequence[Event], *, both_sides: bool) -> Suspicion:
    """Return what looks like a fault in the events of one connection."""
    ear = _Told(connection) if both_sides else _Ear(connection)
    ear.hear(events)
    return ear.conclude()


class _Listener(ABC):
    """Whoever goes through the events of a connection."""

    def __init__(self, connection: int) -> None:
        self.directions = Direction(Side.CLIENT), Direction(Side.SERVER)
        self.remarks: dict[str, None] = {}
        self.aborted: Side | None = None
        self._connection = connection
        self._injected: list[tuple[int, Sent | str, str]] = []
        self._states: tuple[str, str] | None = None
        self._entered: tuple[Side, str, int] | None = None  # the last change of a state: whose, which, when
        self._latest: Sent | None = None

    @abstractmethod
    def hear(self, events: Iterable[Event]) -> None:
        """Go through the events."""

    def conclude(self) -> Suspicion:
        """Return what was found."""
        rules = [each for direction in self.directions for each in direction.rules()]
        rules += [(frame, f"{self._place_of(hook)}: {deed}") for frame, hook, deed in self._injected]
        lines = dict.fromkeys(line for _, line in sorted(rules, key=lambda each: each[0]))
        return Suspicion(
            connection=self._connection,
            rules=list(lines),
            remarks=list(self.remarks),
            directions=self.directions,
            aborted=self.aborted,
        )

    def _follow(self, event: Event) -> None:
        """Remember which state was entered last, so that what is injected then can be hung on it."""
        if self._states is not None and event.states != self._states:
            order = (event.side, event.side.peer)
            side = next(side for side in order if event.states[side] != self._states[side])
            self._entered = side, event.states[side].lower(), event.at_us
        elif event.packet.length or not event.delivered:
            self._entered = None
        self._states = event.states

    def _heed_end(self, side: Side, packet: Packet) -> None:
        """Remember who ended the connection with a reset; who speaks on has not."""
        if packet.flags & RST:
            self.aborted = side
        elif self.aborted is side:
            self.aborted = None

    def _inject(self, event: Event, deed: str) -> None:
        """Remember to do this deed here: when a state is entered, or when a segment comes by."""
        if self._entered is not None:
            side, state, at_us = self._entered
            late_us = event.at_us - at_us
            after = f" after {duration(late_us)}" if late_us > AT_ONCE_US else ""
            self._injected.append((event.frame, f"on {side}={state}{after}", deed))
        elif self._latest is not None:
            self._injected.append((event.frame, self._latest, deed))
        else:
            self.remarks[f"#{event.frame}: nothing came by before it on which it could be hung: {deed}"] = None

    def _place_of(self, hook: Sent | str) -> str:
        """Return what stands before the colon of a rule that waits for this."""
        if isinstance(hook, str):
            return hook
        return next(
            f"{direction.side} {name}#{ordinal}"
            for direction in self.directions
            for sent, name, ordinal in direction.named()
            if sent is hook
        )


class _Told(_Listener):
    """Both sides of the proxy, and beside each packet what was done to it."""

    def hear(self, events: Iterable[Event]) -> None:
        """Take what was done from where it was written down."""
        ways: set[str] = set()
        for event in events:
            if not event.delivered:
                direction = self.directions[event.side]
                sent = direction.sighting(event.packet, event.frame, event.at_us)
                # A way that is dead stands beside each packet that was lost on it, and is one fault.
                sent.actions += [deed for deed in event.deeds if not deed.startswith("blackhole") or deed not in ways]
                ways |= {deed for deed in event.deeds if deed.startswith("blackhole")}
                direction.append(sent)
                self._latest = sent
                self._heed_end(event.side, event.packet)
            elif not event.origin:
                for deed in event.deeds:
                    self._inject(event, deed)
            self._follow(event)


class _Ear(_Listener):
    """One place, at which each packet came by."""

    def __init__(self, connection: int) -> None:
        super().__init__(connection)
        self._gaps: tuple[list[_Gap], list[_Gap]] = ([], [])
        self._guesses: list[_Guess] = []
        self._answers_us = [OVERTAKEN_US, OVERTAKEN_US]  # by side: how long it takes from here to there and back
        self._sacked: list[tuple[Side, int, int]] = []

    def hear(self, events: Iterable[Event]) -> None:
        """Go through what came by, and look at each segment in the light of what came before."""
        heard = [event for event in events if not event.delivered]
        states = {event.frame: event.states for event in events if event.delivered}
        speaks_until = {event.side: event.frame for event in heard if not event.packet.flags & RST}
        for event in heard:
            side, packet = event.side, event.packet
            if packet.flags & RST and self._comes_from_nowhere(event, speaks_until.get(side, 0)):
                self._inject(event, self._reset(side, packet))
            else:
                self._look(event)
                self._heed_end(side, packet)
            self._follow(event._replace(states=states.get(event.frame, event.states), side=side.peer))

    def _look(self, event: Event) -> None:
        side, packet = event.side, event.packet
        direction, peer = self.directions[side], self.directions[side.peer]
        sent = direction.sighting(packet, event.frame, event.at_us)
        if packet.length and not packet.flags & RST:
            self._place(side, sent)
        else:
            twin = direction.sent[-1] if direction.sent else None
            if twin is not None and packet.ip_id and _is_copy(sent, twin):
                twin.copies_us.append(sent.at_us - twin.at_us)
                return
            direction.append(sent)
        asked = None if self._latest is None else self._latest.packet
        if self._latest is not None and asked is not None and asked.flags & SYN and asked.reverse_key == packet.key:
            self._answers_us[side] = event.at_us - self._latest.at_us
        self._latest = sent
        if packet.flags & (ACK | SYN | RST) == ACK and not packet.window:
            sent.actions.append("window=0")
        if packet.flags & ACK and peer.nxt is not None:
            self._take_acknowledgment(side.peer, sent, unwrap(packet.ack, peer.nxt))

    def _take_acknowledgment(self, side: Side, sent: Sent, acked: int) -> None:
        """Learn what of `side` has arrived, by what its peer says of it."""
        direction, packet = self.directions[side], sent.packet
        assert packet is not None
        assert direction.nxt is not None
        if packet.flags & SYN and acked > direction.nxt:
            sent.actions.append(f"ack+={acked - direction.nxt}")
            return
        direction.acked = max(direction.acked, acked)
        blocks = [(direction.position(left), direction.position(right)) for left, right in packet.sack]
        if blocks and (blocks[0][1] <= acked or (len(blocks) > 1 and _within(blocks[0], blocks[1]))):
            self._take_back(side, *blocks.pop(0))
        self._sacked += [(side, left, right) for left, right in blocks]

    def _take_back(self, side: Side, left: int, right: int) -> None:
        """Believe the peer that these octets came twice (RFC 2883): what was sent again was not lost."""
        for guess in reversed(self._guesses):
            if guess.side is side and left <= guess.start and guess.end <= right:
                self._guesses.remove(guess)
                return

    def _place(self, side: Side, sent: Sent) -> None:
        """Put a segment of some length where it was sent, and tell what was done to it or to those before it."""
        direction = self.directions[side]
        assert direction.nxt is not None
        gap = next((gap for gap in self._gaps[side] if gap.start <= sent.start < gap.end), None)
        if sent.start > direction.nxt:
            self._gaps[side].append(_Gap(start=direction.nxt, end=sent.start, before=sent))
            direction.append(sent)
        elif gap is not None:
            self._fill(side, gap, sent)
        elif (earlier := direction.last_with(sent.start)) is not None and sent.end <= direction.nxt:
            self._again(side, earlier, sent)
        else:
            direction.append(sent)

    def _fill(self, side: Side, gap: _Gap, sent: Sent) -> None:
        direction = self.directions[side]
        if _was_overtaken(sent, gap.before, min(OVERTAKEN_US, self._answers_us[side])):
            overtaken_by = len(direction.since(gap.before)) + 1
            sent.actions.append(f"hold {overtaken_by}")
            direction.insert_before(gap.before, sent)
            gap.start = sent.end
        else:
            size = max(sent.end - sent.start, 1)
            count = -(-(gap.end - gap.start) // size)
            lost = [
                Sent(frame=gap.before.frame, at_us=gap.before.at_us, packet=None, start=start, end=start + size)
                for start in range(gap.start, gap.start + count * size, size)
            ]
            for each in lost:
                each.actions.append("drop")
            direction.insert_before(gap.before, *lost)
            direction.append(sent)
            gap.start = gap.end
        if gap.start >= gap.end:
            self._gaps[side].remove(gap)

    def _again(self, side: Side, earlier: Sent, sent: Sent) -> None:
        """Tell why a segment came by that came by before."""
        direction, peer = self.directions[side], self.directions[side.peer]
        assert sent.packet is not None
        if _is_copy(sent, earlier) and (sent.packet.ip_id or not self._asked_for(side, sent)):
            earlier.copies_us.append(sent.at_us - earlier.at_us)
            return
        if direction.acked >= sent.end:
            if sent.packet.flags & SYN:
                self.remarks[f"#{sent.frame}: a SYN that was sent again although it had been acknowledged"] = None
            elif sent.end - sent.start > PROBE_OCTETS:
                lost = _acknowledgments(peer, direction, earlier, sent)
                self._guesses.append(_Guess(side=side, start=sent.start, end=sent.end, lost=lost))
        elif any(whose is side and left <= sent.start and sent.end <= right for whose, left, right in self._sacked):
            self.remarks[f"#{sent.frame}: sent again although the peer has said that it is there"] = None
        else:
            self._guesses.append(_Guess(side=side, start=sent.start, end=sent.end, lost=[earlier]))
        direction.append(sent)

    def _asked_for(self, side: Side, sent: Sent) -> bool:
        """Tell whether the peer has said that it waits for this segment, and has later ones."""
        blocks = [(left, right) for whose, left, right in self._sacked if whose is side]
        missing = self.directions[side].acked <= sent.start and not any(a <= sent.start < b for a, b in blocks)
        return missing and any(left > sent.start for left, _ in blocks)

    def _comes_from_nowhere(self, event: Event, speaks_until: int) -> bool:
        """Tell whether a reset is none of its sender's: that goes on, or is at another distance than before."""
        sent = self.directions[event.side].sent
        if sent and all(each.packet is not None and each.packet.flags & (SYN | ACK) == SYN for each in sent):
            return False  # in SYN-SENT, what acknowledges another SYN is answered with a reset, and the wait goes on
        others = {each.packet.ttl for each in sent if each.packet is not None}
        return speaks_until > event.frame or bool(others and event.packet.ttl not in others)

    def _reset(self, side: Side, packet: Packet) -> str:
        seq = _relative("rcv.nxt", packet.seq, self.directions[side])
        if not packet.flags & ACK:
            return f"inject to {side.peer} rst {seq}"
        return (
            f"inject to {side.peer} flags=rst|ack {seq} {_relative('snd.nxt', packet.ack, self.directions[side.peer])}"
        )

    def conclude(self) -> Suspicion:
        """Return what was found, with what stayed open."""
        for guess in self._guesses:
            for lost in guess.lost:
                lost.actions = lost.actions or ["drop"]  # what was changed on its way may be why it was sent again
        for side, gaps in zip(Side, self._gaps, strict=True):
            for gap in gaps:
                octets = gap.end - gap.start
                self.remarks[f"#{gap.before.frame}: {octets:,} octets of the {side} before it were never heard"] = None
        return super().conclude()


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _acknowledgments(peer: Direction, direction: Direction, earlier: Sent, again: Sent) -> list[Sent]:
    """Return what came by after a segment and acknowledged it, though its sender sent it again."""
    assert direction.nxt is not None
    return [
        sent
        for sent in peer.sent
        if sent.packet is not None
        and sent.frame > earlier.frame
        and sent.packet.flags & ACK
        and unwrap(sent.packet.ack, direction.nxt) >= again.end
    ]


def _relative(variable: str, number: int, direction: Direction) -> str:
    nxt = direction.nxt
    offset = 0 if nxt is None else unwrap(number, nxt) - nxt
    field_name = "ack" if variable == "snd.nxt" else "seq"
    return f"{field_name}={variable}{f'{offset:+d}' if offset else ''}"


def _is_copy(sent: Sent, earlier: Sent) -> bool:
    assert sent.packet is not None
    if earlier.packet is None or sent.packet.octets != earlier.packet.octets:
        return False
    return bool(sent.packet.ip_id) or sent.at_us - earlier.at_us < COPIED_US


def _was_overtaken(sent: Sent, later: Sent, at_most_us: int) -> bool:
    """Tell whether a segment that fills a gap was sent before the one that showed the gap: then it was overtaken.

    Where it bears no number and no stamp that tells, it was overtaken if it came sooner than it could be asked for.
    """
    assert sent.packet is not None
    assert later.packet is not None
    own, other = sent.packet.ip_id, later.packet.ip_id
    if own and other:
        return (other - own) % (2 * _HALF_OF_IDS) < _HALF_OF_IDS
    stamps, others = sent.packet.timestamps, later.packet.timestamps
    if stamps is not None and others is not None and stamps[0] != others[0]:
        return unwrap(stamps[0], others[0]) < others[0]
    return sent.at_us - later.at_us < at_most_us
