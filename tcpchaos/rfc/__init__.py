"""The law: the 11 states and the arrows between them, what can be known of an endpoint, the rules, the deviations."""

from typing import Final

from tcpchaos.rfc import rules
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import SENT_RULES, TOLD_RULES, Account, Breach, Rule, Told
from tcpchaos.rfc.states import ARROWS, Cause, State

LAW: Final = tuple(sorted((rule for rule, _ in (*SENT_RULES, *TOLD_RULES)), key=lambda rule: rule.id))

__all__ = [
    "ARROWS",
    "LAW",
    "SENT_RULES",
    "TOLD_RULES",
    "Account",
    "Breach",
    "Cause",
    "Endpoint",
    "Rule",
    "State",
    "Told",
    "rules",
]
