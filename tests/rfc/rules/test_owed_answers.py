"""Rules about answers: each caught when none comes in time, silent when it comes in the last moment.

An endpoint has room on top of what the law grants, since its machine may be busy.
"""

import pytest

from tcpchaos.oracle import Oracle
from tcpchaos.oracle.debts import MACHINE_US
from tests.rfc.rules.case import OPEN, OPEN_WITH_OPTIONS, Case, assert_caught, assert_silent
from tests.transcript import Playback

# Both endpoints have shown that they are in ESTABLISHED.
TALKED = (
    OPEN
    + """
    client> P. 1:3(2) ack 1 win 65535
    server> P. 1:3(2) ack 3 win 65535
    client> P. 3:4(1) ack 3 win 65535
    server> P. 3:4(1) ack 4 win 65535
    client> P. 4:5(1) ack 4 win 65535
    server> P. 4:5(1) ack 5 win 65535
    client> . 5:5(0) ack 5 win 65535
"""
)
HALF_OPEN = """
    client> S 0:0(0) win 65535
    server> S. 0:0(0) ack 1 win 65535
"""
SHUT = """
    client> S 0:0(0) win 65535
    server> S. 0:0(0) ack 1 win 5
    client> . 1:1(0) ack 1 win 65535
    client> P. 1:6(5) ack 1 win 65535
    server> . 1:1(0) ack 6 win 0
    client> @900 . 6:7(1) ack 1 win 65535
"""
PAST = (
    OPEN_WITH_OPTIONS
    + """
    client> P. 1:3(2) ack 1 win 512 <nop,nop,TS val 200 ecr 700>
    server> . 1:1(0) ack 3 win 512 <nop,nop,TS val 800 ecr 200>
    >server @900 P. 3:8(5) ack 1 win 65535 <nop,nop,TS val 150 ecr 700> "hello"
"""
)
STAMPED = (
    OPEN_WITH_OPTIONS
    + """
    client> P. 1:3(2) ack 1 win 512 <nop,nop,TS val 200 ecr 700>
    server> . 1:1(0) ack 3 win 512 <nop,nop,TS val 800 ecr 200>
"""
)
OLD_TWICE = STAMPED + ">server @900 . 2:2(0) ack 1 win 512 <nop,nop,TS val 150 ecr 700>"
CLOSED = (
    TALKED
    + """
    server> F. 5:5(0) ack 5 win 65535
    client> F. 5:5(0) ack 6 win 65535
    server> . 6:6(0) ack 6 win 65535
    >server @900 F. 5:5(0) ack 6 win 65535
"""
)


def answered(rule: str, story: str, answer: str, last_ms: int, who: str = "server") -> Case:
    """The answer comes in the last moment, or not at all."""
    last_ms += MACHINE_US // 1000
    return rule, who, f"{story}\n@{last_ms + 1}", f"{story}\n{who}> @{last_ms} {answer}\n@{last_ms + 1}"


