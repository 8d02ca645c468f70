"""What is kept of very many connections, and that findings outlive them."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from tcpchaos.oracle import Connection, Oracle, Sight, memory
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, RST, SYN, Packet, build

CLIENT, SERVER = b"\x0a\x09\0\1", b"\x0a\x09\0\2"
ISS, IRS = 2**32 - 3, 2**32 - 40


def segment(side: Side, port: int, seq: int, flags: int, ack: int = 0, payload: bytes = b"") -> Packet:
    ends = (CLIENT, SERVER, port, 80) if side is Side.CLIENT else (SERVER, CLIENT, 80, port)
    src, dst, sport, dport = ends
    scattered = pow(3, port, 2**32 - 5)  # two connections that begin with the same number would be a finding
    seq, ack = (seq + scattered) % 2**32, (ack + scattered) % 2**32 if flags & ACK else 0
    return build(src=src, dst=dst, sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, payload=payload)


def talk(port: int) -> Iterator[tuple[Side, Packet]]:
    """A connection that opens and is reset."""
    yield Side.CLIENT, segment(Side.CLIENT, port, ISS, SYN)
    yield Side.SERVER, segment(Side.SERVER, port, IRS, SYN | ACK, ISS + 1)
    yield Side.CLIENT, segment(Side.CLIENT, port, ISS + 1, ACK, IRS + 1)
    yield Side.CLIENT, segment(Side.CLIENT, port, ISS + 1, RST | ACK, IRS + 1)


def tell(oracle: Oracle, side: Side, packet: Packet, at_us: int = 0) -> None:
    oracle.passed(oracle.connection(side, packet), side, packet, at_us, at_us)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_CONNECTIONS", 16)
    monkeypatch.setattr(memory, "_FORGOTTEN_AT_ONCE", 4)
    monkeypatch.setattr("tcpchaos.oracle.MOST_FINDINGS", 8)


def test_finished_connections_are_forgotten_first_and_counted(small: None) -> None:
    oracle = Oracle()
    first = list(talk(1))[:3]
    for side, packet in first:
        tell(oracle, side, packet)
    for port in range(2, 102):
        for side, packet in talk(port):
            tell(oracle, side, packet, port)

    assert oracle.seen == 101
    assert len(oracle.connections) <= 16
    assert oracle.connections[0].number == 1  # the one that is still open
    assert oracle.verdict().outcome == "pass"
    forgotten = 101 - len(oracle.connections)
    assert oracle.verdict().notes == (f"{forgotten} connection(s) judged and no longer kept",)


def test_of_a_connection_that_was_forgotten_while_open_nothing_is_held_against_anyone(small: None) -> None:
    oracle = Oracle()
    for port in range(1, 102):
        for side, packet in list(talk(port))[:3]:
            tell(oracle, side, packet, port)
    tell(oracle, Side.SERVER, segment(Side.SERVER, 1, IRS + 1, ACK, ISS + 1, b"late"), 200)

    assert oracle.verdict().findings == ()
    assert "still open" in oracle.verdict().notes[-1]
    assert oracle.connections[-1].ports == (1, 80)


def test_what_a_forgotten_connection_was_found_guilty_of_stays(small: None) -> None:
    oracle = Oracle()
    for port in range(1, 102):
        for side, packet in talk(port):
            tell(oracle, side, packet, port)
        if port == 1:
            tell(oracle, Side.CLIENT, segment(Side.CLIENT, 1, ISS + 1, FIN | RST), port)

    assert {finding.connection for finding in oracle.verdict().findings} == {1}
    assert 1 not in [connection.number for connection in oracle.connections]


def test_findings_beyond_the_most_are_counted(small: None) -> None:
    oracle = Oracle(vantage="one")
    for port in range(1, 30):
        tell(oracle, Side.CLIENT, segment(Side.CLIENT, port, ISS, FIN), port)

    verdict = oracle.verdict()
    assert (verdict.outcome, len(verdict.findings)) == ("violation", 8)
    assert "more breaches were counted and are not listed" in verdict.notes[-1]


def test_what_weighs_too_much_is_forgotten(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_STATE_OCTETS", 100_000)
    monkeypatch.setattr(memory, "_WEIGHED_EVERY_OCTETS", 50_000)
    oracle = Oracle()
    for number in range(500):
        port = 1 + number % 10
        if number < 10:
            for side, packet in list(talk(port))[:3]:
                tell(oracle, side, packet, number)
        seq = ISS + 1 + number // 10 * 1000
        tell(oracle, Side.CLIENT, segment(Side.CLIENT, port, seq, ACK, IRS + 1, bytes(1000)), number)

    assert sum(connection.weight_octets for connection in oracle.connections) < 200_000


def test_attempts_that_follow_each_other_are_a_chain_of_a_few(small: None) -> None:
    oracle = Oracle()
    for number in range(2000):
        tell(oracle, Side.CLIENT, segment(Side.CLIENT, 1, ISS + number * 70_000, SYN), number)
    tell(oracle, Side.SERVER, segment(Side.SERVER, 1, IRS, ACK, 77), 3000)

    assert max(connection.depth for connection in oracle.connections) <= memory.MOST_BEFORE


def test_what_is_forgotten_is_gone_before_anyone_looks_for_garbage(small: None) -> None:
    oracle = Oracle()
    first: weakref.ref[Connection] | None = None
    gc.disable()
    try:
        for port in range(1, 102):
            for side, packet in talk(port):
                tell(oracle, side, packet, port)
            first = first or weakref.ref(oracle.connections[0])
        assert first is not None
        assert first() is None
    finally:
        gc.enable()


def test_whoever_comes_late_judges_only_what_began_since(small: None) -> None:
    def judged(*told: tuple[Side, Packet], fresh: bool = True, far: frozenset[Side] = frozenset()) -> list[str]:
        oracle = Oracle(sight=lambda side, packet: Sight(fresh=fresh, far=far))
        for side, packet in told:
            tell(oracle, side, packet)
        return [f"{each.blame} {each.rule}" for each in oracle.verdict().findings]

    opening = list(talk(1))[:3]
    wild = Side.SERVER, segment(Side.SERVER, 1, IRS + 1, ACK, ISS + 5000)  # acknowledges what was never sent
    shapeless = Side.SERVER, segment(Side.SERVER, 1, IRS + 1, ACK | SYN | FIN, ISS + 1)

    assert judged(*opening, wild) == ["server SA-02"]
    assert judged(*opening[1:], wild) == []  # it had begun before
    assert judged(*opening, wild, fresh=False) == []  # the segment may be that of another one before it
    assert judged(*opening, wild, far=frozenset({Side.SERVER})) == []
    assert judged(*opening, wild, far=frozenset({Side.CLIENT})) == ["server SA-02"]
    assert judged(*opening, shapeless, far=frozenset({Side.SERVER})) != []


def test_what_is_forgotten_is_not_kept(small: None) -> None:
    oracle = Oracle()
    connections = []
    for port in range(1, 102):
        for side, packet in talk(port):
            tell(oracle, side, packet, port)
        connections.append(oracle.connections[-1])

    assert [each for each in connections if oracle.keeps(each)] == list(oracle.connections)
