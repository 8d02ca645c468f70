"""The line between faults that must be survived and faults that may kill, told by transcripts."""

import pytest

from tcpchaos.oracle import Oracle
from tcpchaos.seq import add
from tcpchaos.trace import Side
from tests.transcript import ISS, Playback, segment

OPEN = """
    client> S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>
    server> S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>
    client> . 1:1(0) ack 1 win 512 <nop,nop,TS val 101 ecr 700>
    client>x P. 1:6(5) ack 1 win 512 <nop,nop,TS val 102 ecr 700> "hello"
    server> P. 1:3(2) ack 1 win 512 <nop,nop,TS val 702 ecr 101> "ok"
"""
TS = "<nop,nop,TS val 102 ecr 700>"
SURVIVABLE = {
    "a copy of what was sent": f'P. 1:6(5) ack 1 win 512 {TS} "hello"',
    "a part of it": f'P. 3:5(2) ack 1 win 512 {TS} "ll"',
    "a wrong checksum": f'P. 1:6(5) ack 1 win 512 checksum 0x0bad {TS} "jello"',
    "a reset beside the exact number": "R 2:2(0) win 0",
    "a SYN inside the window": "S 9:9(0) win 0",
    "octets beyond the window": f'. 150000:150002(2) ack 1 win 512 {TS} "xx"',
    "a timestamp from the future beyond the window": ". 150000:150000(0) ack 1 win 512 <nop,nop,TS val 9999 ecr 700>",
    "octets without ACK": 'P 1:3(2) win 512 "xx"',
    "an acknowledgment of the future": f'P. 1:3(2) ack 90000 win 512 {TS} "xx"',
    "a stale timestamp": ". 1:1(0) ack 1 win 512 <nop,nop,TS val 99 ecr 700>",
    "an option of illegal length beyond the window": ". 150000:150000(0) ack 1 win 512 <mss 1460 length 0>",
    "another window": f". 1:1(0) ack 1 win 0 {TS}",
}
LETHAL = {
    "an exact reset": "R 1:1(0) win 0",
    "other octets": f'P. 1:6(5) ack 1 win 512 {TS} "jello"',
    "octets behind a window that may have grown": f'. 70000:70002(2) ack 1 win 512 {TS} "xx"',
    "octets that were never sent": f'P. 6:8(2) ack 1 win 512 {TS} "xx"',
    "a FIN that was never sent": f"F. 6:6(0) ack 1 win 512 {TS}",
    "an option of illegal length": f". 1:1(0) ack 1 win 512 {TS[:-1]},mss 1460 length 0>",
    "a timestamp half a circle away": f". 1:1(0) ack 1 win 512 <nop,nop,TS val {101 + 2**31} ecr 700>",
    "a timestamp from the future": ". 1:1(0) ack 1 win 512 <nop,nop,TS val 9999 ecr 700>",
    "an urgent mark that was never sent": f'PU. 1:6(5) ack 1 win 512 urg 2 {TS} "hello"',
}


@pytest.mark.parametrize("forged", SURVIVABLE.values(), ids=SURVIVABLE.keys())
def test_must_be_survived(forged: str) -> None:
    assert Playback(OPEN + f">server {forged}").verdict().faults == "survivable"


@pytest.mark.parametrize("forged", LETHAL.values(), ids=LETHAL.keys())
def test_may_kill(forged: str) -> None:
    assert Playback(OPEN + f">server {forged}").verdict().faults == "lethal"


def test_an_acknowledgment_of_what_was_lost_may_kill() -> None:
    text = OPEN + "server>x P. 3:5(2) ack 1 win 512 <nop,nop,TS val 703 ecr 101>"
    assert Playback(f"{text}\n>server . 1:1(0) ack 5 win 512 {TS}").verdict().faults == "lethal"
    assert Playback(f"{text}\n>server . 1:1(0) ack 3 win 512 {TS}").verdict().faults == "survivable"


SYN = "S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>"


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("mss 1460", "mss 536", "survivable"),
        ("sackOK", "nop,nop", "survivable"),
        (",nop,wscale 7", "", "survivable"),
        ("wscale 7", "wscale 8", "lethal"),
        ("S 0:0(0)", "S 5:5(0)", "lethal"),
        ("TS val 100", "TS val 101", "lethal"),
        ("mss 1460", "mss 1460 length 3", "lethal"),
        ("S 0:0(0)", "FS 0:0(0)", "lethal"),
        ("S 0:0(0)", "S 0:2(2)", "lethal"),
    ],
)
def test_an_edited_syn(old: str, new: str, faults: str) -> None:
    assert Playback(f"client>x {SYN}\n>server {SYN.replace(old, new)}").verdict().faults == faults


def test_what_came_with_a_syn_may_come_again_and_nothing_else() -> None:
    opened = '<mss 1460> "hi"'
    text = f"client>x FS 0:2(2) win 65535 {opened}\n>server FS 0:2(2) win 512 "
    assert Playback(text + opened).verdict().faults == "survivable"
    assert Playback(text + '<mss 1460> "ho"').verdict().faults == "lethal"
    assert Playback(text.replace(">server FS", ">server S") + opened).verdict().faults == "survivable"


