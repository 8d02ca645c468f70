"""Packets that nobody sent, as a plan says them."""

from collections.abc import Callable

import pytest

from tcpchaos.plan import (
    BAD,
    Edit,
    Field,
    IcmpError,
    Inject,
    InjectIcmp,
    Operator,
    OptionSpec,
    Variable,
    number,
    variable,
)
from tcpchaos.plan.inject import ICMP_V4, ICMP_V6, INJECTABLE
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN
from tcpchaos.wire.options import NOP

CLIENT = Side.CLIENT
SEQ = Edit(field=Field.SEQ, value=variable(Variable.RCV_NXT, 1))
WINDOW = Edit(field=Field.WINDOW, value=number(0))


@pytest.mark.parametrize(
    ("inject", "printed"),
    [
        (Inject(to=CLIENT, flags=RST, fields=(SEQ,)), "inject to client rst seq=rcv.nxt+1"),
        (Inject(to=None, flags=PSH | ACK, payload=b"hello"), 'inject to both data "hello"'),
        (Inject(to=None, flags=PSH | ACK), "inject to both flags=psh|ack"),
        (Inject(to=CLIENT, flags=FIN | ACK, payload=b"bye"), 'inject to client fin "bye"'),
        (Inject(to=CLIENT, flags=0), "inject to client flags=none"),
        (
            Inject(to=CLIENT, flags=SYN | FIN, fields=(SEQ, WINDOW), options=(OptionSpec(kind=NOP),)),
            "inject to client flags=syn|fin seq=rcv.nxt+1 window=0 <nop>",
        ),
        (InjectIcmp(to=CLIENT, error=IcmpError.PORT_UNREACHABLE), "inject to client icmp port-unreachable"),
        (
            InjectIcmp(to=None, error=IcmpError.TOO_BIG, mtu=1280, seq=variable(Variable.SND_UNA)),
            "inject to both icmp too-big mtu=1280 seq=snd.una",
        ),
        (InjectIcmp(to=CLIENT, error=9), "inject to client icmp code=9"),
    ],
)
def test_what_is_injected_prints_as_it_is_written(inject: Inject | InjectIcmp, printed: str) -> None:
    assert str(inject) == printed


def test_a_field_is_asked_by_name() -> None:
    inject = Inject(to=CLIENT, flags=RST, fields=(SEQ, Edit(field=Field.CHECKSUM, value=BAD)))
    assert inject.field(Field.SEQ) == variable(Variable.RCV_NXT, 1)
    assert inject.field(Field.CHECKSUM) is BAD
    assert inject.field(Field.ACK) is None


def test_fields_that_a_kind_or_an_option_says_are_not_fields_besides() -> None:
    assert Field.FLAGS not in INJECTABLE
    assert Field.MSS not in INJECTABLE


def test_every_named_error_exists_in_both_families() -> None:
    assert set(ICMP_V4) == set(ICMP_V6) == set(IcmpError)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Inject(to=CLIENT, flags=256), "eight bits"),
        (lambda: Inject(to=CLIENT, flags=RST, payload=bytes(1401)), "1400 octets"),
        (lambda: Inject(to=CLIENT, flags=RST, fields=(SEQ, SEQ)), "at most once"),
        (lambda: Inject(to=CLIENT, flags=RST, fields=(WINDOW, SEQ)), "at most once"),
        (lambda: Inject(to=CLIENT, flags=RST, fields=(Edit(field=Field.MSS, value=number(1)),)), "at most once"),
        (
            lambda: Inject(
                to=CLIENT, flags=RST, fields=(Edit(field=Field.SEQ, operator=Operator.ADD, value=number(1)),)
            ),
            "write seq=rcv.nxt",
        ),
        (lambda: Inject(to=CLIENT, flags=RST, options=(OptionSpec(kind=NOP),) * 41), "room for 40"),
        (lambda: InjectIcmp(to=CLIENT, error=256), "0 to 255"),
        (lambda: InjectIcmp(to=CLIENT, error=IcmpError.TOO_BIG), "mtu=1280"),
        (lambda: InjectIcmp(to=CLIENT, error=IcmpError.TOO_BIG, mtu=65536), "16 bits"),
        (lambda: InjectIcmp(to=CLIENT, error=IcmpError.PROTOCOL_UNREACHABLE, mtu=5), "leave it out"),
    ],
)
def test_what_cannot_be_sent_is_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
