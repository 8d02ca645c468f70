"""Rules about timers: each caught when its time has run out, silent when what is owed comes in the last moment.

An endpoint has room on top of what the law grants, since its machine may be busy.
"""

import pytest

from tcpchaos.oracle.debts import MACHINE_US
from tcpchaos.rfc.rules.owed_timers import timeout_us
from tcpchaos.trace import Side
from tests.rfc.rules.case import OPEN_WITH_OPTIONS, Case, assert_caught, assert_silent
from tests.rfc.rules.test_owed_answers import HALF_OPEN, TALKED
from tests.transcript import Playback

TS = "<nop,nop,TS val 102 ecr 700"
# The server reports twice 1448 octets beyond a hole, and a third time.
HOLE = (
    OPEN_WITH_OPTIONS
    + f"""
    server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 701 ecr 101>
    client>x . 1:1449(1448) ack 1 win 512 {TS}>
    client> . 1449:2897(1448) ack 1 win 512 {TS}>
    client> . 2897:4345(1448) ack 1 win 512 {TS}>
    client> . 4345:5793(1448) ack 1 win 512 {TS}>
    server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 702 ecr 101,nop,nop,sack 1449:2897>
    server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 702 ecr 101,nop,nop,sack 1449:4345>
"""
)
THIRD = "server> @100 . 1:1(0) ack 1 win 512 <nop,nop,TS val 702 ecr 101,nop,nop,sack 1449:5793>\n"
NEW = "<nop,nop,TS val 103 ecr 702>"
FILLED = f"client> @200 . 1:1449(1448) ack 1 win 512 {NEW}\n"
# The server's application reads what it was sent, or not; its window is shut.
SHUT = """
    client> S 0:0(0) win 65535
    server> S. 0:0(0) ack 1 win 5
    client> . 1:1(0) ack 1 win 65535
    client< wrote "hello world"
    client> P. 1:6(5) ack 1 win 65535
    server> . 1:1(0) ack 6 win 0
"""
READ = SHUT + 'server< read "hello"\nclient> @900 . 5:5(0) ack 1 win 65535\nserver> @900 . 1:1(0) ack 6 win 0\n'
AGAIN = (
    TALKED
    + """
    client> P. 5:8(3) ack 5 win 65535
    server> . 5:5(0) ack 5 win 65535
    client> @250 P. 5:8(3) ack 5 win 65535
    server> @250 . 5:5(0) ack 5 win 65535
    client> @700 P. 5:8(3) ack 5 win 65535
    server> @700 . 5:5(0) ack 5 win 65535
"""
)
WRITTEN = TALKED + 'client< wrote "1234567"\nserver< wrote "1234"\n'
TWO_SEGMENTS = TALKED + "client> . 5:1465(1460) ack 5 win 65535\nclient> @10 . 1465:2925(1460) ack 5 win 65535\n"


def in_time(rule: str, story: str, sends: str, last_ms: int, who: str = "client") -> Case:
    """What is owed is sent in the last moment, or not at all."""
    last_ms += MACHINE_US // 1000
    return rule, who, f"{story}\n@{last_ms + 1}", f"{story}\n{who}> @{last_ms} {sends}\n@{last_ms + 1}"


# An acknowledgment of what is on its way to be heard: it may have counted, and what is sent again begins behind it.
AHEAD = TALKED + ">client . 5:5(0) ack 6 win 65535\nclient>x P. 5:8(3) ack 5 win 65535\n"

