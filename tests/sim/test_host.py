"""A host, packet by packet: who is answered, who is listened to, and who may have a port."""

import pytest

from tcpchaos.seq import add
from tcpchaos.sim.host import FIRST_EPHEMERAL_PORT, Host, PortTaken
from tcpchaos.sim.tcp import State, Tcp, TcpError
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet, build, icmp

HERE, THERE = b"\xc0\0\2\1", b"\xc0\0\2\2"
IRS = 2**32 - 2
TWO_MSL_US = 60_000_000


def from_there(port: int = 80, *, sport: int = 5000, seq: int = IRS, flags: int = SYN, ack: int = 0) -> Packet:
    return build(src=THERE, dst=HERE, sport=sport, dport=port, seq=seq, flags=flags, ack=ack)


def told(host: Host) -> list[tuple[int, int, int]]:
    """What it sends: flags, number, acknowledgment."""
    return [(packet.flags, packet.seq, packet.ack) for packet in host.take()]


class Pair:
    """Two hosts and nothing between them; every packet arrives at once."""

    def __init__(self) -> None:
        self.now_us = 0
        self.client = Host(HERE, seed=1)
        self.server = Host(THERE, seed=2)
        self.seen: list[Packet] = []

    def exchange(self) -> None:
        while packets := [*self.client.take(), *self.server.take()]:
            for packet in packets:
                self.seen.append(packet)
                (self.server if packet.dst == THERE else self.client).arrives(packet.octets, self.now_us)

    def open(self, port: int = 80, local_port: int = 0) -> tuple[Tcp, Tcp]:
        listener = self.server.listen(port)
        here = self.client.connect(THERE, port, self.now_us, local_port=local_port)
        self.exchange()
        there = self.server.accept(listener)
        assert there is not None
        return here, there

    def do(self, host: Host, tcp: Tcp) -> None:
        host.settle(tcp, self.now_us)
        self.exchange()


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_a_connection_is_opened_and_closed(pair: Pair) -> None:
    here, there = pair.open()
    assert (here.state, there.state) == (State.ESTABLISHED, State.ESTABLISHED)

    here.send(b"hello", 0)
    pair.do(pair.client, here)
    assert there.receive(10, 0) == b"hello"
    here.close(0)
    pair.do(pair.client, here)
    there.close(0)
    pair.do(pair.server, there)

    assert [socket.state for socket in pair.client.sockets()] == ["TIME-WAIT"]
    assert [socket.state for socket in pair.server.sockets()] == ["LISTEN"]


def test_time_wait_is_forgotten_when_it_is_over(pair: Pair) -> None:
    here, there = pair.open()
    here.close(0)
    pair.do(pair.client, here)
    there.close(0)
    pair.do(pair.server, there)

    assert pair.client.due() == TWO_MSL_US
    pair.client.advance(TWO_MSL_US)
    assert (pair.client.sockets(), pair.client.due()) == ([], None)


def test_closed_answers_everything_but_a_reset() -> None:
    host = Host(HERE)
    host.arrives(from_there(flags=SYN), 0)
    host.arrives(from_there(flags=ACK, ack=77), 0)
    host.arrives(from_there(flags=FIN | ACK, ack=78), 0)
    host.arrives(from_there(flags=0), 0)
    host.arrives(from_there(flags=RST), 0)
    host.arrives(from_there(flags=RST | ACK, ack=3), 0)

    assert told(host) == [(RST | ACK, 0, add(IRS, 1)), (RST, 77, 0), (RST, 78, 0), (RST | ACK, 0, IRS)]


def test_what_came_damaged_or_is_for_someone_else_is_not_answered() -> None:
    host = Host(HERE)
    syn = from_there()
    host.arrives(syn.replace(checksum=syn.checksum ^ 1), 0)
    host.arrives(syn.replace(ip_checksum=1), 0)
    host.arrives(syn.replace(offset=4), 0)
    host.arrives(syn.replace(offset=15), 0)
    host.arrives(build(src=THERE, dst=THERE, sport=1, dport=2, seq=0, flags=SYN), 0)
    host.arrives(b"no packet", 0)

    assert told(host) == []


