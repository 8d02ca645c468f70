"""What a rule is, and the book in which all of them stand.

A rule is a small function whose docstring is its sentence. It looks at what an endpoint sent (or at what its
application was told) with the knowledge that stood just before, and returns a `Breach` where that is illegal for
everything that may have happened, None otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.seq import unwrap
from tcpchaos.wire import SYN, Packet

# Two packets that an endpoint sends from two processors may pass each other before anyone sees them. Where a rule
# asks which came first, nothing closer together than this is condemned.
PASS_EACH_OTHER_US: Final = 250_000

Level = Literal["MUST", "must", "SHOULD"]
Vantage = Literal["any", "both"]


class Breach(NamedTuple):
    """What would have been legal, and what was seen instead."""

    expected: str
    observed: str


class Sent:
    """A segment that an endpoint has just sent, in the terms of its sender; numbers are positions."""

    __slots__ = ("ack", "at_us", "end", "first", "packet", "position")

    def __init__(self, endpoint: Endpoint, packet: Packet, at_us: int) -> None:
        self.packet = packet
        self.at_us = at_us
        self.position = endpoint.position_sent(packet)
        self.first = self.position + 1 if packet.flags & SYN else self.position  # of the payload
        self.end = self.position + packet.length
        self.ack = endpoint.position_acked(packet)

    @property
    def options_and_data(self) -> int:
        """How many octets of options and data it has together, which is what a maximum segment size limits."""
        return self.packet.end - self.packet.tcp_at - 20


class Account:
    """What one of the two applications did with the connection, and what it was told."""

    __slots__ = ("closed", "differs_at", "ended", "read", "wrote")

    def __init__(self) -> None:
        self.wrote = 0  # octets
        self.read = 0  # octets
        self.differs_at: int | None = None  # the first octet that it read and its peer had not written there
        self.ended: str | None = None  # eof, reset, refused, timeout, pipe ...
        self.closed: str | None = None  # shutdown, close, abort


class Told(NamedTuple):
    """The end of a conversation as one application saw it."""

    endpoint: Endpoint
    account: Account
    peer: Account
    promised: bool  # nothing was delivered that a legal sender could not have sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One sentence of the law.

    `rfc` names document and section, `label` the requirement of RFC 9293's list where there is one. `vantage` says
    whether the rule can be decided from one capture, or only by one who saw everything that was delivered; `shape`
    whether it looks at a single segment and asks for nothing that came before.
    """

    id: str
    level: Level
    rfc: str
    label: str
    sentence: str
    vantage: Vantage
    shape: bool = False


SentCheck = Callable[[Endpoint, Sent], Breach | None]
ToldCheck = Callable[[Told], Breach | None]


SENT_RULES: Final[list[tuple[Rule, SentCheck]]] = []
TOLD_RULES: Final[list[tuple[Rule, ToldCheck]]] = []


def _rule(
    check: SentCheck | ToldCheck,
    rule_id: str,
    level: Level,
    rfc: str,
    label: str,
    vantage: Vantage,
    shape: bool = False,
) -> Rule:
    sentence = " ".join((check.__doc__ or "").split())
    return Rule(id=rule_id, level=level, rfc=f"RFC {rfc}", label=label, sentence=sentence, vantage=vantage, shape=shape)


def sends(
    rule_id: str, rfc: str, *, level: Level = "must", label: str = "", vantage: Vantage = "any", shape: bool = False
) -> Callable[[SentCheck], SentCheck]:
    """Enter a rule about what an endpoint sends into the book."""

    def enter(check: SentCheck) -> SentCheck:
        SENT_RULES.append((_rule(check, rule_id, level, rfc, label, vantage, shape), check))
        return check

    return enter


def tells(rule_id: str, rfc: str, *, level: Level = "must", label: str = "") -> Callable[[ToldCheck], ToldCheck]:
    """Enter a rule about what an application is told into the book."""

    def enter(check: ToldCheck) -> ToldCheck:
        TOLD_RULES.append((_rule(check, rule_id, level, rfc, label, "both"), check))
        return check

    return enter


def relative(position: int, start: int | None) -> int:
    """Return a position as a person reads it: counted from the initial sequence number."""
    return position - start if start is not None else position


def in_peer_stream(endpoint: Endpoint, number: int) -> int:
    """Return the position of a sequence number of the peer's, as the endpoint that receives it counts."""
    return unwrap(number, endpoint.possible.nxt)
