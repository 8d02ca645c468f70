"""Timers: in the order in which they become due, on a clock that never goes back."""

from functools import partial

from tcpchaos.engine.timers import NEVER_US, Timers


def test_calls_are_made_in_order_and_at_the_same_time_first_come_first_served() -> None:
    timers, made = Timers(), list[str]()
    timers.set(1000)
    timers.at(20, partial(made.append, "later"))
    timers.at(10, partial(made.append, "first"))
    timers.at(10, partial(made.append, "second"))
    assert timers.due_us == 1010
    timers.run(1009)
    assert made == []
    timers.run(1010)
    assert made == ["first", "second"]
    assert timers.due_us == 1020
    timers.run(5000)
    assert made == ["first", "second", "later"]
    assert timers.due_us == NEVER_US


def test_a_call_that_makes_another_is_given_the_present_time() -> None:
    timers, made = Timers(), list[int]()
    timers.at(10, lambda: timers.at(5, lambda: made.append(timers.now_us)))
    timers.run(100)
    assert timers.due_us == 105
    timers.run(105)
    assert made == [105]


def test_the_clock_never_goes_back() -> None:
    timers = Timers()
    assert timers.set(10) == 10
    assert timers.set(5) == 10
