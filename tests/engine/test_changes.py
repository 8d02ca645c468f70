"""Rewriting: an edit changes what it names, checksums follow, and what cannot be written is refused."""

import pytest

from tcpchaos.engine.changes import expressions, names_checksum, rewrite
from tcpchaos.engine.numbers import Moment
from tcpchaos.plan import Change, Rule, parse
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.trace import Side
from tcpchaos.wire import Packet, WireError
from tests.engine.playbook import World

WORLD = World("")
WORLD6 = World("", version=6)
NOW = Moment((Endpoint(), Endpoint()), Side.SERVER, None, None)
DATA = "P. 1:5(4) ack 1 win 9 <nop,nop,TS val 7 ecr 8>"


def changed(text: str, segment: str = DATA, payload: bytes | None = b"abcd", world: World = WORLD) -> Packet:
    """Return what becomes of a client's segment."""
    (rule,) = parse(f"any any: {text}").rules
    packet = world.packet(Side.CLIENT, segment, payload)
    assert isinstance(rule, Rule)
    for action in rule.actions:
        assert isinstance(action, Change)
        packet = rewrite(action)(packet, NOW)
    return packet


def shown(packet: Packet) -> str:
    return WORLD.text(Side.SERVER, packet.octets)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seq+=5", "P. 6:10(4) ack 1 win 9 <nop,nop,TS val 7 ecr 8>"),
        ("ack-=2", "P. 1:5(4) ack -1 win 9 <nop,nop,TS val 7 ecr 8>"),
        ("window=0", "P. 1:5(4) ack 1 win 0 <nop,nop,TS val 7 ecr 8>"),
        ("window-=10", "P. 1:5(4) ack 1 win 65535 <nop,nop,TS val 7 ecr 8>"),
        ("flags=syn|fin", "FS 1:5(4) ack 1 win 9 <nop,nop,TS val 7 ecr 8>"),
        ("flags+=urg, urgent=3", "P.U 1:5(4) ack 1 win 9 urg 3 <nop,nop,TS val 7 ecr 8>"),
        ("flags-=psh|fin", ". 1:5(4) ack 1 win 9 <nop,nop,TS val 7 ecr 8>"),
        ("reserved=5", "P. 1:5(4) ack 1 win 9 reserved 5 <nop,nop,TS val 7 ecr 8>"),
        ("tsval+=3, tsecr=0", "P. 1:5(4) ack 1 win 9 <nop,nop,TS val 10 ecr 0>"),
        ("mss=536", "P. 1:5(4) ack 1 win 9 <nop,nop,TS val 7 ecr 8,mss 536>"),
        ("mss+=1", DATA),
        ("wscale=15", "P. 1:5(4) ack 1 win 9 <nop,nop,TS val 7 ecr 8,wscale 15,eol>"),
        ("remove TS", "P. 1:5(4) ack 1 win 9 <nop,nop,eol,eol>"),
        ("remove mss", DATA),
        ("add <sackOK>", "P. 1:5(4) ack 1 win 9 <nop,nop,TS val 7 ecr 8,sackOK,eol,eol>"),
        ("replace TS <mss 9>", "P. 1:5(4) ack 1 win 9 <nop,nop,mss 9,eol,eol>"),
        ("options=<>", "P. 1:5(4) ack 1 win 9"),
        ("truncate 1", "P. 1:2(1) ack 1 win 9 <nop,nop,TS val 7 ecr 8>"),
        ("truncate 9", DATA),
        ("corrupt 9 0xff", DATA),
    ],
)
def test_an_edit_changes_what_it_names(text: str, expected: str) -> None:
    packet = changed(text)
    assert shown(packet) == expected
    assert packet.checksum_ok
    assert packet.ip_checksum_ok


def test_a_length_octet_can_lie() -> None:
    packet = changed("garble TS length 3")
    assert packet.options_octets == bytes.fromhex("0101 0803 00000007 00000008")
    assert packet.checksum_ok


def test_octets_are_changed_by_xor_and_the_checksum_follows() -> None:
    assert changed("corrupt 1 0xff01").payload == b"a\x9dbd"
    assert changed("corrupt 3 0xff01").payload == b"abc\x9b"
    assert changed("corrupt 0 0x20").checksum_ok


def test_a_bad_checksum_is_wrong_whatever_it_was() -> None:
    assert not changed("checksum=bad").checksum_ok
    packet = changed("checksum=bad", DATA.replace(" <", " checksum 5 <"))
    assert packet.checksum == packet.right_checksum ^ 1
    assert changed("checksum=0xbeef").checksum == 0xBEEF


def test_a_checksum_that_was_wrong_stays_wrong() -> None:
    assert not changed("seq+=5, mss=5, truncate 1", DATA.replace(" <", " checksum 5 <")).checksum_ok


def test_fields_of_ip() -> None:
    packet = changed("ttl=1, tos=0xfc, ecn=3, ip-id=77, ip-flags=evil")
    assert (packet.ttl, packet.tos, packet.ip_id, packet.ip_flags) == (1, 0xFF, 77, 4)
    assert packet.ip_checksum_ok
    assert not changed("ip-checksum=bad").ip_checksum_ok
    assert not changed("ip-checksum=0").ip_checksum_ok


def test_what_ipv6_lacks_stays_untouched_there() -> None:
    packet = changed("ttl=1, ecn=3, ip-id=77, ip-flags=evil, ip-checksum=bad", world=WORLD6)
    assert (packet.ttl, packet.tos) == (1, 3)
    assert changed("ip-id=77, ip-flags=evil, ip-checksum=bad", world=WORLD6) == WORLD6.packet(
        Side.CLIENT, DATA, b"abcd"
    )


def test_a_data_offset_may_be_impossible() -> None:
    packet = changed("offset=3")
    assert packet.offset == 3
    assert len(packet.octets) == len(WORLD.packet(Side.CLIENT, DATA, b"abcd").octets)


def test_the_ports() -> None:
    packet = changed("sport=1, dport+=1")
    assert (packet.sport, packet.dport) == (1, 81)
    assert packet.checksum_ok


def test_what_a_header_cannot_hold_is_refused() -> None:
    with pytest.raises(WireError):
        changed("add <TS val 1 ecr 1,TS val 2 ecr 2,TS val 3 ecr 3>")


def test_checksums_are_told_apart_and_expressions_found() -> None:
    (rule,) = parse("any any: checksum=bad, seq=rcv.nxt, add <sack rcv.nxt:rcv.nxt+1>, truncate 1").rules
    bad, seq, add, cut = (action for action in rule.actions if isinstance(action, Change))
    assert [names_checksum(change) for change in (bad, seq, add, cut)] == [True, False, False, False]
    assert [[str(expr) for expr in expressions(change)] for change in (bad, seq, add, cut)] == [
        [],
        ["rcv.nxt"],
        ["rcv.nxt", "rcv.nxt+1"],
        [],
    ]
