"""What a rule is, and the book in which all of them stand.

A rule is a small function whose docstring is its sentence. It looks at one thing, with the knowledge that stood just
before, and returns a `Breach` where that is illegal for everything that may have happened, None otherwise. What it
looks at is its kind: a segment that an endpoint sent, something it owed and did not send in time, the state that it
says it is in, what its application was told. What only a whole run shows is declared here and judged by the run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tcpchaos.rfc.duties import Look
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.moves import Moves
from tcpchaos.rfc.states import State
from tcpchaos.seq import unwrap
from tcpchaos.trace import Socket
from tcpchaos.wire import ACK, RST, SYN, Packet

# Two packets that an endpoint sends from two processors may pass each other before anyone sees them. Where a rule
# asks which came first, nothing closer together than this is condemned.
PASS_EACH_OTHER_US: Final = 250_000
# What was delivered counts from then on, but for the time that it may still wait for a processor that has other work:
# so much is forgiven on a machine that is busy with both ends and what is between them.
HEEDED_US: Final = 1_000_000

Level = Literal["MUST", "must", "SHOULD"]
Vantage = Literal["any", "both"]
# What a rule looks at: a segment that was sent; something owed that was not sent in time; the state an endpoint says
# it is in; what an application was told; what only a whole run shows.
Kind = Literal["sent", "owed", "state", "told", "run"]
# How sure it is: certain from what was seen; right but for a deadline or a profile; worth a remark, never a violation.
Tier = Literal["hard", "soft", "remark"]
# Which segments a rule about what is sent, or what that calls for, asks for: all, or those with this bit or with data;
# "text" is data on a segment that is neither SYN nor RST, "ack" any segment that is neither.
On = Literal["any", "syn", "rst", "fin", "data", "text", "ack"]


class Breach(NamedTuple):
    """What would have been legal, and what was seen instead; `excuse` is what of our own doing explains it."""

    expected: str
    observed: str
    excuse: str = ""


class Sent:
    """A segment that an endpoint has just sent, in the terms of its sender; numbers are positions."""

    __slots__ = ("_late_us", "_slow_us", "ack", "at_us", "end", "first", "packet", "position")

    def __init__(self, endpoint: Endpoint, packet: Packet, at_us: int) -> None:
        self.packet = packet
        self.at_us = at_us
        self._late_us = endpoint.conduct.late_us
        self._slow_us = endpoint.conduct.slow_us
        self.position = endpoint.position_sent(packet)
        self.first = self.position + 1 if packet.flags & SYN else self.position  # of the payload
        self.end = self.position + packet.length
        self.ack = endpoint.position_acked(packet)

    @property
    def earliest_us(self) -> int:
        """When it may have been sent at the earliest: it may have waited to be heard."""
        return self.at_us - self._late_us

    @property
    def heeded_us(self) -> int:
        """Up to when what was delivered has been taken in for sure: what came later may have waited for a processor."""
        return self.earliest_us - HEEDED_US - self._slow_us

    @property
    def options_and_data(self) -> int:
        """How many octets of options and data it has together, which is what a maximum segment size limits."""
        return self.packet.end - self.packet.tcp_at - 20


class Arrived:
    """A segment that is being delivered to an endpoint, in the terms of its receiver; numbers are positions.

    `first` tells whether no connection came before this one, so that no queue of connections can be full.
    """

    __slots__ = ("ack", "at_us", "first", "left", "packet", "right")

    def __init__(self, endpoint: Endpoint, packet: Packet, at_us: int, *, first: bool = True) -> None:
        self.packet = packet
        self.at_us = at_us
        self.first = first
        self.left = in_peer_stream(endpoint, packet.seq)
        self.right = self.left + packet.length
        self.ack = unwrap(packet.ack, endpoint.snd_nxt)


def answers_at_all(e: Endpoint, m: Sent) -> bool:
    """Tell whether a segment acknowledges anything, or ends the connection."""
    return bool(m.packet.flags & (ACK | RST))


class Debt(NamedTuple):
    """Something that an endpoint owes since a time, and has to send within another one, in microseconds.

    `settles` tells, from its knowledge just before, whether a segment that it sends is what was expected.
    """

    since_us: int
    within_us: int
    expected: str
    settles: Callable[[Endpoint, Sent], bool] = answers_at_all


class Account:
    """What one of the two applications did with the connection, and what it was told."""

    __slots__ = ("closed", "differs_at", "ended", "muted", "octet", "read", "sent", "waits_at_us", "wrote")

    def __init__(self) -> None:
        self.wrote = 0  # octets
        self.read = 0  # octets
        self.differs_at: int | None = None  # the first octet that it read and its peer had not written there
        self.octet: int | None = None  # which octet that is
        self.sent: int | None = None  # which one its peer's TCP had sent there first, where that was still known
        self.ended: str | None = None  # eof, reset, refused, timeout, pipe ...
        self.closed: str | None = None  # shutdown, close, abort
        self.muted = False  # it was told that there is nobody to write to, though it had not closed
        self.waits_at_us: int | None = None  # it was seen to wait for octets, and nothing came of it

    @property
    def was_sent_so(self) -> bool:
        """Whether the octet that it read, and that its peer had not written there, is the one that was sent."""
        return self.octet is not None and self.octet == self.sent


def nothing_lost(since_us: int, until_us: int) -> int:
    """Return 0: of the time between the two, none was lost."""
    return 0


class Told(NamedTuple):
    """The end of a conversation as one application saw it.

    `lost_us` says, of a time between two others, for how much of it nobody attended to the endpoints and applications.
    """

    endpoint: Endpoint
    account: Account
    peer: Account
    promised: bool  # nothing was delivered that a legal sender could not have sent
    now_us: int | None = None  # how late it is, where that is known
    spoilt: bool = False  # what was delivered to this side may have held octets that its peer never wrote
    excuse: str = ""  # what was delivered that is lethal, to whom, and where
    misled: bool = False  # the peer's TCP has sent one octet and another at the same number
    lost_us: Callable[[int, int], int] = nothing_lost


class Shown(NamedTuple):
    """What an endpoint's own TCP says of one connection: that it is in `state`, or that it moved there from `before`.

    `settled` tells that everything that was delivered has been taken in and everything that was sent has been seen;
    `untouched` that besides nothing was ever lost, late or changed. `socket` holds the figures of its TCP, None where
    that keeps nothing any more. It was in `before` for `stayed_us`, and moved because of a reset where `reset` says so,
    or else gave up by itself where `aborted` does; in `previous` it was when it was asked last, and was then
    `probing` for its peer with keepalives or into a closed window. `closed` tells whether
    its application has let go of the connection, None where nobody knows, and `peer` in which state the other end says
    it is at the same time.
    """

    state: State
    moves: Moves
    settled: bool = False
    untouched: bool = False
    socket: Socket | None = None
    before: State | None = None
    stayed_us: int | None = None
    previous: State | None = None
    probing: bool = False
    at_us: int = 0
    reset: bool = False
    aborted: bool = False
    closed: bool | None = None
    peer: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One sentence of the law.

    `rfc` names document and section, `label` the requirements of RFC 9293's list where there are any. `excuses` says
    what looks like a breach and is let pass. `vantage` says whether the rule can be decided from one capture, or only
    by one who saw everything that was delivered; `shape` whether it looks at a single segment and asks for nothing
    that came before.
    """

    id: str
    kind: Kind
    level: Level
    tier: Tier
    rfc: str
    label: str
    sentence: str
    excuses: str
    vantage: Vantage
    shape: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The requirements of RFC 9293's list that it judges, all of them or in part."""
        return tuple(self.label.split(", ")) if self.label else ()


