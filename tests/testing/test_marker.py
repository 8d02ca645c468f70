"""What a marker may ask for."""

import pytest

from tcpchaos.testing.marker import MarkerError, wanted


def test_the_nearest_marker_counts() -> None:
    of_test, of_module = ((), {"plan": "client syn#1: drop"}), (("any data: drop 1%",), {"family": 6})

    assert wanted([of_test, of_module]) == {"plan": "client syn#1: drop", "family": 6}
    assert wanted([of_module]) == {"plan": "any data: drop 1%", "family": 6}
    assert wanted([]) == {}


@pytest.mark.parametrize(
    ("positional", "named", "told"),
    [
        (("a", "b"), {}, "tcpchaos takes one plan"),
        (("a",), {"plan": "b"}, "tcpchaos takes one plan"),
        ((), {"plam": "a"}, r"tcpchaos has no argument plam; did you mean plan\?"),
        ((), {"x": "a"}, "tcpchaos has no argument x; there are plan, server, family, mtu, strict"),
        ((), {"family": 5}, r"tcpchaos\(family=5\): 4 or 6"),
    ],
)
def test_anything_else_is_answered_with_what_to_write(
    positional: tuple[str, ...], named: dict[str, object], told: str
) -> None:
    with pytest.raises(MarkerError, match=told):
        wanted([(positional, named)])