def test_listen_answers_a_syn_and_resets_what_acknowledges() -> None:
    host = Host(HERE)
    host.listen(80)
    for flags in (RST, RST | ACK, FIN, 0):
        host.arrives(from_there(flags=flags), 0)
    assert told(host) == []

    host.arrives(from_there(flags=ACK, ack=5), 0)
    host.arrives(from_there(flags=SYN | ACK, ack=6), 0)
    host.arrives(from_there(), 0)

    assert [(flags, seq) for flags, seq, _ in told(host)][:2] == [(RST, 5), (RST, 6)]
    assert [socket.state for socket in host.sockets()] == ["LISTEN", "SYN-RECEIVED"]


def test_a_full_backlog_answers_no_more(pair: Pair) -> None:
    listener = pair.server.listen(80, backlog=1)
    for _ in range(4):
        pair.client.connect(THERE, 80, 0)
    pair.exchange()

    states = [socket.state for socket in pair.client.sockets()]
    assert states == ["ESTABLISHED", "ESTABLISHED", "SYN-SENT", "SYN-SENT"]
    assert (len(listener.ready), listener.half_open) == (2, 0)

    assert pair.server.accept(listener) is not None
    pair.now_us = 1_000_000
    pair.client.advance(pair.now_us)
    pair.exchange()
    assert [socket.state for socket in pair.client.sockets()] == ["ESTABLISHED"] * 3 + ["SYN-SENT"]


def test_a_passive_open_that_comes_to_nothing_leaves_the_listener_alone() -> None:
    host = Host(HERE)
    listener = host.listen(80)
    host.arrives(from_there(), 0)
    host.arrives(from_there(flags=RST, seq=add(IRS, 1)), 0)

    assert [socket.state for socket in host.sockets()] == ["LISTEN"]
    assert (listener.half_open, host.accept(listener)) == (0, None)


def test_whoever_was_not_accepted_is_reset_with_the_listener(pair: Pair) -> None:
    listener = pair.server.listen(80)
    here = pair.client.connect(THERE, 80, 0)
    pair.exchange()

    pair.server.unlisten(listener, 0)
    pair.exchange()

    assert (here.state, here.error) == (State.CLOSED, "reset")
    assert pair.server.sockets() == []
    refused = pair.client.connect(THERE, 80, 0)
    pair.exchange()
    assert refused.error == "refused"


def test_sockets_say_who_is_held_by_nobody(pair: Pair) -> None:
    listener = pair.server.listen(80)
    pair.client.connect(THERE, 80, 0)
    pair.exchange()
    listening, connected = pair.server.sockets()
    assert (listening.state, listening.receive_queue, listening.send_queue) == ("LISTEN", 1, listener.backlog)
    assert (connected.state, connected.held) == ("ESTABLISHED", False)

    pair.server.accept(listener)
    assert [socket.held for socket in pair.server.sockets()] == [True, True]


def test_two_who_call_each_other_open_one_connection(pair: Pair) -> None:
    here = pair.client.connect(THERE, 7002, 0, local_port=7001)
    there = pair.server.connect(HERE, 7001, 0, local_port=7002)
    pair.exchange()

    assert (here.state, there.state) == (State.ESTABLISHED, State.ESTABLISHED)
    assert len(pair.client.sockets()) == len(pair.server.sockets()) == 1


def test_a_port_is_given_once() -> None:
    host = Host(HERE)
    host.listen(80)
    with pytest.raises(PortTaken):
        host.listen(80)
    with pytest.raises(PortTaken):
        host.connect(THERE, 9, 0, local_port=80)
    host.connect(THERE, 9, 0, local_port=81)
    with pytest.raises(PortTaken):
        host.connect(THERE, 9, 0, local_port=81)

    host.connect(THERE, 10, 0, local_port=81)
    assert host.listen().port == FIRST_EPHEMERAL_PORT


def test_ports_for_calls_are_reused_for_other_destinations_only() -> None:
    host = Host(HERE)
    ports = {host.connect(THERE, 9, 0).local[1] for _ in range(100)}

    assert ports == set(range(FIRST_EPHEMERAL_PORT, FIRST_EPHEMERAL_PORT + 100))


def test_when_no_port_is_left_that_is_said() -> None:
    host = Host(HERE)
    for port in range(FIRST_EPHEMERAL_PORT, 65536):
        host.listen(port)

    with pytest.raises(PortTaken):
        host.connect(THERE, 9, 0)


def test_initial_numbers_follow_seed_connection_and_clock() -> None:
    one, other = Host(HERE, seed=1), Host(HERE, seed=2)
    key, another = bytes(12), bytes(11) + b"\1"

    assert one.isn(key, 0) == Host(HERE, seed=1).isn(key, 0) != other.isn(key, 0)
    assert one.isn(key, 0) != one.isn(another, 0)
    assert add(one.isn(key, 0), 250_000) == one.isn(key, 1_000_000)