CASES: list[Case] = [
    in_time("RT-02", TALKED + "client>x P. 5:8(3) ack 5 win 65535", "P. 5:8(3) ack 5 win 65535", 3000),
    # It has shown that it waits for 3 s: the next time for twice as long, and a third of that again.
    in_time(
        "RT-02",
        TALKED + "client>x P. 5:8(3) ack 5 win 65535\nclient>x @3000 P. 5:8(3) ack 5 win 65535",
        "P. 5:8(3) ack 5 win 65535",
        11000,
    ),
    # A round trip of 2 s was seen: five of them, and what an observer may have misjudged.
    in_time(
        "RT-02",
        TALKED
        + "client>x P. 5:8(3) ack 5 win 65535\n>server @1990 P. 5:8(3) ack 5 win 65535\n"
        + "server> @2000 . 5:5(0) ack 8 win 65535\nclient>x @2500 P. 8:9(1) ack 5 win 65535",
        "P. 8:9(1) ack 5 win 65535",
        13450,
    ),
    in_time("RT-11", TALKED + "client>x F. 5:5(0) ack 5 win 65535", "F. 5:5(0) ack 5 win 65535", 3000),
    in_time("HS-17", "client>x S 0:0(0) win 65535", "S 0:0(0) win 65535", 3000),
    in_time("RT-13", HALF_OPEN + "client>x . 1:1(0) ack 1 win 65535", "S. 0:0(0) ack 1 win 65535", 3000, "server"),
    in_time(
        "OP-15",
        HOLE + THIRD + FILLED + ">client @300 . 1:1(0) ack 1449 win 512",
        ". 1449:2897(1448) ack 1 win 512 <nop,nop,TS val 105 ecr 702>",
        3300,
    ),
    in_time("RT-08", HOLE + THIRD, f". 1:1449(1448) ack 1 win 512 {NEW}", 300),
    in_time("WF-04", SHUT + "@700", ". 5:5(0) ack 1 win 65535", 3700),
    in_time("RT-31", SHUT + "server> . 1:1(0) ack 6 win 65535\n@700", "P. 6:12(6) ack 1 win 65535", 3700),
    in_time("TL-01", TALKED + "client> P. 5:8(3) ack 5 win 65535", ". 5:5(0) ack 8 win 65535", 500, "server"),
    in_time(
        "TD-31",
        TALKED + "server> F. 5:5(0) ack 5 win 65535\nclient> P. 5:8(3) ack 6 win 65535",
        ". 6:6(0) ack 8 win 65535",
        500,
        "server",
    ),
    in_time("SA-14", TWO_SEGMENTS + "@200", ". 5:5(0) ack 2925 win 65535", 400, "server"),
    in_time("TL-02", AGAIN, ". 5:5(0) ack 8 win 65535", 1200, "server"),
    in_time("WF-13", READ, ". 1:1(0) ack 6 win 65535", 1400, "server"),
    (
        "RT-10",
        "client",
        WRITTEN + "client>x P. 5:8(3) ack 5 win 65535\nclient< ended timeout\n@99999",
        WRITTEN + "client> P. 5:8(3) ack 5 win 65535\nserver> . 5:5(0) ack 8 win 65535\nclient< ended timeout\n@2000",
    ),
    (
        "WF-06",
        "client",
        SHUT + "client>x @300 . 6:7(1) ack 1 win 65535\nclient< ended timeout\n@2000",
        SHUT + "client>x @300 . 6:7(1) ack 1 win 65535\n@2000",
    ),
    (
        "WF-06",
        "client",
        SHUT + "client>x @300 . 5:5(0) ack 1 win 65535\nclient< ended timeout\n@2000",
        SHUT.replace("hello world", "hello") + "client>x @300 . 5:5(0) ack 1 win 65535\nclient< ended timeout\n@2000",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


EXCUSED = {
    "a reset that may have been taken": TALKED + "client>x P. 5:8(3) ack 5 win 65535\n>client R 5:5(0) win 0\n@8500",
    "it ended the connection": TALKED + "client>x P. 5:8(3) ack 5 win 65535\nclient>x R. 8:8(0) ack 5 win 0\n@8500",
    "its application has aborted, which is under way": SHUT + "client< closed abort\n@700\n@8500",
    "the window is shut, and its application has not read": SHUT
    + "client> @900 . 5:5(0) ack 1 win 65535\nserver> @900 . 1:1(0) ack 6 win 0\n@3000",
    "it still recovers from an earlier loss": HOLE
    + f"client>x @50 . 1449:2897(1448) ack 1 win 512 {TS}>\n"
    + THIRD
    + FILLED
    + ">client @300 . 1:1(0) ack 1449 win 512\n"
    + "".join(f">client @300 . 1:1(0) ack 1449 win 512 <nop,nop,sack 2897:{end}>\n" for end in (4345, 5793, 5794))
    + "@2900",
    "a round trip that a forged echo may have made": OPEN_WITH_OPTIONS
    + f"""
    server> . 1:1(0) ack 1 win 512 <nop,nop,TS val 701 ecr 101>
    client> . 1:9(8) ack 1 win 512 {TS}>
    >client . 1:1(0) ack 5 win 512 <nop,nop,TS val 701 ecr 5>
    server> . 1:1(0) ack 5 win 512 <nop,nop,TS val 701 ecr 102>
    @8500""",
    "the fourth time would be later than it has to try": "client>x S 0:0(0) win 65535\n"
    "client>x @3000 S 0:0(0) win 65535\nclient>x @9000 S 0:0(0) win 65535\nclient>x @24000 S 0:0(0) win 65535\n@99000",
}


@pytest.mark.parametrize("story", EXCUSED.values(), ids=EXCUSED)
def test_silence_has_an_excuse(story: str) -> None:
    assert Playback(story).broken == []


def test_a_program_of_the_user_s_may_give_up_in_silence() -> None:
    story = Playback(TALKED + "client>x P. 5:8(3) ack 5 win 65535")
    story.oracle.circumstances.lasting = False
    story.oracle.look(90_000_000)
    assert story.broken == []


def test_a_listener_that_is_gone_sends_no_syn_ack() -> None:
    story = Playback(HALF_OPEN + "client>x . 1:1(0) ack 1 win 65535")
    story.oracle.circumstances.opening = False
    story.oracle.look(90_000_000)
    assert story.broken == []


def test_what_may_have_been_acknowledged_before_it_was_heard_is_not_waited_for() -> None:
    assert Playback(AHEAD + "client>x @300 P. 6:8(2) ack 5 win 65535\n@9000").broken == []
    goes_on = AHEAD + ">client @400 . 5:5(0) ack 7 win 65535\n@9000"
    assert Playback(goes_on).broken == ["RT-02 client"]


def test_a_probe_with_something_new_shows_how_long_it_waits() -> None:
    """It has waited for 3 s while the window was shut: the next time for twice as long, and a third of that again."""
    probed = SHUT + "server> . 1:1(0) ack 6 win 0\nclient>x @3000 P. 6:7(1) ack 1 win 65535\n"
    assert Playback(probed + "@12900").broken == []
    assert "RT-02 client" in Playback(probed + "@13100").broken


def test_what_was_heard_late_made_for_a_longer_round_trip() -> None:
    """A SYN that was heard after a stall may have been sent before it: so long its sender takes a round trip to be."""
    opened = "client> @5000 S 0:0(0) win 65535\nbeats {}\nserver> @5200 S. 0:0(0) ack 1 win 65535\n"
    opened += "client> @5200 . 1:1(0) ack 1 win 65535\nclient>x @5250 P. 1:3(2) ack 1 win 65535\n"
    story = opened.format(" ".join(str(ms) for ms in range(5000, 40_000, 100)))
    assert Playback("beats 4900\n" + story + "@11000").broken == ["RT-02 client"]
    assert Playback("beats 0 100\n" + story + "@11000").broken == []
    assert Playback("beats 0 100\n" + story + "@39000").broken == ["RT-02 client"]


def test_who_has_thrown_away_what_seemed_to_answer_its_syn_may_measure_from_the_first_one() -> None:
    """What it takes in the end echoes the timestamp of the first: a round trip of 3 s, and a first timeout of 9 s."""
    story = ""
    for second in range(4):
        story += f"client> @{second}000 S 0:0(0) win 9999 <mss 1460,nop,nop,TS val {second}000 ecr 0>\n"
        if second < 3:
            story += "server>x S. 0:0(0) ack 1 win 9999 <mss 1460,nop,nop,TS val 9 ecr 0>\n"
            story += ">client S. 0:0(0) ack 1 win 9999 <raw 02ff05b40101080a0000000900000000>\n"
    story += """
        server> S. 0:0(0) ack 1 win 9999 <mss 1460,nop,nop,TS val 9 ecr 0>
        client> . 1:1(0) ack 1 win 9999 <nop,nop,TS val 3001 ecr 9>
        client>x P. 1:3(2) ack 1 win 9999 <nop,nop,TS val 3002 ecr 9>
    """
    assert Playback(story + "@12200").broken == []
    assert Playback(story + "@60000").broken == ["RT-02 client"]


@pytest.mark.parametrize("excuse", ["error", "reset", "shutdown"])
def test_who_may_be_gone_owes_nothing(excuse: str) -> None:
    lost = TALKED + "client>x P. 5:8(3) ack 5 win 65535\n"
    assert Playback(lost + "@30000").broken == ["RT-02 client"]

    playback = Playback(lost + (">client R 5:5(0) win 0\n" if excuse == "reset" else ""))
    if excuse == "error":
        playback.connection.warned(Side.CLIENT, 1_000_000, 99, fatal=True)
    elif excuse == "shutdown":
        playback.connection.endpoint(Side.CLIENT).closed_at_us = 1_000_000
    playback._play("@30000")

    assert playback.broken == []


def test_what_was_heard_late_was_sent_earlier_and_is_waited_for_longer() -> None:
    client = Playback(AGAIN).connection.endpoint(Side.CLIENT)
    client.duties.waited_us = 10_000_000

    assert timeout_us(client) + 2 * 500_000 < timeout_us(client, late_us=500_000)
