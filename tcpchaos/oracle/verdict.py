"""What the oracle says in the end: findings, each with its culprit, and the outcome that follows from them."""

from dataclasses import dataclass
from typing import Literal

from tcpchaos.rfc import Breach, Rule, State
from tcpchaos.rfc.law import Level, Tier
from tcpchaos.trace import Side

Outcome = Literal["pass", "violation", "undetermined", "broken"]
Faults = Literal["none", "survivable", "lethal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of one rule by one endpoint of one connection, where it was seen first.

    `frame` is the one of the trace at which it was seen, `states` the likeliest states just before, client's first;
    `blame` None is nobody in particular, `known` names the deviation that covers it, `excused` says which of our own
    faults explains it, `times` counts how often the same thing was seen.
    """

    rule: str
    level: Level
    tier: Tier
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
    excused: str | None = None
    times: int = 1

    @classmethod
    def of(
        cls,
        rule: Rule,
        breach: Breach,
        *,
        blame: Side | None,
        connection: int = 0,
        frame: int = 0,
        at_us: int = 0,
        states: tuple[str, str] = (str(State.CLOSED), str(State.CLOSED)),
        known: str | None = None,
    ) -> "Finding":
        """Return what is to be said of a breach of this rule."""
        return cls(
            rule=rule.id,
            level=rule.level,
            tier=rule.tier,
            rfc=rule.rfc,
            sentence=rule.sentence,
            blame=blame,
            known=known,
            connection=connection,
            frame=frame,
            at_us=at_us,
            states=states,
            expected=breach.expected,
            observed=breach.observed,
            excused=breach.excuse or None,
        )

    @property
    def counts(self) -> bool:
        """Whether it makes a violation: not known, not excused, and more than a remark."""
        return self.known is None and self.excused is None and self.tier != "remark"


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
