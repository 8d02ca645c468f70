"""What can be worked out from the variables alone, in both families."""

from tcpchaos.seq import add
from tcpchaos.sim.tcp import Settings, Tcp
from tests.sim.tcp.script import ISS, OPEN, Script


def test_mss_is_what_fits_into_the_mtu() -> None:
    address = b"\x20\x01" + bytes(13)
    six = Tcp(local=(address + b"\1", 1), remote=(address + b"\2", 2), iss=5, settings=Settings(), now_us=0)
    assert (six.own_mss(), six.mss_to_use(None), six.mss_to_use(9000)) == (1440, 1220, 1440)
    four = Script("").tcp
    assert (four.own_mss(), four.mss_to_use(None), four.mss_to_use(0), four.mss_to_use(100)) == (1460, 536, 536, 100)


def test_queue_gives_the_same_octets_wherever_the_stream_has_got_to() -> None:
    tcp = Script(OPEN).tcp
    tcp.send(b"0123456789", 1_000_000)
    assert tcp.octets_at(add(ISS, 4), 3) == b"345"
    assert (tcp.readable, tcp.writable, tcp.done, tcp.ended, tcp.urgent) == (0, 262_134, False, False, None)
    assert not tcp.fin_sent
    tcp.shutdown(1_000_000)
    assert tcp.fin_sent
    assert tcp.fin_seq == add(ISS, 11)
    assert tcp.snd_top == add(ISS, 12)
    assert not tcp.fin_acked
