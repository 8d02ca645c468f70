"""The law: the 11 states and the arrows between them, what can be known of an endpoint, the rules, the deviations."""

from typing import Final

from tcpchaos.rfc import rules
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import (
    ANSWER_RULES,
    BOOK,
    OWED_RULES,
    SHOWN_RULES,
    TOLD_RULES,
    Account,
    Breach,
    Rule,
    SentChecks,
    Shown,
    Told,
    checks_by_class,
)
from tcpchaos.rfc.states import ARROWS, Cause, State

LAW: Final = tuple(sorted(BOOK, key=lambda rule: rule.id))
# The rules to ask of a segment of each class (`law.class_of`), all of them and those that look at it alone.
SENT_CHECKS: Final = checks_by_class()
SHAPE_CHECKS: Final = checks_by_class(shape=True)

__all__ = [
    "ANSWER_RULES",
    "ARROWS",
    "LAW",
    "OWED_RULES",
    "SENT_CHECKS",
    "SHAPE_CHECKS",
    "SHOWN_RULES",
    "TOLD_RULES",
    "Account",
    "Breach",
    "Cause",
    "Endpoint",
    "Rule",
    "SentChecks",
    "Shown",
    "State",
    "Told",
    "rules",
]
