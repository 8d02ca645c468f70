"""What is read from the options of a SYN."""

import pytest

from tcpchaos.rfc.offers import Offer, has_fast_open
from tcpchaos.trace import Side
from tests.transcript import segment


@pytest.mark.parametrize(
    ("options", "offer"),
    [
        ("", Offer(None, None, False, False)),
        ("<mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>", Offer(1460, 7, True, True)),
        ("<mss 0,nop,wscale 15>", Offer(None, 15, False, False)),
        ("<mss 1460,mss 0>", Offer(1460, None, False, False)),
        ("<mss 0,mss 0>", Offer(None, None, False, False)),
        ("<FO>", Offer(None, None, False, False, fast_open=True)),
    ],
)
def test_an_offer_is_what_the_options_say(options: str, offer: Offer) -> None:
    assert Offer.of(segment(Side.CLIENT, f"S 0:0(0) win 9 {options}")) == offer


def test_a_cookie_is_a_fast_open_option_too() -> None:
    assert has_fast_open(segment(Side.CLIENT, "S 0:0(0) win 9 <FO 0102030405060708>"))
