"""What the tests of all building blocks share: the smallest thing that Hypothesis finds, and samples of draws."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

Value = TypeVar("Value")


def smallest(strategy: st.SearchStrategy[Value], holds: Callable[[Value], bool] = lambda value: True) -> Value:
    """The minimum to which Hypothesis shrinks what it finds."""
    return find(strategy, holds, settings=settings(max_examples=5_000, derandomize=True, database=None))


def sample(strategy: st.SearchStrategy[Value], size: int = 100) -> list[Value]:
    """The first so many draws, the same ones each time."""
    drawn: list[Value] = []

    @settings(
        max_examples=size,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: Value) -> None:
        drawn.append(value)

    draw()
    return drawn
