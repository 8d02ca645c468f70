"""Known deviations cover what they say they cover, for the stack that they name, and nothing else."""

import pytest

from tcpchaos.oracle import Oracle
from tcpchaos.rfc import LAW
from tcpchaos.rfc.deviations import DEVIATIONS, Deviation
from tests.transcript import Playback


def handshake(mss: int) -> str:
    return f"client> S 0:0(0) win 9\nserver> S. 0:0(0) ack 1 win 9999 <mss {mss}>\n"


LINUX = ("linux 6.18", "linux 6.18")

CROSSED = """
    client>x S 0:0(0) win 9
    server>x S 0:0(0) win 9
    >client S 0:0(0) win 9
    >server S 0:0(0) win 9
    client>x S. 0:0(0) ack 1 win 9
    >server S. 0:0(0) ack 0 win 9
"""
SCALED = """
    {} 0:0(0) win 9 <wscale 7>
    {} 0:0(0) win 9 <wscale 7>
    {} 0:0(0) win 9 <wscale 7>
    {} 0:0(0) win 9 <wscale 7>
    {} 0:0(0) ack 1 win 9 <wscale 7>
    {} 0:0(0) ack 1 win 9 <wscale 7>
"""
FIN_FIRST = """
    client> S 0:0(0) win 9999 <sackOK>
    server> S. 0:0(0) ack 1 win 9999 <sackOK>
    client> . 1:1(0) ack 1 win 9999
    server> . 1:1(0) ack 1 win 9999
    client>x P. 1:21(20) ack 1 win 9999
    client> F. 21:23(2) ack 1 win 9999
    client> P. 1:21(20) ack 1 win 9999
"""
SACK = "server> . 1:1(0) ack {} win 9975 <nop,nop,sack {}>"
TIME_WAIT = """
    client> S 0:0(0) win 9999
    server> S. 0:0(0) ack 1 win 9999
    client> F. 1:1(0) ack 1 win 9999
    server> F. 1:1(0) ack 2 win 9998
    client> . 2:2(0) ack 2 win 9998
"""
CLOSING = """
    client> S 0:0(0) win 65535
    server> S. 0:0(0) ack 1 win 65535
    client>x F. 1:1(0) ack 1 win 65535
    server>x F. 1:1(0) ack 1 win 65535
    >client F. 1:1(0) ack 1 win 65535
    >server F. 1:1(0) ack 1 win 65535
    client>x . 2:2(0) ack 2 win 65535
    server> . 2:2(0) ack 2 win 65535
    >server F. 1:1(0) ack 2 win 65535
"""
STAMPED = """
    client> S 0:0(0) win 9999 <mss 1460,TS val 100 ecr 0>
    server> S. 0:0(0) ack 1 win 9999 <mss 1460,TS val 700 ecr 100>
    client> . 1:1(0) ack 1 win 9999 <TS val 101 ecr 700>
    client> P. 1:3(2) ack 1 win 9999 <TS val 200 ecr 700>
    server> . 1:1(0) ack 3 win 9999 <TS val 800 ecr 200>
    >server @900 . 2:2(0) ack 1 win 9999 <TS val 150 ecr 700>
"""
CASES = {
    "linux-crossed-syn-793": (CROSSED + "server> P. 1:3(2) ack 1 win 9", "server> . 1:1(0) ack 70 win 9"),
    "linux-crossed-syn-options": (
        "client>x S 0:0(0) win 9 <wscale 7>\n>client S 0:0(0) win 9\nclient>x S. 0:0(0) ack 1 win 9 <wscale 7>",
        "client> . 1:1(0) ack 70 win 9",
    ),
    "linux-crossed-syn-window": (
        SCALED.format("client>x S", "server>x S", ">client S", ">server S", "client> S.", "server> S.")
        + "client= ESTABLISHED snd_wnd=1152",
        "client= ESTABLISHED snd_wscale=3 rcv_wscale=3",
    ),
    "linux-fin-leaves-sack": (FIN_FIRST + SACK.format(24, "21:24"), SACK.format(24, "3:9")),
    "linux-fin-again": (CLOSING + "@9000", ">server . 2:2(0) ack 1 win 65535\nserver> . 2:2(0) ack 3 win 65535"),
    "linux-least-segment": (handshake(10) + "client> P. 1:49(48) ack 1 win 9", "client> P. 1:50(49) ack 1 win 9"),
    "linux-no-memory": (
        handshake(1460) + "client> @900 P. 1:101(100) ack 1 win 9\nserver> . 1:1(0) ack 1 win 0",
        "server> . 1:1(0) ack 101 win 0",
    ),
    "linux-old-ack": (
        handshake(536)
        + "client> . 1:1(0) ack 1 win 9\nserver> P. 1:3(2) ack 1 win 9999\nclient> . 1:1(0) ack 3 win 9\n"
        + ">server P. 1:6(5) ack -90 win 9\nserver> . 3:3(0) ack 6 win 9994",
        "server> . 3:3(0) ack 70 win 9",
    ),
    "linux-old-twice": (STAMPED + "@9000", ">server P. 1:3(2) ack 1 win 9999 <TS val 150 ecr 700>\n@9000"),
    "linux-time-wait-syn": (
        TIME_WAIT + ">client FS 90000:90000(0) win 9998\n@20\nclient= CLOSED",
        ">client FS -90000:-90000(0) win 9998\n@20\nclient= CLOSED",
    ),
    "linux-time-wait-window": (TIME_WAIT + "client> @900 . 2:2(0) ack 2 win 9", "client> @900 . 2:2(0) ack 70 win 9"),
}


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: deviation.id)
def test_a_deviation_covers_its_case_for_its_stack(deviation: Deviation) -> None:
    identity = deviation.id
    covered, beyond = CASES[identity]
    verdict = Playback(covered, Oracle(stacks=LINUX)).verdict()
    assert [finding.known for finding in verdict.findings] == [identity]
    assert verdict.outcome == "pass"
    assert Playback(covered).verdict().outcome == "violation"
    assert Playback(covered, Oracle(stacks=LINUX, strict=True)).verdict().outcome == "violation"
    opening = covered.rsplit("\n", 1)[0]
    assert Playback(f"{opening}\n{beyond}", Oracle(stacks=LINUX)).verdict().outcome == "violation"