SentCheck = Callable[[Endpoint, Sent], Breach | None]
AnswerCheck = Callable[[Endpoint, Arrived], Debt | None]
OwedCheck = Callable[[Endpoint, Look], Debt | None]
ShownCheck = Callable[[Endpoint, Shown], Breach | None]
ToldCheck = Callable[[Told], Breach | None]


SENT_RULES: Final[list[tuple[Rule, SentCheck, On]]] = []
ANSWER_RULES: Final[list[tuple[Rule, AnswerCheck, On]]] = []
OWED_RULES: Final[list[tuple[Rule, OwedCheck]]] = []
SHOWN_RULES: Final[list[tuple[Rule, ShownCheck]]] = []
TOLD_RULES: Final[list[tuple[Rule, ToldCheck]]] = []
BOOK: Final[list[Rule]] = []  # all of them, of every kind


def _sentence(check: Callable[..., object]) -> str:
    return " ".join((check.__doc__ or "").split())


def sends(
    rule_id: str,
    rfc: str,
    *,
    level: Level = "must",
    tier: Tier = "hard",
    label: str = "",
    excuses: str = "",
    vantage: Vantage = "any",
    shape: bool = False,
    on: On = "any",
) -> Callable[[SentCheck], SentCheck]:
    """Enter a rule about what an endpoint sends into the book; it is asked only for the segments named by `on`."""

    def enter(check: SentCheck) -> SentCheck:
        rule = Rule(
            id=rule_id,
            kind="sent",
            level=level,
            tier=tier,
            rfc=f"RFC {rfc}",
            label=label,
            sentence=_sentence(check),
            excuses=excuses,
            vantage=vantage,
            shape=shape,
        )
        BOOK.append(rule)
        SENT_RULES.append((rule, check, on))
        return check

    return enter


