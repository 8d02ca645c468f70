import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tcpchaos.plan import IcmpError, Inject, InjectIcmp, parse_rule
from tcpchaos.plan.inject import INJECTABLE
from tcpchaos.search import acks, icmp_errors, injections, seqs
from tests.search.blocks.minima import sample, smallest


def test_segments_are_forged_to_either_end_with_any_numbers() -> None:
    drawn = injections("rst", 'data "x"', to=("client", "server"), seq=seqs(), ack=acks())

    assert str(smallest(drawn)) == "inject to client rst seq=rcv.nxt ack=snd.nxt"
    assert {str(each).split()[2] for each in sample(drawn)} == {"client", "server"}
    assert (
        str(smallest(drawn, lambda found: bool(found.payload))) == 'inject to client data "x" seq=rcv.nxt ack=snd.nxt'
    )


def test_what_is_not_said_is_left_to_the_moment() -> None:
    assert str(smallest(injections("syn"))) == "inject to both syn"
    assert str(smallest(injections("syn", to=st.just("server"), seq=7))) == "inject to server syn seq=7"


def test_more_fields_and_options_go_with_every_segment() -> None:
    drawn = {str(each) for each in sample(injections("syn", "fin", to="client", more=("", "window=0", "<mss 9>")))}

    assert drawn == {
        f"inject to client {kind}{more}" for kind in ("syn", "fin") for more in ("", " window=0", " <mss 9>")
    }


@given(injections())
def test_every_injection_is_notation(inject: Inject) -> None:
    assert parse_rule(f"any any: {inject}").actions == (inject,)


@given(icmp_errors())
def test_every_icmp_error_is_notation(error: InjectIcmp) -> None:
    assert parse_rule(f"any any: {error}").actions == (error,)


def test_every_construct_is_drawn() -> None:
    fields = {edit.field for each in sample(injections(), 150) for edit in each.fields}

    assert fields == set(INJECTABLE)
    assert {each.error for each in sample(icmp_errors(), 150)} >= set(IcmpError)


def test_icmp_errors_shrink_to_the_first_and_quote_what_was_sent() -> None:
    drawn = icmp_errors(
        "port-unreachable", "too-big", 9, to=("client", "server"), mtu=(1280, 68), seq=(None, "snd.una")
    )

    assert str(smallest(drawn)) == "inject to client icmp port-unreachable"
    assert str(smallest(drawn, lambda found: found.mtu is not None)) == "inject to client icmp too-big mtu=1280"
    assert str(smallest(drawn, lambda found: found.error == 9)) == "inject to client icmp code=9"


def test_arguments_are_checked() -> None:
    with pytest.raises(InvalidArgument, match=r"injections\(\): the segments: .*did you mean rst"):
        injections("rts")
    with pytest.raises(InvalidArgument, match=r"give ICMP errors to icmp_errors\(\)"):
        injections("icmp port-unreachable")
    with pytest.raises(InvalidArgument, match=r"injections\(\): to: 'me' is not an endpoint"):
        injections("rst", to="me")
    with pytest.raises(InvalidArgument, match=r"icmp_errors\(\): the errors: 'host-gone' is not an ICMP error"):
        icmp_errors("host-gone")
    with pytest.raises(InvalidArgument, match=r"icmp_errors\(\): mtu: 70000"):
        icmp_errors("too-big", mtu=70_000)