def test_nothing_done_is_no_fault_and_a_loss_is_survivable() -> None:
    assert Playback(f"client> {SYN}").verdict().faults == "none"
    assert Playback(f"client>x {SYN}").verdict().faults == "survivable"


@pytest.mark.parametrize(("late_us", "faults"), [(0, "none"), (1, "survivable")])
def test_what_is_late_is_a_fault_though_nothing_came_in_between(late_us: int, faults: str) -> None:
    oracle, packet = Oracle(), segment(Side.CLIENT, SYN)
    connection = oracle.connection(Side.CLIENT, packet)
    oracle.sent(connection, Side.CLIENT, packet, 1000, 1)
    oracle.delivered(connection, Side.SERVER, packet, 1000 + late_us, 2, intact=True)

    assert oracle.faults == faults


def test_the_window_of_a_syn_counts_before_the_first_acknowledgment() -> None:
    text = f"client> {SYN}\nserver> S. 0:0(0) ack 1 win 65535 <mss 1460>"
    assert Playback(f'{text}\n>client P. 1:6(5) ack 1 win 512 "evil!"').verdict().faults == "lethal"


def test_a_reset_beside_the_exact_number_is_refused_as_soon_as_the_syn_ack_was_delivered() -> None:
    text = f"client> {SYN}\nserver> S. 0:0(0) ack 1 win 65535 <mss 1460>"
    assert Playback(f"{text}\n>client R 2:2(0) win 0").verdict().faults == "survivable"
    assert Playback(f"{text}\n>client R 1:1(0) win 0").verdict().faults == "lethal"
    # While the SYN-ACK may not have been taken in yet, an acknowledgment of the SYN is enough.
    assert Playback(f"{text}\n>client R. 2:2(0) ack 1 win 0").verdict().faults == "lethal"


def test_an_edited_syn_ack() -> None:
    syn_ack = "S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>"
    text = f"client> {SYN}\nserver>x {syn_ack}"
    assert Playback(f"{text}\n>client {syn_ack.replace('mss 1460', 'mss 10')}").verdict().faults == "survivable"
    assert Playback(f"{text}\n>client {syn_ack.replace('val 700', 'val 701')}").verdict().faults == "lethal"


@pytest.mark.parametrize("flags", ["S", "S.", "FS"])
def test_a_syn_in_the_window_ends_what_is_only_being_opened(flags: str) -> None:
    """RFC 9293, section 3.10.7.4, fourth: whoever was called goes back to LISTEN."""
    text = f"client> {SYN}\nserver> S. 0:0(0) ack 1 win 65535 <mss 1460>\nclient>x . 1:1(0) ack 1 win 512"
    ack = " ack -1" if "." in flags else ""
    inside = Playback(f"{text}\n>server {flags} 9:9(0){ack} win 512\n@9000")
    assert inside.verdict().faults == "lethal"
    assert inside.broken == []  # the SYN-ACK is not sent again
    assert Playback(f"{text}\n>server {flags} 99999:99999(0){ack} win 512\n@9000").broken == ["RT-13 server"]
    opened = text.replace("client>x", "client>") + "\nserver> P. 1:3(2) ack 1 win 512"
    assert Playback(f"{opened}\n>server {flags} 9:9(0){ack} win 512").verdict().faults == "survivable"


@pytest.mark.parametrize(("seq", "believed"), [(0, False), (1, True), (6, True), (70_000, False)])
def test_an_icmp_error_is_believed_that_quotes_what_is_in_flight(seq: int, believed: bool) -> None:
    playback = Playback(OPEN + f"client> . 6:6(0) ack 3 win 512 {TS}\n@2000")
    connection = playback.connection
    connection.warned(Side.CLIENT, 2_000_000, 99, fatal=True, seq=add(ISS[Side.CLIENT], seq))
    assert (connection.harmed is not None) == believed


def test_what_was_acknowledged_just_now_may_be_in_flight_as_yet() -> None:
    connection = Playback(OPEN).connection
    connection.warned(Side.CLIENT, 0, 99, fatal=True, seq=ISS[Side.CLIENT])
    assert connection.harmed == "an ICMP error"


@pytest.mark.parametrize(("ack", "faults"), [(1, "survivable"), (-99999, "lethal")])
def test_what_may_have_been_thrown_away_for_its_old_acknowledgment_leaves_room_for_other_octets(
    ack: int, faults: str
) -> None:
    story = f"""
        client> S 0:0(0) win 9999
        server> S. 0:0(0) ack 1 win 9999
        client> . 1:1(0) ack 1 win 9999
        server>x F. 1:1(0) ack 1 win 9999
        >client F. 1:1(0) ack {ack} win 9999
        >client P. 1:2(1) ack 1 win 9999 "x"
    """
    assert Playback(story).verdict().faults == faults
