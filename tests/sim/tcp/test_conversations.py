"""Whole conversations of two endpoints: whatever the link does, the octets arrive, both end, and no law is broken."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcpchaos.sim.tcp import Settings
from tcpchaos.trace import Side
from tcpchaos.wire import Packet
from tests.sim.tcp.pair import Pair, Talker

MOST_STEPS = 20_000
# What becomes of a segment: mostly nothing.
fates = st.sampled_from([[0]] * 12 + [[], [], [12_000], [40_000], [0, 0], [0, 30_000], [7_000, 250_000]])


@st.composite
def setups(draw: st.DrawFn) -> Settings:
    return Settings(
        sack=draw(st.booleans()),
        timestamps=draw(st.booleans()),
        wscale=draw(st.sampled_from([None, 0, 3, 14])),
        nodelay=draw(st.booleans()),
        receive_buffer=draw(st.sampled_from([100, 1500, 6000, 262_144])),
        send_buffer=draw(st.sampled_from([500, 100_000])),
        mss=draw(st.sampled_from([None, 88, 536])),
        timestamp_offset=draw(st.sampled_from([1_000, 2**32 - 1_010])),
        delayed_ack_us=draw(st.sampled_from([0, 40_000])),
        msl_us=15_000_000,
    )


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    size = draw(st.sampled_from([0, 1, 300, 4_000]))
    return bytes((7 * n + n // 251) % 256 for n in range(size))


def talk(pair: Pair, talkers: tuple[Talker, Talker]) -> None:
    """Let both applications do their part until nothing happens any more."""
    for _ in range(MOST_STEPS):
        for talker in talkers:
            talker.act()
        pair.collect()
        waits = [at for talker in talkers if (at := talker.waits_until) is not None]
        due = pair.due()
        if waits and (due is None or min(waits) < due):
            pair.now_us = max(pair.now_us, min(waits))
        elif not pair.step():
            return
    raise AssertionError(f"no end after {MOST_STEPS} steps: {pair.states}")


@settings(max_examples=150, suppress_health_check=[HealthCheck.data_too_large])
@given(
    st.tuples(setups(), setups()),
    st.tuples(texts(), texts()),
    st.lists(fates, max_size=60),
    st.sampled_from([4, 6]),
    st.booleans(),
    st.tuples(st.sampled_from([1, 50, 9_000]), st.sampled_from([1, 50, 9_000])),
    st.tuples(st.sampled_from([0, 0, 20_000]), st.sampled_from([0, 0, 20_000])),
)
def test_octets_arrive_and_both_end(
    setup: tuple[Settings, Settings],
    text: tuple[bytes, bytes],
    fate: list[list[int]],
    family: int,
    crossed: bool,
    chunk: tuple[int, int],
    pause: tuple[int, int],
) -> None:
    drawn = iter(fate)
    pair = Pair(setup, fate=lambda side, number, packet: next(drawn, [0]), family=family, crossed=crossed)
    talkers = tuple(
        Talker(pair, side, text[side], chunk=max(chunk[side], len(text[side]) // 60), read=9_000, every_us=pause[side])
        for side in Side
    )
    talk(pair, (talkers[0], talkers[1]))
    assert pair.states == ("CLOSED", "CLOSED")
    assert [end.error for end in pair.ends] == [None, None]
    assert bytes(talkers[0].heard) == text[1]
    assert bytes(talkers[1].heard) == text[0]
    assert pair.broken == []


# Lost by its number among those of its side.
def losing(**numbers: int) -> Any:
    lost = {(side, numbers[str(side)]) for side in Side if str(side) in numbers}

    def fate(side: Side, number: int, packet: Packet) -> list[int]:
        return [] if (side, number) in lost else [0]

    return fate


def test_crossed_opening_takes_four_segments() -> None:
    pair = Pair((PLAIN, PLAIN), crossed=True).run()
    assert pair.states == ("ESTABLISHED", "ESTABLISHED")
    assert pair.ladder == [
        "c> S 0:0(0) win 65535 <mss 1460>",
        "s> S 0:0(0) win 65535 <mss 1460>",
        "s> S. 0:0(0) ack 1 win 65535 <mss 1460>",
        "c> S. 0:0(0) ack 1 win 65535 <mss 1460>",
    ]
    assert pair.broken == []


PLAIN = Settings(sack=False, timestamps=False, wscale=None, msl_us=15_000_000)


@pytest.mark.parametrize(
    "lost", [{"client": 1}, {"server": 1}, {"client": 2}, {"server": 2}, {"client": 2, "server": 2}]
)
@pytest.mark.parametrize("crossed", [False, True])
def test_opening_survives_any_loss(lost: dict[str, int], crossed: bool) -> None:
    pair = Pair((PLAIN, PLAIN), fate=losing(**lost), crossed=crossed).run(10_000_000)
    pair.send(Side.CLIENT, b"to").send(Side.SERVER, b"fro").run(10_000_000)
    assert pair.states == ("ESTABLISHED", "ESTABLISHED")
    assert pair.ends[1].receive(9, pair.now_us) == b"to"
    assert pair.ends[0].receive(9, pair.now_us) == b"fro"
    assert pair.broken == []


@pytest.mark.parametrize(
    "lost", [{}, {"client": 3}, {"server": 2}, {"client": 4}, {"server": 3}, {"client": 3, "server": 2}]
)
@pytest.mark.parametrize("both", [False, True])
def test_closing_survives_any_loss(lost: dict[str, int], both: bool) -> None:
    pair = Pair((PLAIN, PLAIN), fate=losing(**lost)).run(10_000_000)
    pair.ends[0].close(pair.now_us)
    if both:
        pair.ends[1].close(pair.now_us)
    pair.collect()
    if not both:
        pair.run(10_000_000)
        pair.ends[1].close(pair.now_us)
        pair.collect()
    pair.run()
    assert pair.states == ("CLOSED", "CLOSED")
    assert [end.error for end in pair.ends] == [None, None]
    assert pair.broken == []


def test_nobody_answers_an_answer_for_ever() -> None:
    """Both windows are closed with a probe outstanding in each direction: acknowledgments must not chase each other."""
    tight = Settings(sack=False, timestamps=False, wscale=None, receive_buffer=10)
    pair = Pair((tight, tight)).run()
    for side in Side:
        pair.ends[side].send(b"0123456789abcdef", pair.now_us)
    pair.collect()
    pair.run(60_000_000)
    assert len(pair.ladder) < 60
    for side in Side:
        assert pair.ends[side].receive(99, pair.now_us) == b"0123456789"
    pair.collect()
    pair.run(60_000_000)
    for side in Side:
        assert pair.ends[side].receive(99, pair.now_us) == b"abcdef"
    assert pair.broken == []


def test_same_conversation_twice_is_the_same_to_the_octet() -> None:
    def once() -> list[str]:
        pair = Pair(fate=lambda side, number, packet: [] if number % 5 == 3 else [0]).run(1_000_000)
        return pair.send(Side.CLIENT, b"x" * 60_000).run().ladder

    assert once() == once()
