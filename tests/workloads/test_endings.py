from typing import Any

import pytest
import trio

from tcpchaos.backends.host import Host
from tcpchaos.workloads import Recorder, Stage, workload

TOLD = {
    "half-close-client": ["client shutdown", "server eof", "server close", "client eof", "client close"],
    "half-close-server": ["server shutdown", "client eof", "client close", "server eof", "server close"],
    "abort": ["client abort", "server reset", "server close"],
    "abort-server": ["server abort", "client reset", "client close"],
}


@pytest.mark.parametrize("name", TOLD)
def test_who_lets_go_when_and_what_the_other_one_learns(name: str, hosts: tuple[Host, Host], judge: Any) -> None:
    recorder = Recorder(judge)

    trio.run(workload(name).play, Stage(*hosts, recorder))

    assert recorder.whole == 1
    assert judge.told[0].events == TOLD[name]
    assert not any(judge.told[0].under_way)


def test_both_have_closed_before_either_hears_of_it(hosts: tuple[Host, Host], judge: Any) -> None:
    recorder = Recorder(judge)

    trio.run(workload("simultaneous-close").play, Stage(*hosts, recorder))

    assert recorder.whole == 1
    assert sorted(judge.told[0].events[:2]) == ["client shutdown", "server shutdown"]
    assert workload("simultaneous-close").rules[:2] == ("client fin#1: delay 80ms", "server fin#1: delay 80ms")
