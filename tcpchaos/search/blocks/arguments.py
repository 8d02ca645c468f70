"""What the building blocks take: one value, several of them, the simplest first, or a strategy; checked at once.

Texts are in the notation of plans, of which they are a part: `client data#2`, `delay 50ms`, `rcv.nxt+1`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import Deed, Expr, PlanError, Rule, Selector, StateRule, parse_rule
from tcpchaos.plan.cursor import Cursor
from tcpchaos.plan.model import Action
from tcpchaos.plan.values import expression
from tcpchaos.trace import Side

Value = TypeVar("Value")
# One value, several of them, the simplest first, or a strategy.
Choices: TypeAlias = Value | Sequence[Value] | st.SearchStrategy[Value]

_SIDES: Final[dict[str | None, Side | None]] = {
    **{str(each): each for each in Side},
    **dict.fromkeys((None, "any", "both")),
}


def choices(block: str, name: str, given: object, read: Callable[[object], Value]) -> st.SearchStrategy[Value]:
    """Return a strategy of what is given for an argument, each value as `read` understands it.

    Raises InvalidArgument, which names the block and the argument, where a value is not understood.
    """
    if isinstance(given, st.SearchStrategy):
        return given.map(read)
    return among(values(block, name, given, read))


def values(block: str, name: str, given: object, read: Callable[[object], Value]) -> tuple[Value, ...]:
    """Return what is given for an argument that takes no strategy."""
    several = isinstance(given, Iterable) and not isinstance(given, str | bytes)
    said = tuple(given) if isinstance(given, Iterable) and several else (given,)
    if not said:
        raise InvalidArgument(f"{block}: {name} is empty: give one value or more, the simplest first")
    try:
        return tuple(map(read, said))
    except PlanError:
        raise
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"{block}: {name}: {error}") from error


def among(found: Sequence[Value]) -> st.SearchStrategy[Value]:
    """Draw one of these, which shrinks to the first."""
    return st.just(found[0]) if len(found) == 1 else st.sampled_from(found)


def strategies(block: str, name: str, given: Iterable[object]) -> None:
    """Check that each of these is a strategy. Raises InvalidArgument."""
    for each in given:
        if not isinstance(each, st.SearchStrategy):
            raise InvalidArgument(
                f"{block}: {name}: {each!r} is not a strategy: make one with tcpchaos.search or hypothesis"
            )


def whole(least: int, most: int) -> Callable[[object], int]:
    """Return a reader of whole numbers between these two."""

    def read(given: object) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
            raise ValueError(f"{given!r} is not a whole number from {least} to {most}")
        return given

    return read


def optional(read: Callable[[object], Value]) -> Callable[[object], Value | None]:
    """Return a reader that lets None pass."""
    return lambda given: None if given is None else read(given)


def side(given: object) -> Side | None:
    """Read an endpoint; None is either of them, or both."""
    if isinstance(given, Side):
        return given
    if not isinstance(given, str | None) or given not in _SIDES:
        raise ValueError(f"{given!r} is not an endpoint: write client, server or None")
    return _SIDES[given]


def selector(given: object) -> Selector:
    """Read what a rule selects: `client data#2`."""
    if isinstance(given, Selector):
        return given
    rule = _part(given, "", ": drop", "what a rule selects, such as client data#2")
    assert isinstance(rule, Rule)
    return rule.select


def actions(given: object) -> tuple[Action, ...]:
    """Read what a rule does: `delay 50ms`, or several actions with commas between them."""
    if isinstance(given, Action):
        return (given,)
    rule = _part(given, "any any: ", "", "what a rule does, such as delay 50ms")
    return tuple(rule.actions)


def deeds(given: object) -> tuple[Deed, ...]:
    """Read what is done where there is no segment: `inject to client rst`."""
    if isinstance(given, Deed):
        return (given,)
    rule = _part(given, "on client=established: ", "", "what is injected or cut off, such as inject to client rst")
    return tuple(each for each in rule.actions if isinstance(each, Deed))


def entry(given: object) -> StateRule:
    """Read when a state is entered: `client=established`; what comes back does nothing of note yet."""
    rule = _part(given, "on ", ": heal both", "an endpoint and its state, such as client=established")
    assert isinstance(rule, StateRule)
    return rule


def number(given: object) -> Expr:
    """Read a number or a sum: `rcv.nxt+1`, 1000."""
    if isinstance(given, Expr):
        return given
    if not isinstance(given, str | int) or isinstance(given, bool):
        raise ValueError(f"{given!r} is not a number: write one, or a sum such as rcv.nxt+1")
    cursor = Cursor(str(given), line=1, name="a number")
    found = expression(cursor, "rcv.nxt+1")
    if not cursor.over:
        raise cursor.error(f"{cursor.found()} is more than belongs here", expected="the end of the sum")
    return found


def _part(given: object, before: str, after: str, what: str) -> Rule | StateRule:
    """Read a part of a rule by reading the rule that it would be; an error speaks of the part alone."""
    if not isinstance(given, str):
        raise ValueError(f"{given!r} is not {what}")
    try:
        return parse_rule(before + given + after)
    except PlanError as error:
        raise PlanError(
            error.problem,
            source=given,
            line=1,
            column=max(1, min(error.column - len(before), len(given) + 1)),
            width=error.width,
            name=f"{given!r} is not {what}",
            expected=error.expected,
            suggestion=error.suggestion,
        ) from None
