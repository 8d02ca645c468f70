"""A plan as pure data: rules, each with what it selects and what it does. `str()` of any of it is its notation."""

from dataclasses import dataclass
from typing import Final

from tcpchaos.plan.actions import (
    MAX_TIME_US,
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
from tcpchaos.plan.expr import Expr
from tcpchaos.plan.fields import Edit, OptionSpec
from tcpchaos.plan.inject import Inject, InjectIcmp
from tcpchaos.plan.selectors import STATES, Nth, Selector
from tcpchaos.plan.words import ALWAYS_PPM, chance, duration
from tcpchaos.trace import Side

# What needs no segment to hang on, and does nothing to the one that woke it but what a blackhole does.
Deed = Inject | InjectIcmp | Blackhole | Heal
# What rewrites a segment that goes on.
Change = Edit | Corrupt | Truncate | RemoveOption | AddOptions | ReplaceOption | SetOptions | GarbleOption
# What decides when, whether and in how many pieces it goes on.
Fate = Drop | Delay | Rate | Duplicate | Hold | HoldUntil | Split | Coalesce
Action = Fate | Change | Deed

MAX_ACTIONS: Final = 32  # of one rule: more than a person reads in a line
MAX_RULES: Final = 4096  # of a plan: each segment is held against each of them
MAX_SEED: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Done to every segment that is selected, in the order of the actions, with a probability drawn from the seed.

    A checksum that no `checksum=` or `ip-checksum=` of the rule names is as right, or as wrong, as it was before.
    """

    select: Selector
    actions: tuple[Action, ...]
    chance_ppm: int = ALWAYS_PPM

    def __post_init__(self) -> None:
        _check_chance(self.chance_ppm)
        if not 1 <= len(self.actions) <= MAX_ACTIONS:
            raise ValueError(f"a rule does 1 to {MAX_ACTIONS} things: write drop, delay 50ms ...")
        clash = next((second for first, second in _pairs(self.actions) if _clash(first, second)), None)
        if clash is not None:
            raise ValueError(f"{clash} can do nothing beside the other actions here: give it a rule of its own")
        if self.select.sizes[1] == 0:
            for action in self.actions:
                if isinstance(action, Split | Coalesce | Truncate | Corrupt):
                    raise ValueError(f"no payload is here for {action}: select data instead")

    def __str__(self) -> str:
        return f"{self.select}: {_done(self.actions, self.chance_ppm)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRule:
    """Done when an endpoint enters a state, or `after_us` later. `nth` counts its entries on one connection."""

    side: Side
    state: str
    nth: Nth | None = None
    connection: Nth | None = None
    after_us: int = 0
    actions: tuple[Deed, ...]
    chance_ppm: int = ALWAYS_PPM

    def __post_init__(self) -> None:
        _check_chance(self.chance_ppm)
        if self.state not in STATES:
            raise ValueError(f"{self.state} is not a state: write one of {', '.join(STATES)}")
        if not 0 <= self.after_us <= MAX_TIME_US:
            raise ValueError("write a time of at most an hour: after 10ms")
        if not 1 <= len(self.actions) <= MAX_ACTIONS:
            raise ValueError(f"a rule does 1 to {MAX_ACTIONS} things: write inject, blackhole or heal")
        for action in self.actions:
            if not isinstance(action, Deed):
                raise ValueError(f"there is no segment here for {action}: write inject, blackhole or heal")
            if any(term.variable.of_segment for value in _values(action) for term in value.terms):
                raise ValueError(f"there is no segment here that {action} could speak of: write rcv.nxt, snd.una ...")

    def __str__(self) -> str:
        words = [f"on {self.side}={self.state}"]
        words += [str(self.nth)] if self.nth is not None else []
        words += [f"conn{self.connection}"] if self.connection is not None else []
        words += [f"after {duration(self.after_us)}"] if self.after_us else []
        return f"{' '.join(words)}: {_done(self.actions, self.chance_ppm)}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules, and the seed of their probabilities.

    Each rule selects among the segments as the endpoints sent them; where several select the same segment, all of them
    are done to it, the first one first. An injected segment is not selected by any.
    """

    rules: tuple[Rule | StateRule, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise ValueError(f"write a seed from 0 to {MAX_SEED}")
        if len(self.rules) > MAX_RULES:
            raise ValueError(f"a plan has at most {MAX_RULES} rules")

    def __str__(self) -> str:
        seed = [f"seed {self.seed}"] if self.seed else []
        return "\n".join([*seed, *map(str, self.rules)])


def _done(actions: tuple[Action, ...], chance_ppm: int) -> str:
    return ", ".join(map(str, actions)) + ("" if chance_ppm == ALWAYS_PPM else f" {chance(chance_ppm)}")


def _check_chance(ppm: int) -> None:
    if not 1 <= ppm <= ALWAYS_PPM:
        raise ValueError("a probability is more than 0% and at most 100%: write 10%")


def _values(action: Deed) -> list[Expr]:
    """Return the expressions in an action."""
    if isinstance(action, InjectIcmp):
        return [] if action.seq is None else [action.seq]
    if not isinstance(action, Inject):
        return []
    fields = [edit.value for edit in action.fields if isinstance(edit.value, Expr)]
    return fields + [value for option in action.options if isinstance(option, OptionSpec) for value in option.values]


def _pairs(actions: tuple[Action, ...]) -> list[tuple[Action, Action]]:
    return [(first, second) for index, first in enumerate(actions) for second in actions[index + 1 :]]


def _clash(first: Action, second: Action) -> bool:
    """Whether two actions of one rule can never both do something."""
    segment_bound = Fate | Change
    if isinstance(first, Drop) or isinstance(second, Drop):
        return isinstance(first, segment_bound) and isinstance(second, segment_bound)
    if {type(first), type(second)} == {Delay, Rate}:
        return False  # a line that is both slow and long
    waiting = Delay | Rate | Hold | HoldUntil | Coalesce
    return isinstance(first, waiting) and isinstance(second, waiting)
