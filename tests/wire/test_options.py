"""TCP options come out of a header and go back into it as they were, also where they are nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.wire import WireError
from tcpchaos.wire import options as opt
from tcpchaos.wire.options import Option

LINUX_SYN = bytes.fromhex("020405b4 0402 080a 00000001 00000000 01 030307")


def test_what_linux_puts_on_a_syn() -> None:
    options = (opt.mss(1460), opt.sack_permitted(), opt.timestamps(1, 0), opt.nop(), opt.wscale(7))
    assert opt.decode(LINUX_SYN) == options
    assert opt.encode(options) == LINUX_SYN


@pytest.mark.parametrize(
    ("option", "octets"),
    [
        (opt.eol(), "00"),
        (opt.nop(), "01"),
        (opt.mss(65535), "0204ffff"),
        (opt.wscale(15), "03030f"),
        (opt.sack_permitted(), "0402"),
        (opt.sack((2**32 - 1, 1), (5, 6)), "0512 ffffffff00000001 0000000500000006"),
        (opt.timestamps(2**32 - 1, 2), "080a ffffffff 00000002"),
        (opt.fast_open(), "2202"),
        (opt.fast_open(b"abcd"), "220661626364"),
        (opt.md5(bytes(16)), "1312" + "00" * 16),
        (opt.user_timeout(30), "1c04001e"),
        (opt.user_timeout(5, minutes=True), "1c048005"),
        (opt.raw(b"\x02\x00"), "0200"),
        (opt.with_length(opt.mss(1460), 0), "020005b4"),
        (Option(254, b"\xde\xad"), "fe04dead"),
    ],
)
def test_each_option_as_it_is_written(option: Option, octets: str) -> None:
    assert option.octets == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "options"),
    [
        ("01 02", (opt.nop(), opt.raw(b"\x02"))),
        ("02 00 05b4", (opt.raw(b"\x02\x00\x05\xb4"),)),
        ("02 01 05b4", (opt.raw(b"\x02\x01\x05\xb4"),)),
        ("02 09 05b4", (opt.raw(b"\x02\x09\x05\xb4"),)),
        ("02 03 05 00", (Option(2, b"\x05"), opt.eol())),
        ("00 00 07 00", (opt.eol(), opt.eol(), opt.raw(b"\x07\x00"))),
    ],
)
def test_nonsense_is_kept(octets: str, options: tuple[Option, ...]) -> None:
    assert opt.decode(bytes.fromhex(octets)) == options


@given(st.binary(max_size=40))
def test_any_octets_come_back(octets: bytes) -> None:
    options = opt.decode(octets)
    assert b"".join([option.octets for option in options]) == octets
    assert opt.encode(options) == octets + bytes(-len(octets) % 4)


@given(st.lists(st.builds(Option, st.integers(2, 255), st.binary(max_size=8)), max_size=5))
def test_well_formed_options_come_back(options: list[Option]) -> None:
    assert opt.decode(b"".join([option.octets for option in options])) == tuple(options)


@given(st.binary(max_size=40), st.integers(2, 34))
def test_find_finds_the_last_before_the_list_ends(octets: bytes, kind: int) -> None:
    before_end = []
    for option in opt.decode(octets):
        if option.kind == opt.EOL:
            break
        before_end.append(option)
    wanted = [option for option in before_end if option.kind == kind]
    at = opt.find(b"..." + octets + b"...", 3, 3 + len(octets), kind) - 3
    assert (at >= 0) == bool(wanted)
    if wanted:
        assert octets[at : at + len(wanted[-1].octets)] == wanted[-1].octets
        rest = before_end[len(before_end) - before_end[::-1].index(wanted[-1]) :]
        assert octets[at:].startswith(b"".join([option.octets for option in (wanted[-1], *rest)]))


@pytest.mark.parametrize("value", [-1, 65536])
def test_a_value_that_does_not_fit_is_refused(value: int) -> None:
    with pytest.raises(WireError):
        opt.mss(value)
    with pytest.raises(WireError):
        opt.user_timeout(value)
    with pytest.raises(WireError):
        opt.with_length(opt.mss(1), value)


@pytest.mark.parametrize("option", [Option(256), Option(-2), Option(1, b"x"), Option(9, bytes(254))])
def test_an_option_that_cannot_be_written_is_refused(option: Option) -> None:
    with pytest.raises(WireError):
        opt.encode([option])


def test_only_an_option_with_a_length_can_have_a_wrong_one() -> None:
    with pytest.raises(WireError):
        opt.with_length(opt.nop(), 3)


def test_padding_is_zeros_to_whole_words() -> None:
    assert opt.padded(b"\x03\x03\x07") == b"\x03\x03\x07\x00"
    assert opt.padded(bytes(40)) == bytes(40)
    with pytest.raises(WireError):
        opt.padded(bytes(41))
