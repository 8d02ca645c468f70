"""Plans: which segments, and what is done to them. Pure data, with one notation.

Nothing here does anything: the engine does what a plan says.
"""

from tcpchaos.plan.actions import (
    AddOptions,
    Blackhole,
    Coalesce,
    Corrupt,
    Delay,
    Drop,
    Duplicate,
    GarbleOption,
    Heal,
    Hold,
    HoldUntil,
    Rate,
    RemoveOption,
    ReplaceOption,
    SetOptions,
    Split,
    Truncate,
)
from tcpchaos.plan.errors import PlanError
from tcpchaos.plan.expr import Expr, Term, Variable, Whose, number, variable
from tcpchaos.plan.fields import BAD, AnyOption, Bad, Edit, Field, Operator, OptionSpec, RawOption
from tcpchaos.plan.inject import IcmpError, Inject, InjectIcmp
from tcpchaos.plan.model import Action, Change, Deed, Fate, Plan, Rule, StateRule
from tcpchaos.plan.notation import parse, parse_rule
from tcpchaos.plan.selectors import STATES, Comparison, Kind, Length, Nth, Selector, Sending, When
from tcpchaos.plan.words import ALWAYS_PPM

__all__ = [
    "ALWAYS_PPM",
    "BAD",
    "STATES",
    "Action",
    "AddOptions",
    "AnyOption",
    "Bad",
    "Blackhole",
    "Change",
    "Coalesce",
    "Comparison",
    "Corrupt",
    "Deed",
    "Delay",
    "Drop",
    "Duplicate",
    "Edit",
    "Expr",
    "Fate",
    "Field",
    "GarbleOption",
    "Heal",
    "Hold",
    "HoldUntil",
    "IcmpError",
    "Inject",
    "InjectIcmp",
    "Kind",
    "Length",
    "Nth",
    "Operator",
    "OptionSpec",
    "Plan",
    "PlanError",
    "Rate",
    "RawOption",
    "RemoveOption",
    "ReplaceOption",
    "Rule",
    "Selector",
    "Sending",
    "SetOptions",
    "Split",
    "StateRule",
    "Term",
    "Truncate",
    "Variable",
    "When",
    "Whose",
    "number",
    "parse",
    "parse_rule",
    "variable",
]
