"""What only a whole run shows: such rules are in the book, and say so."""

from tcpchaos.rfc import LAW
from tcpchaos.rfc.rules.runs import PROMISE


def test_rules_of_a_run_stand_in_the_book() -> None:
    assert PROMISE in LAW
    assert PROMISE.kind == "run"
    assert PROMISE.sentence.endswith(".")
