"""Lists of options in a plan read like those of a segment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.plan import AnyOption, Expr, OptionSpec, PlanError
from tcpchaos.plan.cursor import Cursor
from tcpchaos.plan.fields import option_list as printed
from tcpchaos.plan.fields import option_name
from tcpchaos.plan.option_reader import length, option_kind, option_list
from tcpchaos.search import option_lists
from tcpchaos.wire.options import FAST_OPEN, MD5, MSS, TIMESTAMPS, encode
from tcpchaos.wire.text import parse_options


def at(text: str) -> Cursor:
    return Cursor(text, line=1, name="plan")


@given(option_lists())
def test_options_read_back(options: tuple[AnyOption, ...]) -> None:
    assert option_list(at(printed(options))) == options


@given(st.integers(0, 255))
def test_kinds_read_back(kind: int) -> None:
    assert option_kind(at(option_name(kind))) == kind


@pytest.mark.parametrize(
    "text",
    [
        "<>",
        "<mss 1460,nop,wscale 7,sackOK,TS val 100 ecr 0>",
        "<nop,nop,sack 1:1001 2001:3001>",
        "<FO 0102030405060708,md5 00112233445566778899aabbccddeeff,uto 30s,eol>",
        "<uto 5min,kind 254 dead,raw 0200,mss 9 length 3,FO,md5>",
    ],
)
def test_a_list_from_a_report_means_the_same_in_a_plan(text: str) -> None:
    def constant(expr: Expr) -> int:
        return expr.offset

    octets = b"".join(option.octets(constant) for option in option_list(at(text)))
    assert octets + bytes(-len(octets) % 4) == encode(parse_options(text))


def test_names_may_be_in_any_case() -> None:
    assert option_list(at("<Mss 1,sackok,ts val 1 ecr 2>"))[2].size == 10
    assert [option_kind(at(name)) for name in ("fo", "MD5", "ts")] == [FAST_OPEN, MD5, TIMESTAMPS]


def test_edges_of_sack_are_sums_without_blanks() -> None:
    (sack,) = option_list(at("<sack snd.una-1:iss+2 -irs:4>"))
    assert isinstance(sack, OptionSpec)
    assert list(map(str, sack.values)) == ["snd.una-1", "iss+2", "-irs", "4"]


def test_a_length_may_stand_there() -> None:
    assert length(at("length 9")) == 9
    assert length(at("10%")) is None


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("mss 1", 1, "<mss 1460,nop,wscale 7>"),
        ("<msss 1>", 2, "did you mean mss"),
        ("<mss>", 5, "a number or a variable"),
        ("<mss 70000>", 6, "0 to 65535"),
        ("<mss 1 nop>", 8, "another option"),
        ("<mss 1", 7, "missing at the end"),
        ("<mss 1 length 256>", 15, "0 to 255"),
        ("<kind 256>", 7, "0 to 255"),
        ("<kind 1 00>", 7, "single octet"),
        ("<raw>", 5, "two hexadecimal digits"),
        ("<raw 020>", 6, "two hexadecimal digits"),
        ("<sack 1>", 8, "the right edge"),
        ("<TS 1>", 5, "TS val 100 ecr 0"),
        ("<TS val 1>", 10, "TS val 100 ecr 0"),
        ("<uto 30>", 6, "uto 30s"),
        ("<uto 99999s>", 6, "0 to 32767"),
        ("<nop length 3>", 6, "another option"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, column: int, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        option_list(at(text))
    assert caught.value.column == column
    assert said in str(caught.value)


def test_a_kind_is_one_octet() -> None:
    with pytest.raises(PlanError, match="0 to 255"):
        option_kind(at("kind 256"))
    assert option_kind(at("kind 2")) == MSS
