"""The retransmission timeout follows RFC 6298's numbers."""

from tcpchaos.sim.tcp.rto import Rto


def rto() -> Rto:
    return Rto(1_000_000, 200_000, 120_000_000)


def test_first_measurement_counts_once_and_half_of_it_is_the_variance() -> None:
    it = rto()
    assert it.current_us() == 1_000_000
    it.measure(300_000)
    assert (it.srtt_us, it.rttvar_us) == (300_000, 150_000)
    assert it.current_us() == 900_000


def test_later_ones_count_an_eighth_and_a_quarter() -> None:
    it = rto()
    it.measure(300_000)
    it.measure(380_000)
    assert (it.srtt_us, it.rttvar_us) == (310_000, 132_500)
    assert it.current_us() == 840_000


def test_many_in_a_round_trip_count_less() -> None:
    it = rto()
    it.measure(300_000)
    it.measure(380_000, 10)
    assert (it.srtt_us, it.rttvar_us) == (301_000, 148_250)


def test_it_never_falls_below_the_least() -> None:
    it = rto()
    it.measure(10)
    assert it.current_us() == 200_000


def test_it_doubles_up_to_the_most_and_collapses_with_the_next_measurement() -> None:
    it = rto()
    waits = []
    for _ in range(9):
        waits.append(it.current_us() // 1_000_000)
        it.back_off()
    assert waits == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert it.backoff == 7
    it.measure(100_000)
    assert it.current_us() == 300_000


def test_three_seconds_after_a_lost_syn() -> None:
    it = rto()
    it.back_off()
    it.forget_syn()
    assert it.current_us() == 3_000_000