@pytest.mark.parametrize(("ahead", "outcome"), [(1, "pass"), (2**31, "pass"), (2**31 + 1, "violation")])
def test_half_a_circle_ahead_is_newer_for_a_kernel_in_time_wait(ahead: int, outcome: str) -> None:
    covered, _ = CASES["linux-time-wait-syn"]
    story = covered.replace("FS 90000:90000", f"FS {2 + ahead}:{2 + ahead}")
    assert story != covered
    assert Playback(story, Oracle(stacks=LINUX)).verdict().outcome == outcome


def test_what_is_known_hides_nothing_that_is_not() -> None:
    covered, beyond = CASES["linux-least-segment"]
    verdict = Playback(f"{covered}\n{covered.splitlines()[-1]}\n{beyond}", Oracle(stacks=LINUX)).verdict()
    assert [(finding.known, finding.times) for finding in verdict.findings] == [("linux-least-segment", 2), (None, 1)]
    assert len({(finding.rule, finding.connection, finding.blame) for finding in verdict.findings}) == 1
    assert verdict.outcome == "violation"


def test_the_syn_ack_of_crossed_syns_may_leave_after_another_answer_was_delivered() -> None:
    crossed = "client>x S 0:0(0) win 9 <TS val 1 ecr 0>\n>client S 5:5(0) win 9\n>client S. 0:0(0) ack 1 win 9\n"
    play = Playback(f"{crossed}client> S. 0:0(0) ack 6 win 9 <TS val 1 ecr 0>", Oracle(stacks=LINUX))
    assert ("HS-21", "linux-crossed-syn-options") in {(each.rule, each.known) for each in play.verdict().findings}


def test_crossed_syns_are_known_of_what_a_kernel_says_of_itself_too() -> None:
    moves = "server= SYN-RECEIVED -> ESTABLISHED"
    (finding,) = Playback(CROSSED + moves, Oracle(stacks=LINUX)).verdict().findings
    assert (finding.rule, finding.known) == ("ST-02", "linux-crossed-syn-793")
    accepts = "client> S 0:0(0) win 9\nserver>x S. 0:0(0) ack 1 win 9\n" + moves
    (finding,) = Playback(accepts, Oracle(stacks=LINUX)).verdict().findings
    assert (finding.rule, finding.known) == ("ST-02", None)


def test_crossed_syns_are_known_of_what_a_kernel_shows_of_itself_too() -> None:
    shown = CROSSED.replace("client>x S.", "server>x S. 0:0(0) ack 1 win 9\n    client>x S.") + "server= ESTABLISHED"
    (finding,) = Playback(shown, Oracle(stacks=LINUX)).verdict().findings
    assert (finding.rule, finding.known) == ("HS-15", "linux-crossed-syn-793")


def test_where_syns_have_crossed_a_window_that_is_shifted_unasked_is_known_to_shrink() -> None:
    shifted = """
        client>x S 0:0(0) win 9999 <wscale 7>
        server>x S 0:0(0) win 9999 <wscale 7>
        >client S 0:0(0) win 9999 <wscale 7>
        >server S 0:0(0) win 9999
        server> S. 0:0(0) ack 1 win 9999
        client> S. 0:0(0) ack 1 win 9999
        server> @900 . 1:1(0) ack 1 win 78
    """
    (finding,) = Playback(shifted, Oracle(stacks=LINUX)).verdict().findings
    assert (finding.rule, finding.known) == ("WF-01", "linux-crossed-syn-window")


def test_a_window_that_was_shut_for_want_of_memory_is_opened_again_with_less() -> None:
    shut = handshake(1460) + "client> P. 1:101(100) ack 1 win 9\nserver> . 1:1(0) ack 1 win 0\n"
    again = "client> @900 P. 1:101(100) ack 1 win 9\nserver> . 1:1(0) ack 101 win 50"
    (finding,) = Playback(shut + again, Oracle(stacks=LINUX)).verdict().findings
    assert (finding.rule, finding.known) == ("WF-01", "linux-no-memory")


@pytest.mark.parametrize(
    ("stack", "departs"),
    [("linux 6.13", False), ("linux 6.14", True), ("linux 7.0.1", True), ("linux", True), ("lwip", False)],
)
def test_a_deviation_begins_with_a_version(stack: str, departs: bool) -> None:
    (finding,) = Playback(CASES["linux-old-twice"][0], Oracle(stacks=(stack, stack))).verdict().findings
    assert (finding.rule, finding.known is not None) == ("OP-52", departs)


def test_deviations_name_rules_that_exist_and_say_why() -> None:
    ids = {rule.id for rule in LAW}
    for deviation in DEVIATIONS:
        assert deviation.rules <= ids
        assert deviation.reason
        assert deviation.reference
