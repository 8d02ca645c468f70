"""The script that breaks modules on purpose: what it changes, and what it leaves alone."""

from pathlib import Path
from textwrap import dedent
from typing import Final

import pytest

from tests.mutation import mutants, own_tests

FILE: Final = Path("tcpchaos/rfc/law.py")


def after(source: str) -> list[str]:
    octets = dedent(source).encode()
    found = list(mutants(FILE, octets))
    for each in found:
        compile(each.apply(octets), "mutant", "exec")
        assert octets[each.begin : each.end].decode() == each.before
    return [f"{each.before} -> {each.after}" for each in found]


@pytest.mark.parametrize(
    ("line", "others"),
    [
        ("a < b", ["a < b -> (a <= b)"]),
        ("a <= b is not c", ["a <= b is not c -> (a < b is not c)", "a <= b is not c -> (a <= b is c)"]),
        ("a and b", ["a and b -> (a or b)"]),
        ("not a", ["not a -> (a)"]),
        ("a | b", ["a | b -> (a & b)"]),
        ("a + 1", ["a + 1 -> (a - 1)", "1 -> (2)"]),
        ("True", ["True -> (False)"]),
        ("a if b else c", ["a if b else c -> (c if b else a)"]),
        ("'text', None, a.b, a[b], -a", []),
    ],
)
def test_an_expression_becomes_another(line: str, others: list[str]) -> None:
    assert after(f"x = {line}\n") == others


def test_answers_and_statements_are_left_out_where_they_can_be() -> None:
    source = '''
        def f(a: int = 0) -> "1 < 2":
            """1 < 2"""
            ä = a
            g(a)
            for a in b:
                continue
            return a
    '''
    assert after(source) == ["0 -> (1)", "ä = a -> pass", "g(a) -> pass", "continue -> pass", "return a -> return None"]


def test_what_only_types_see_and_what_a_module_is_made_of_stays() -> None:
    assert (
        after("from a import b\nif TYPE_CHECKING:\n    x = 1 < 2\n@d(1)\nclass C:\n    x: Literal[4] = a\n    y()\n")
        == []
    )


def test_the_own_tests_come_first() -> None:
    assert own_tests(FILE) == ["tests/rfc/test_law.py", "tests/rfc", "tests/oracle"]
    assert own_tests(Path("tcpchaos/oracle/__init__.py")) == ["tests/oracle", "tests/rfc"]
