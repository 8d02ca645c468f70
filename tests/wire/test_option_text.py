"""Every list of options has a text form that gives it back, and a mistake in one is found at its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.wire import TextError, options_text, parse_options
from tcpchaos.wire import options as opt
from tcpchaos.wire.option_text import option_text, read_relative, relative_text
from tcpchaos.wire.options import Option
from tcpchaos.wire.scan import Scanner

IRS = 2**32 - 5

FORMS = [
    ("eol", opt.eol()),
    ("nop", opt.nop()),
    ("mss 1460", opt.mss(1460)),
    ("wscale 15", opt.wscale(15)),
    ("sackOK", opt.sack_permitted()),
    ("sack 1:1001 2001:3001", opt.sack((IRS + 1, 996), (1996, 2996))),
    ("sack -1:0", opt.sack((IRS - 1, IRS))),
    ("sack", opt.sack()),
    ("TS val 4294967295 ecr 0", opt.timestamps(2**32 - 1, 0)),
    ("FO", opt.fast_open()),
    ("FO a1b2c3d4", opt.fast_open(bytes.fromhex("a1b2c3d4"))),
    ("md5 00112233445566778899aabbccddeeff", opt.md5(bytes.fromhex("00112233445566778899aabbccddeeff"))),
    ("uto 30s", opt.user_timeout(30)),
    ("uto 5min", opt.user_timeout(5, minutes=True)),
    ("kind 254 dead", Option(254, b"\xde\xad")),
    ("kind 253", Option(253)),
    ("kind 2 05b400", Option(opt.MSS, b"\x05\xb4\0")),
    ("kind 8 0000", Option(opt.TIMESTAMPS, b"\0\0")),
    ("kind 5 00", Option(opt.SACK, b"\0")),
    ("raw 0200", opt.raw(b"\x02\0")),
]


@pytest.mark.parametrize(("text", "option"), FORMS)
def test_each_option_has_one_form(text: str, option: Option) -> None:
    assert option_text(option, irs=IRS) == text
    assert parse_options(text, irs=IRS) == (option,)
    assert parse_options(f" < {text.upper()} > ", irs=IRS) == (option,)


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("mss 1460 length 5", "020505b4"),
        ("mss 0x5b4 length 0", "020005b4"),
        ("sackOK length 255", "04ff"),
        ("kind 254 0xDEAD length 1", "fe01dead"),
        ("FO length 1", "2201"),
        ("kind 0", "00"),
    ],
)
def test_other_forms_that_are_understood(text: str, octets: str) -> None:
    assert b"".join([option.octets for option in parse_options(text)]) == bytes.fromhex(octets)


def test_a_list() -> None:
    options = (opt.mss(1460), opt.nop(), opt.wscale(7))
    assert options_text(options) == "mss 1460,nop,wscale 7"
    assert parse_options("mss 1460 , nop,wscale 7") == options
    assert parse_options("") == parse_options("<>") == parse_options(" < > ") == ()


def test_a_part_of_a_line_has_the_lines_offsets() -> None:
    line = "client syn#1: options=<nop,msss 3>"
    assert parse_options(line, at=line.index("nop"), end=line.index(",")) == (opt.nop(),)
    with pytest.raises(TextError) as caught:
        parse_options(line, at=line.index("<"))
    assert (caught.value.at, caught.value.nearest) == (line.index("msss"), "mss")


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("mss", 3, "a segment size, 0 to 65535"),
        ("mss 65536", 4, "a segment size, 0 to 65535"),
        ("mss 1,", 6, "a TCP option"),
        (",", 0, "a TCP option"),
        ("nop nop", 4, "the end of the options"),
        ("<nop", 4, "',' or '>'"),
        ("<nop> x", 6, "the end of the options"),
        ("wscale 256", 7, "a shift, 0 to 255"),
        ("TS 1 2", 3, "'val'"),
        ("TS val 1 ecr", 12, "a timestamp, 0 to 4294967295"),
        ("sack 1", 6, "':'"),
        ("uto 30", 4, "a user timeout, 0 to 32767 with 's' or 'min' behind it"),
        ("uto 40000s", 4, "a user timeout, 0 to 32767 with 's' or 'min' behind it"),
        ("kind 256", 5, "an option kind, 0 to 255"),
        ("kind 9 abc", 7, "the end of the options"),
        ("nop length 3", 4, "',' ('length' needs an option that has one)"),
        ("mss 3 length 256", 13, "a length octet, 0 to 255"),
        ("FO " + "00" * 254, 0, "an option of at most 253 octets after its length"),
    ],
)
def test_a_mistake_is_found_at_its_place(text: str, at: int, expected: str) -> None:
    with pytest.raises(TextError) as caught:
        parse_options(text)
    assert (caught.value.at, caught.value.expected) == (at, expected)


@given(st.binary(max_size=40), st.integers(0, 2**32 - 1))
def test_whatever_a_header_holds_is_said_and_understood(octets: bytes, irs: int) -> None:
    options = opt.decode(octets)
    assert parse_options(options_text(options, irs=irs), irs=irs) == options


@given(st.data())
def test_whatever_is_meant_is_said_and_understood(options: st.SearchStrategy[Option], data: st.DataObject) -> None:
    drawn = tuple(data.draw(st.lists(options, max_size=5)))
    assert parse_options(options_text(drawn)) == drawn


@given(st.text(max_size=30) | st.text(alphabet="mssnopwcaleTVackr 0123456789:,<>-", max_size=40))
def test_any_text_is_options_or_an_error_inside_it(text: str) -> None:
    try:
        options = parse_options(text)
    except TextError as error:
        where = error.at
    else:
        where = 0
        assert parse_options(options_text(options)) == options
    assert 0 <= where <= len(text)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_relative_number_comes_back(number: int, start: int) -> None:
    assert read_relative(Scanner(relative_text(number, start)), start, "a number") == number


def test_a_little_behind_is_negative_and_far_ahead_is_not() -> None:
    assert relative_text(4, 5) == "-1"
    assert relative_text(5, 4) == "1"
    assert relative_text(3 << 30, 0) == str(3 << 30)
