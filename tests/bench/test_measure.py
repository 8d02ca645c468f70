"""Every measurement gives its figures. None of them is held to a speed here: machines that run tests are busy."""

from tcpchaos.bench import measure
from tcpchaos.bench.middle import Middle


async def test_speed_has_four_figures(lab_or_skip: None) -> None:
    figures = await measure.speed(Middle.IDLE, 0.05)

    assert set(figures) == {"segments_per_s", "round_trip_p50_us", "round_trip_p99_us", "connections_per_s"}
    assert all(figure > 0 for figure in figures.values())
    assert figures["round_trip_p50_us"] <= figures["round_trip_p99_us"]


async def test_memory_is_measured_over_a_transfer_of_some_length(lab_or_skip: None) -> None:
    figures = await measure.flat(2000)

    assert figures["segments"] >= 2000
    assert figures["half_octets"] > 0
    assert figures["end_octets"] > 0


async def test_memory_is_measured_for_each_connection(lab_or_skip: None) -> None:
    figures = await measure.memory(20)

    assert set(figures) == {"octets_per_connection"}


async def test_a_segment_costs_something_whoever_talks(lab_or_skip: None) -> None:
    for connections, talking in ((1, 1), (5, 1), (5, 5)):
        assert (await measure.cost(connections, talking, 0.05))["us_per_segment"] > 0


def test_a_process_is_resident() -> None:
    assert measure.resident_octets() > 1 << 20
