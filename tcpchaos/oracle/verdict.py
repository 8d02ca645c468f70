"""What the oracle says in the end: findings, each with its culprit, and the outcome that follows from them."""

from dataclasses import dataclass
from typing import Literal

from tcpchaos.trace import Side

Outcome = Literal["pass", "violation", "undetermined", "broken"]
Faults = Literal["none", "survivable", "lethal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of one rule by one endpoint of one connection, where it was seen first.

    `frame` is the one of the trace at which it was seen, `states` the likeliest states just before, client's first;
    `blame` None is nobody in particular, `known` names the deviation that covers it, `times` counts how often the same
    thing was seen.
    """

    rule: str
    level: str
    rfc: str
    sentence: str
    blame: Side | None
    known: str | None
    connection: int
    frame: int
    at_us: int
    states: tuple[str, str]
    expected: str
    observed: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome, what the faults that were delivered allow one to expect, and why.

    `undecided` are breaches that only one who saw everything that was delivered could be sure of.
    """

    outcome: Outcome
    faults: Faults
    findings: tuple[Finding, ...]
    undecided: tuple[Finding, ...]
    notes: tuple[str, ...]
