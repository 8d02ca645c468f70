"""The law: the 11 states and the arrows between them, what can be known of an endpoint, the rules, the deviations."""

from typing import Final

from tcpchaos.rfc import rules
from tcpchaos.rfc.classes import SentChecks, answers_by_class, checks_by_class
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import (
    BOOK,
    OWED_RULES,
    SHOWN_RULES,
    TOLD_RULES,
    Account,
    Breach,
    Rule,
    Shown,
    Told,
)
from tcpchaos.rfc.states import ARROWS, Cause, State

LAW: Final = tuple(sorted(BOOK, key=lambda rule: rule.id))
# The rules to ask of a segment of each class (`classes.class_of`): all, those that look at it alone, and the rest.
SENT_CHECKS: Final = checks_by_class()
SHAPE_CHECKS: Final = checks_by_class(shape=True)
PLAIN_CHECKS: Final = checks_by_class(shape=False)
ANSWER_CHECKS: Final = answers_by_class()

__all__ = [
    "ANSWER_CHECKS",
    "ARROWS",
    "LAW",
    "OWED_RULES",
    "PLAIN_CHECKS",
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