CASES: list[Case] = [
    answered("HS-12", ">server . 1:1(0) ack 5 win 65535", "R 5:5(0) win 0", 200),
    answered("HS-12", TALKED + "client> R. 5:5(0) ack 5\n>client . 5:5(0) ack 5 win 65535", "R 5:5(0)", 200, "client"),
    answered("HS-11", "client> S 0:0(0) win 65535", "S. 0:0(0) ack 1 win 65535", 200),
    answered("HS-11", "client> S 0:0(0) win 65535", "R. 40:40(0) ack 1 win 0", 200),
    answered(
        "HS-34", "client>x S 0:0(0) win 65535\n>client S. 0:0(0) ack 70 win 65535", "R 70:70(0) win 0", 200, "client"
    ),
    answered(
        "HS-31", "client>x S 0:0(0) win 65535\n>client S 0:0(0) win 65535", "S. 0:0(0) ack 1 win 65535", 200, "client"
    ),
    answered("HS-32", HALF_OPEN, ". 1:1(0) ack 1 win 65535", 500, "client"),
    answered("HS-13", HALF_OPEN + ">server . 900000:900000(0) ack 1 win 65535", ". 1:1(0) ack 1 win 65535", 200),
    answered("HS-33", HALF_OPEN + ">server . 1:1(0) ack 70 win 65535", "R 70:70(0) win 0", 200),
    answered("SA-08", TALKED + ">server P. 900000:900005(5) ack 5 win 65535", ". 5:5(0) ack 5 win 65535", 200),
    answered("SA-08", TALKED + ">server P. 3:4(1) ack 5 win 65535", ". 5:5(0) ack 5 win 65535", 200),
    answered("SA-08", TALKED + ">server . 4:4(0) ack 5 win 65535", ". 5:5(0) ack 5 win 65535", 200),
    answered("WF-08", SHUT, ". 1:1(0) ack 6 win 0", 1400),
    answered("SA-31", TALKED + ">server . 5:5(0) ack 900000 win 65535", ". 5:5(0) ack 5 win 65535", 200),
    answered("SA-12", TALKED + ">server P. 6:9(3) ack 5 win 65535", ". 5:5(0) ack 5 win 65535", 200),
    answered("SA-32", TALKED + ">server S 70:70(0) win 65535", ". 5:5(0) ack 5 win 65535", 200),
    answered("RS-31", TALKED + ">server R 70:70(0) win 0", ". 5:5(0) ack 5 win 65535", 200),
    answered("OP-51", PAST, ". 1:1(0) ack 3 win 512 <nop,nop,TS val 801 ecr 200>", 1100),
    answered("OP-52", OLD_TWICE, ". 1:1(0) ack 3 win 512 <nop,nop,TS val 801 ecr 200>", 1100),
    answered("TD-03", TALKED + "client> F. 5:5(0) ack 5 win 65535", ". 5:5(0) ack 6 win 65535", 500),
    answered("TD-06", CLOSED, ". 6:6(0) ack 6 win 65535", 1100),
    answered("TD-06", CLOSED, "R 6:6(0) win 0", 1100),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_catches(case: Case) -> None:
    assert_caught(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_rule_is_silent(case: Case) -> None:
    assert_silent(case)


EXCUSED = {
    "another acknowledgment was sent within half a second": TALKED
    + """
    client> P. 5:6(1) ack 5 win 65535
    server> @100 . 5:5(0) ack 6 win 65535
    >server @600 R 70:70(0) win 0
    """,
    "it sent its SYN-ACK again within half a second": HALF_OPEN
    + """
    server>x @1000 S. 0:0(0) ack 1 win 65535
    >server @1500 . 900000:900000(0) ack 1 win 65535
    client> @1500 . 1:1(0) ack 1 win 65535
    """,
    "a wrong checksum": TALKED + ">server P. 3:4(1) ack 5 win 65535 checksum 0xbad",
    "a signature that nobody asked for": TALKED + ">server P. 3:4(1) ack 5 win 65535 <raw 1312" + "00" * 16 + ">",
    "a reset that may have been taken": TALKED + ">server P. 3:4(1) ack 5 win 65535\n>server R 5:5(0) win 0",
    "the FIN does not fit into the window": TALKED
    + "client> P. 5:8(3) ack 5 win 65535\nserver> . 5:5(0) ack 8 win 0\n>server F. 8:8(0) ack 5 win 65535",
    "an octet is missing before the FIN": TALKED
    + ">server @0 F. 6:6(0) ack 5 win 65535\nserver> . 5:5(0) ack 5 win 65535",
    "an acknowledgment of the far past": TALKED + ">server P. 7:9(2) ack -900000 win 65535",
    "a FIN that acknowledges nothing that was ever sent": TALKED + ">server F. 5:5(0) ack 0 win 65535",
    "a SYN that may be one of a queue that is full": "client> S 0:0(0) win 65535\nclient> R 1:1(0) win 65535\n"
    "server> R. 40:40(0) ack 1 win 0\nclient> S 500:500(0) win 65535",
}


@pytest.mark.parametrize("story", EXCUSED.values(), ids=EXCUSED)
def test_silence_has_an_excuse(story: str) -> None:
    assert Playback(f"{story}\n@3700").broken == []


def test_in_virtual_time_an_endpoint_has_no_room() -> None:
    assert Playback(HALF_OPEN + "@500", Oracle(room_us=0)).broken == []
    assert Playback(HALF_OPEN + "@501", Oracle(room_us=0)).broken == ["HS-32 client"]


def test_a_segment_that_paws_may_refuse_need_not_be_taken_in() -> None:
    story = OPEN_WITH_OPTIONS + "server> P. 1:3(2) ack 1 win 512 <nop,nop,TS val 701 ecr 101>\n"
    fin = "client> F. 1:1(0) ack 3 win 512 <nop,nop,TS val 102 ecr 700>\n@9000"
    newer = "client> . 1:1(0) ack 3 win 512 <nop,nop,TS val 103 ecr 700>\n"
    assert "TD-03 server" in Playback(story + fin).broken
    assert "TD-03 server" not in Playback(story + newer + fin).broken


def test_a_syn_whose_options_cannot_be_read_may_be_dropped() -> None:
    syn = "client>x S 0:0(0) win 65535 <mss 1460>\n>server S 0:0(0) win 65535 <mss 1460{}>\n@9000"
    assert "HS-11 server" not in Playback(syn.format(" length 1")).broken
    assert "HS-11 server" in Playback(syn.format("")).broken


def test_what_is_old_by_number_and_timestamp_breaks_no_other_rule() -> None:
    assert Playback(OLD_TWICE + "\n@9000").broken == ["OP-52 server"]
    young = STAMPED + ">server @900 . 2:2(0) ack 1 win 512 <nop,nop,TS val 200 ecr 700>"
    assert Playback(young + "\n@9000").broken == ["SA-08 server"]
    octets = STAMPED + ">server @900 P. 1:3(2) ack 1 win 512 <nop,nop,TS val 150 ecr 700>"
    assert "SA-08 server" in Playback(octets + "\n@9000").broken
    throttled = OLD_TWICE.replace("@900", "@400")
    assert Playback(throttled + "\n@9000").broken == []
