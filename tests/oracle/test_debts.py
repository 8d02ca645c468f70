"""Deadlines: what is late is seen at the next look, once; and no time counts in which nobody attended to anything."""

import pytest

from tcpchaos.oracle import Oracle
from tcpchaos.oracle.conversation import Conversation
from tcpchaos.oracle.debts import BEAT_US, NEVER_US, Circumstances, Stalls
from tcpchaos.trace import Side
from tests.rfc.rules.test_owed_answers import HALF_OPEN, TALKED
from tests.transcript import Playback

UNANSWERED = TALKED + ">server P. 3:4(1) ack 5 win 65535\n"


def test_a_debt_is_condemned_once_where_it_was_made() -> None:
    story = Playback(UNANSWERED + "@2300\n@9000")
    [finding] = story.verdict().findings
    assert (finding.rule, str(finding.blame), finding.tier, finding.times) == ("SA-08", "server", "soft", 1)
    assert finding.frame == story.connection.last_frame
    assert finding.expected == "an acknowledgment within 200 ms"
    assert finding.observed == "nothing of the kind for 2,300 ms"


def test_the_next_segment_of_the_connection_is_a_look_too_and_does_not_settle_what_is_late() -> None:
    assert Playback(UNANSWERED + "server> @2201 . 5:5(0) ack 5 win 65535").broken == ["SA-08 server"]
    assert Playback(UNANSWERED + "client> @2200 . 5:5(0) ack 5 win 65535").broken == []


def test_a_look_tells_when_the_last_debt_is_due() -> None:
    story = Playback(UNANSWERED)
    assert story.oracle.look(0) == 2_200_000
    assert story.oracle.look(2_200_001) is None
    assert Playback(TALKED).oracle.look(0) is None
    assert Playback(HALF_OPEN).oracle.look(0) == 5_000_000


def test_endpoints_that_are_known_to_have_no_connection_owe_answers_at_most() -> None:
    story = Playback(TALKED + "client>x P. 5:8(3) ack 5 win 65535")
    assert story.oracle.look(90_000_000, at_rest=True) is None
    assert story.broken == []


def test_on_one_s_own_in_the_middle_of_a_line_nothing_is_owed() -> None:
    assert Playback(UNANSWERED + "@9000", Oracle(vantage="one")).broken == []
    assert Playback(UNANSWERED, Oracle(vantage="one")).connection.debts.next_us == NEVER_US


def test_where_nobody_knows_how_late_anything_was_nothing_is_late() -> None:
    assert Playback(UNANSWERED + "@9000", Oracle(room_us=None)).broken == []


def test_nothing_is_asked_of_a_connection_once_there_is_another_between_its_ports() -> None:
    assert Playback(UNANSWERED + "client>x S 5000:5000(0) win 9\n@4000").broken == []


@pytest.mark.parametrize(
    ("beats", "broken"), [((), ["SA-08 server"]), ((0, 1900), []), (range(0, 2300, 100), ["SA-08 server"])]
)
def test_a_stall_is_nobody_s_fault(beats: range | tuple[int, ...], broken: list[str]) -> None:
    story = Playback(UNANSWERED)
    for ms in beats:
        story.oracle.circumstances.stalls.beat(ms * 1000)
    story.oracle.look(2_201_000)
    assert story.broken == broken


def test_a_stall_is_what_is_missing_of_regular_beats() -> None:
    stalls = Stalls()
    assert stalls.lost_us(0, 5_000_000) == 0  # nobody has promised to attend
    for now_us in (0, BEAT_US, 10 * BEAT_US, 11 * BEAT_US):
        stalls.beat(now_us)
    assert stalls.lost_us(0, 11 * BEAT_US) == 8 * BEAT_US
    assert stalls.lost_us(10 * BEAT_US, 11 * BEAT_US) == 0
    assert stalls.lost_us(10 * BEAT_US, 13 * BEAT_US) == 0
    assert stalls.lost_us(10 * BEAT_US, 20 * BEAT_US) == 8 * BEAT_US


def test_what_is_heard_after_a_stall_may_have_waited_since_it_began() -> None:
    stalls = Stalls()
    assert stalls.late_us(5_000_000) == 0  # who says nothing of how it attends is never late
    for now_us in (0, BEAT_US):
        stalls.beat(now_us)
    assert stalls.late_us(BEAT_US + 5) == 2 * BEAT_US
    assert stalls.late_us(10 * BEAT_US) == 9 * BEAT_US
    stalls.beat(10 * BEAT_US)
    assert stalls.late_us(10 * BEAT_US) == stalls.late_us(11 * BEAT_US) - BEAT_US == 9 * BEAT_US
    stalls.beat(11 * BEAT_US)
    stalls.beat(12 * BEAT_US)
    assert stalls.late_us(13 * BEAT_US) == 2 * BEAT_US


def test_what_has_waited_to_be_heard_is_late_by_as_much() -> None:
    stalls = Stalls()
    stalls.beat(0)
    stalls.beat(BEAT_US, 300_000)
    assert stalls.late_us(BEAT_US + 5) == 2 * BEAT_US + 300_000
    stalls.beat(2 * BEAT_US)
    assert stalls.late_us(2 * BEAT_US + 5) == 2 * BEAT_US


def test_the_worst_that_was_heard_late_is_remembered() -> None:
    stalls = Stalls()
    assert stalls.worst_us(0) == 0
    for at_us, waiting_us in ((0, 0), (BEAT_US, 700_000), (2 * BEAT_US, 300_000), (3 * BEAT_US, 0)):
        stalls.beat(at_us, waiting_us)
    assert [stalls.worst_us(beat * BEAT_US) for beat in (0, 1, 2, 3)] == [700_000, 700_000, 300_000, 0]
    stalls.beat(13 * BEAT_US)
    assert stalls.worst_us(0) == 10 * BEAT_US


def test_only_so_many_stalls_are_remembered() -> None:
    stalls = Stalls()
    for number in range(3000):
        stalls.beat(number * 10 * BEAT_US)
    assert stalls.lost_us(0, 0) == 1024 * 9 * BEAT_US


def test_what_an_application_does_that_tells_nothing_is_not_known() -> None:
    talk = Conversation(silent=Side.SERVER)
    around = Circumstances({(1, 2): talk}, room_us=0)
    assert around.account((1, 2), Side.CLIENT) is talk.account(Side.CLIENT)
    assert around.account((1, 2), Side.SERVER) is None
    assert around.account((1, 3), Side.CLIENT) is None
