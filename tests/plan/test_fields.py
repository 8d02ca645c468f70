"""Fields and options that a plan writes: anything that fits, legal or not, and nothing that does not."""

import pytest
from hypothesis import given

from tcpchaos.plan import BAD, Edit, Expr, Field, Operator, OptionSpec, RawOption, Variable, number, variable
from tcpchaos.plan.fields import AnyOption, check_options, option_list, option_name
from tcpchaos.search import options
from tcpchaos.wire.options import EOL, MSS, NOP, SACK, SACK_PERMITTED, TIMESTAMPS, USER_TIMEOUT, WSCALE, decode


def nothing(expr: Expr) -> int:
    return expr.offset


def test_an_edit_prints_as_it_is_written() -> None:
    assert str(Edit(field=Field.ACK, operator=Operator.SUBTRACT, value=number(1))) == "ack-=1"
    assert str(Edit(field=Field.FLAGS, operator=Operator.ADD, value=number(0b10_0001))) == "flags+=fin|urg"
    assert str(Edit(field=Field.IP_FLAGS, value=number(0))) == "ip-flags=none"
    assert str(Edit(field=Field.IP_CHECKSUM, value=BAD)) == "ip-checksum=bad"


@pytest.mark.parametrize("field", Field)
def test_a_field_takes_every_number_of_its_width_and_no_other(field: Field) -> None:
    top = (1 << field.width) - 1
    for value in (0, 1, top):
        Edit(field=field, value=number(value))
    for value in (-1, top + 1):
        with pytest.raises(ValueError, match=f"from 0 to {top}"):
            Edit(field=field, value=number(value))


def test_only_checksums_can_be_bad_and_only_flags_have_names() -> None:
    with pytest.raises(ValueError, match="write checksum=bad"):
        Edit(field=Field.WINDOW, value=BAD)
    with pytest.raises(ValueError, match="write checksum=bad"):
        Edit(field=Field.CHECKSUM, operator=Operator.ADD, value=BAD)
    with pytest.raises(ValueError, match="names of flags"):
        Edit(field=Field.FLAGS, value=variable(Variable.RCV_NXT))
    assert Edit(field=Field.WINDOW, value=number(1)).names == {}


def test_nothing_added_is_no_change() -> None:
    with pytest.raises(ValueError, match="changes nothing"):
        Edit(field=Field.SEQ, operator=Operator.ADD, value=number(0))


@pytest.mark.parametrize(
    ("option", "printed", "octets"),
    [
        (OptionSpec(kind=EOL), "eol", "00"),
        (OptionSpec(kind=NOP), "nop", "01"),
        (OptionSpec(kind=MSS, values=(number(1460),)), "mss 1460", "020405b4"),
        (OptionSpec(kind=MSS, body=b"\x05"), "kind 2 05", "020305"),
        (OptionSpec(kind=WSCALE, values=(number(255),), length=0), "wscale 255 length 0", "0300ff"),
        (OptionSpec(kind=SACK_PERMITTED), "sackOK", "0402"),
        (OptionSpec(kind=SACK, values=(number(1), number(2))), "sack 1:2", "050a0000000100000002"),
        (OptionSpec(kind=SACK), "kind 5", "0502"),
        (OptionSpec(kind=TIMESTAMPS, values=(number(1), number(2))), "TS val 1 ecr 2", "080a0000000100000002"),
        (OptionSpec(kind=USER_TIMEOUT, values=(number(30),)), "uto 30s", "1c04001e"),
        (OptionSpec(kind=USER_TIMEOUT, values=(number(0x8005),)), "uto 5min", "1c048005"),
        (OptionSpec(kind=254, body=b"\xde\xad"), "kind 254 dead", "fe04dead"),
        (RawOption(body=b"\x02\x00"), "raw 0200", "0200"),
    ],
)
def test_an_option_prints_like_that_of_a_segment_and_has_its_octets(
    option: AnyOption, printed: str, octets: str
) -> None:
    assert str(option) == printed
    assert option.octets(nothing).hex() == octets
    assert option.size == len(octets) // 2


def test_numbers_of_an_option_are_cut_to_their_width() -> None:
    moving = OptionSpec(kind=TIMESTAMPS, values=(variable(Variable.TS_VAL, 2), variable(Variable.TS_RECENT)))
    assert str(moving) == "TS val ts.val+2 ecr ts.recent"
    assert moving.octets(lambda expr: 2**32 - 1 + expr.offset).hex() == "080a00000001ffffffff"


@given(options())
def test_an_option_is_as_long_as_it_says_unless_it_lies(option: AnyOption) -> None:
    octets = option.octets(nothing)
    assert len(octets) == option.size
    if isinstance(option, OptionSpec) and option.length is None:
        (found,) = decode(octets)
        assert found.kind == option.kind


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": 256}, "0 to 255"),
        ({"kind": MSS, "length": 256}, "0 to 255"),
        ({"kind": NOP, "body": b"\x00"}, "single octet"),
        ({"kind": MSS, "values": (number(1),), "body": b"\x00"}, "not both"),
        ({"kind": MSS, "values": (number(1), number(2))}, "1 numbers"),
        ({"kind": SACK, "values": (number(1),)}, "2 numbers"),
        ({"kind": MSS, "values": (number(65536),)}, "0 to 65535"),
        ({"kind": USER_TIMEOUT, "values": (variable(Variable.ISS),)}, "constant"),
    ],
)
def test_what_cannot_be_written_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OptionSpec(**wrong)  # type: ignore[arg-type]


def test_options_fit_into_a_header() -> None:
    forty = (OptionSpec(kind=NOP),) * 40
    check_options(forty)
    with pytest.raises(ValueError, match="41 octets"):
        check_options((*forty, OptionSpec(kind=EOL)))
    with pytest.raises(ValueError, match="at least one octet"):
        RawOption(body=b"")


def test_options_go_by_name_where_they_have_one() -> None:
    assert [option_name(kind) for kind in (MSS, TIMESTAMPS, 254)] == ["mss", "TS", "kind 254"]
    assert option_list((OptionSpec(kind=NOP), OptionSpec(kind=SACK_PERMITTED))) == "<nop,sackOK>"
    assert [Field.TSECR.option, Field.SEQ.option] == [TIMESTAMPS, None]
