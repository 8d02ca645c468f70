"""The congestion window moves as RFC 5681 says."""

import pytest

from tcpchaos.sim.tcp.congestion import Reno


@pytest.mark.parametrize(("mss", "octets"), [(1460, 14600), (536, 5360), (1000, 10000), (5000, 14600), (9000, 18000)])
def test_initial_window(mss: int, octets: int) -> None:
    assert Reno(mss).cwnd == octets


def test_slow_start_adds_a_segment_for_each_acknowledgment_at_most() -> None:
    reno = Reno(1000)
    reno.acked(1000, 10000)
    reno.acked(5000, 10000)
    reno.acked(10, 11000)
    assert reno.cwnd == 12010


def test_congestion_avoidance_adds_a_segment_each_window() -> None:
    reno = Reno(1000)
    reno.halve(8000)
    reno.cwnd = reno.ssthresh
    for _ in range(4):
        assert reno.cwnd == 4000
        reno.acked(1000, 4000)
    assert reno.cwnd == 5000


def test_window_that_was_not_needed_does_not_grow() -> None:
    reno = Reno(1000)
    reno.acked(1000, 2000)
    assert reno.cwnd == 10000


def test_timeout_leaves_one_segment_and_halves_once() -> None:
    reno = Reno(1000)
    reno.timed_out(10000, first=True)
    assert (reno.cwnd, reno.ssthresh) == (1000, 5000)
    reno.timed_out(1000, first=False)
    assert (reno.cwnd, reno.ssthresh) == (1000, 5000)
    reno.timed_out(1000, first=True)
    assert reno.ssthresh == 2000


def test_lost_syn_leaves_one_segment_to_begin_with() -> None:
    reno = Reno(1000)
    reno.syn_was_lost()
    assert reno.cwnd == 1000
    reno.cwnd = 8000
    reno.was_idle()
    assert reno.cwnd == 1000