def closed_here_first(pair: Pair) -> tuple[Tcp, Tcp]:
    """A connection that the server's end has in TIME-WAIT."""
    here, there = pair.open(local_port=4000)
    there.close(0)
    pair.do(pair.server, there)
    here.close(0)
    pair.do(pair.client, here)
    assert (here.state, there.state) == (State.CLOSED, State.TIME_WAIT)
    return here, there


def test_a_newer_syn_reopens_a_connection_in_time_wait_beyond_its_old_numbers(pair: Pair) -> None:
    _, before = closed_here_first(pair)
    pair.now_us = 5_000_000
    pair.seen.clear()

    pair.client.connect(THERE, 80, pair.now_us, local_port=4000)
    pair.exchange()

    assert [socket.state for socket in pair.server.sockets()] == ["LISTEN", "ESTABLISHED"]
    assert pair.seen[1].flags == SYN | ACK
    assert pair.seen[1].seq == add(before.snd_nxt, 65537)


def test_an_older_syn_is_acknowledged_with_what_the_connection_had(pair: Pair) -> None:
    _, before = closed_here_first(pair)
    old = build(src=HERE, dst=THERE, sport=4000, dport=80, seq=add(before.rcv_nxt, -1), flags=SYN)
    pair.server.arrives(old, 5_000_000)

    assert told(pair.server) == [(ACK, before.snd_nxt, before.rcv_nxt)]
    assert before.state is State.TIME_WAIT


def test_timers_go_off_in_their_order_however_often_they_were_put_off(pair: Pair) -> None:
    here, there = pair.open()
    for _ in range(50):
        here.send(b"x", pair.now_us)
        pair.do(pair.client, here)
        there.receive(9, pair.now_us)
        pair.do(pair.server, there)
        pair.now_us += 50_000
        pair.server.advance(pair.now_us)
        pair.exchange()
    assert pair.client.due() is None

    here.send(b"y", pair.now_us)
    pair.client.settle(here, pair.now_us)
    lost = pair.client.take()
    pair.now_us = pair.client.due() or 0
    pair.client.advance(pair.now_us)
    assert [packet.payload for packet in pair.client.take()] == [lost[0].payload] == [b"y"]


def test_changes_name_what_somebody_may_wait_for(pair: Pair) -> None:
    listener = pair.server.listen(80)
    here = pair.client.connect(THERE, 80, 0)
    pair.exchange()
    there = pair.server.accept(listener)

    assert pair.client.changes() == [here]
    assert pair.server.changes() == [there, listener]
    assert pair.client.changes() == []


def test_a_port_unreachable_ends_an_attempt_and_no_open_connection(pair: Pair) -> None:
    here, _ = pair.open()
    pair.client.arrives(icmp.unreachable(pair.seen[0], code="port"), 0)
    assert here.state is State.ESTABLISHED

    calling = pair.client.connect(THERE, 81, 0)
    [syn] = pair.client.take()
    pair.client.arrives(icmp.unreachable(syn.replace(seq=syn.seq ^ 9), code="port"), 0)
    pair.client.arrives(icmp.unreachable(syn.replace(sport=1), code="port"), 0)
    assert calling.state is State.SYN_SENT
    pair.client.arrives(icmp.unreachable(syn, code="port"), 0)
    with pytest.raises(TcpError, match="unreachable"):
        calling.receive(1, 0)


def test_too_big_makes_segments_smaller(pair: Pair) -> None:
    here, _ = pair.open()
    here.send(bytes(1400), 0)
    pair.client.settle(here, 0)
    [whole] = pair.client.take()

    pair.client.arrives(icmp.too_big(whole, mtu=600), 0)

    assert max(len(packet.octets) for packet in pair.client.take()) <= 600


def test_of_each_connection_it_is_known_how_it_moved_also_when_it_is_forgotten(pair: Pair) -> None:
    here, _ = pair.open()
    here.abort(pair.now_us)
    pair.do(pair.client, here)
    assert pair.server.sockets()[1:] == []
    [life] = pair.server.lives
    assert (life.local_port, life.remote_port) == (80, FIRST_EPHEMERAL_PORT)
    assert [move.after for move in life.moves] == ["SYN-RECEIVED", "ESTABLISHED", "CLOSED"]
