"""The search: Hypothesis draws plans, and what fails is made small.

Strategies of plans are put together from the building blocks: `plans(rules(selectors("client syn"), actions("drop")))`.
They take texts in the notation of plans, the simplest first, and shrink towards fewer rules, earlier texts and smaller
numbers; called without arguments, a block draws everything that the notation can say. Nothing is imported before it is
asked for: Hypothesis takes a while to load.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tcpchaos.search.blocks.actions import (
        actions,
        blackholes,
        corruptions,
        deeds,
        delays,
        duplicates,
        holds,
        rates,
        splits,
        truncations,
    )
    from tcpchaos.search.blocks.edits import edits
    from tcpchaos.search.blocks.injections import icmp_errors, injections
    from tcpchaos.search.blocks.numbers import acks, expressions, near, numbers, seqs
    from tcpchaos.search.blocks.octets import masks, payloads
    from tcpchaos.search.blocks.options import option_changes, option_lists, options
    from tcpchaos.search.blocks.plans import plans, rules, state_rules
    from tcpchaos.search.blocks.selectors import entries, ordinals, selectors

# Where each public name lives.
_HOMES: Final = {
    name: f"tcpchaos.search.blocks.{module}"
    for module, names in {
        "actions": "actions blackholes corruptions deeds delays duplicates holds rates splits truncations",
        "edits": "edits",
        "injections": "icmp_errors injections",
        "numbers": "acks expressions near numbers seqs",
        "octets": "masks payloads",
        "options": "option_changes option_lists options",
        "plans": "plans rules state_rules",
        "selectors": "entries ordinals selectors",
    }.items()
    for name in names.split()
}

__all__ = [
    "acks",
    "actions",
    "blackholes",
    "corruptions",
    "deeds",
    "delays",
    "duplicates",
    "edits",
    "entries",
    "expressions",
    "holds",
    "icmp_errors",
    "injections",
    "masks",
    "near",
    "numbers",
    "option_changes",
    "option_lists",
    "options",
    "ordinals",
    "payloads",
    "plans",
    "rates",
    "rules",
    "selectors",
    "seqs",
    "splits",
    "state_rules",
    "truncations",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