def answers(
    rule_id: str,
    rfc: str,
    *,
    level: Level = "must",
    tier: Tier = "soft",
    label: str = "",
    excuses: str = "",
    on: On = "any",
) -> Callable[[AnswerCheck], AnswerCheck]:
    """Enter a rule about what has to be sent in answer to a segment named by `on`, asked when that is delivered."""

    def enter(check: AnswerCheck) -> AnswerCheck:
        rule = _enter(rule_id, "owed", rfc, _sentence(check), level=level, tier=tier, label=label, excuses=excuses)
        ANSWER_RULES.append((rule, check, on))
        return check

    return enter


def owes(
    rule_id: str, rfc: str, *, level: Level = "must", tier: Tier = "soft", label: str = "", excuses: str = ""
) -> Callable[[OwedCheck], OwedCheck]:
    """Enter a rule about what has to be sent in time whether or not anything comes, asked whenever somebody looks."""

    def enter(check: OwedCheck) -> OwedCheck:
        rule = _enter(rule_id, "owed", rfc, _sentence(check), level=level, tier=tier, label=label, excuses=excuses)
        OWED_RULES.append((rule, check))
        return check

    return enter


def shows(
    rule_id: str, rfc: str, *, level: Level = "must", tier: Tier = "hard", label: str = "", excuses: str = ""
) -> Callable[[ShownCheck], ShownCheck]:
    """Enter a rule about the state that an endpoint says it is in into the book."""

    def enter(check: ShownCheck) -> ShownCheck:
        rule = _enter(rule_id, "state", rfc, _sentence(check), level=level, tier=tier, label=label, excuses=excuses)
        SHOWN_RULES.append((rule, check))
        return check

    return enter


def tells(
    rule_id: str, rfc: str, *, level: Level = "must", tier: Tier = "hard", label: str = "", excuses: str = ""
) -> Callable[[ToldCheck], ToldCheck]:
    """Enter a rule about what an application is told into the book."""

    def enter(check: ToldCheck) -> ToldCheck:
        rule = _enter(rule_id, "told", rfc, _sentence(check), level=level, tier=tier, label=label, excuses=excuses)
        TOLD_RULES.append((rule, check))
        return check

    return enter


def of_a_run(
    rule_id: str,
    rfc: str,
    sentence: str,
    *,
    level: Level = "must",
    tier: Tier = "hard",
    label: str = "",
    excuses: str = "",
) -> Rule:
    """Enter a rule into the book that only a whole run can show to be broken, and return it."""
    return _enter(rule_id, "run", rfc, sentence, level=level, tier=tier, label=label, excuses=excuses)


def _enter(
    rule_id: str,
    kind: Kind,
    rfc: str,
    sentence: str,
    *,
    level: Level = "must",
    tier: Tier = "hard",
    label: str = "",
    excuses: str = "",
) -> Rule:
    """Enter a rule that only one who sees both sides can decide."""
    rule = Rule(
        id=rule_id,
        kind=kind,
        level=level,
        tier=tier,
        rfc=f"RFC {rfc}" if rfc else "",
        label=label,
        sentence=sentence,
        excuses=excuses,
        vantage="both",
    )
    BOOK.append(rule)
    return rule


def relative(position: int, start: int | None) -> int:
    """Return a position as a person reads it: counted from the initial sequence number."""
    return position - start if start is not None else position


def in_peer_stream(endpoint: Endpoint, number: int) -> int:
    """Return the position of a sequence number of the peer's, as the endpoint that receives it counts."""
    return unwrap(number, endpoint.possible.nxt)
