"""An alarm that keeps time to the microsecond."""

import select
import time

import pytest

from tcpchaos.backends.lab.timer import Alarm


def ready(alarm: Alarm, timeout_ms: int) -> bool:
    poll = select.poll()
    poll.register(alarm, select.POLLIN)
    return bool(poll.poll(timeout_ms))


@pytest.mark.parametrize("after_us", [0, -5, 1, 300, 20_000])
def test_goes_off_not_before_its_time(after_us: int) -> None:
    with Alarm() as alarm:
        began = time.monotonic_ns()
        alarm.set(after_us)
        assert ready(alarm, 5_000)
        assert time.monotonic_ns() - began >= after_us * 1000


def test_not_set_or_set_to_never() -> None:
    with Alarm() as alarm:
        assert not ready(alarm, 0)
        alarm.set(1)
        assert ready(alarm, 5_000)
        alarm.set(None)
        assert not ready(alarm, 0)


def test_set_again_it_forgets_the_former_time() -> None:
    with Alarm() as alarm:
        alarm.set(1)
        alarm.set(3_600_000_000)
        assert not ready(alarm, 5)
