"""Repetitions are counted as long as nothing explains them."""

from tcpchaos.rfc.silence import Repetition, Silence


def test_repetitions_keep_their_last_intervals() -> None:
    silence = Silence()
    for at_us in (10, 30, 70, 150, 310):
        silence.sent_again(7, at_us, 0)
    assert silence.again == {7: Repetition(5, 10, 310, 310, (40, 80, 160))}
    assert silence.active
    silence.heard(0)
    assert not silence.active


def test_what_was_heard_late_was_sent_earlier() -> None:
    silence = Silence()
    silence.sent_again(7, 900, 850)
    silence.sent_again(7, 1000, 0)
    silence.sent_again(7, 2000, 300)
    assert silence.again == {7: Repetition(3, 50, 1700, 2000, (100, 700))}


def test_only_so_many_segments_are_followed() -> None:
    silence = Silence()
    for position in range(100):
        silence.sent_again(position, position, 0)
    assert len(silence.again) == 16


def test_the_same_acknowledgment_counts_where_no_data_calls_for_it() -> None:
    silence = Silence()
    silence.heard(5)
    silence.sent_bare(True, 0, 0, 100)
    assert silence.repeats == 0
    for at_us in (10, 20, 30):
        silence.sent_bare(True, at_us, at_us, 100)
    assert (silence.repeats, silence.repeats_us, silence.answered) == (3, 10, False)
    silence.heard(0)
    assert silence.answered
    silence.sent_bare(True, 200, 200, 100)
    assert (silence.repeats, silence.answered) == (1, False)
    silence.sent_bare(False, 210, 210, 100)
    assert silence.repeats == 0


def test_what_comes_next_says_something_new_when_it_is_acknowledged() -> None:
    silence = Silence()
    silence.heard(5)
    silence.heard_the_next()
    silence.sent_bare(True, 0, 0, 100)
    assert silence.repeats == 1
