from hypothesis import given

from tcpchaos.search import masks, payloads
from tests.search.blocks.minima import smallest


@given(payloads(least=2, most=5))
def test_payloads_have_the_octets_that_are_asked_for(octets: bytes) -> None:
    assert 2 <= len(octets) <= 5


@given(masks())
def test_masks_change_something(octets: bytes) -> None:
    assert any(octets)
    assert 1 <= len(octets) <= 4


def test_both_shrink_to_little() -> None:
    assert smallest(payloads()) == b""
    assert smallest(payloads(), lambda octets: len(octets) > 2) == b"\0\0\0"
    assert smallest(masks()) == b"\1"
