"""Whom a command plays against."""

import click
import pytest
from click.testing import CliRunner

from tcpchaos.backends.world import Foreign
from tcpchaos.cli.group import Mistake
from tcpchaos.cli.target import Whom, whom_options
from tcpchaos.corpus.replay import Target
from tcpchaos.workloads import Commands, Exchange

ELSEWHERE = {"target": "10.0.0.2:80", "tun": True, "address": "10.0.0.9"}
SERVER = Foreign(address="10.0.0.2", port=80, interfaces=(), own="10.0.0.9")


def test_a_command_is_handed_what_its_options_say() -> None:
    heard: list[Whom] = []

    @click.command
    @whom_options
    @click.option("--times", type=int)
    def command(whom: Whom, times: int) -> int:
        heard.append(whom)
        return times

    done = CliRunner().invoke(command, ["--server", "sim", "--strict", "--times", "3"], standalone_mode=False)
    assert done.return_value == 3
    assert heard == [Whom(server="sim", strict=True)]
    assert "--target-stack" in CliRunner().invoke(command, ["--help"]).output


def test_whom_the_options_mean() -> None:
    assert Whom().meant() == Target()
    assert Whom(client="sim", backend="sim", strict=True).meant(["echo"]) == Target(
        backend="sim", endpoints=("sim", ""), play="echo", strict=True
    )
    programs = Whom(server="redis", expect="PONG").meant()
    assert programs.play == Commands(server="redis", client=Exchange(expect="PONG"))


def test_whom_they_mean_elsewhere() -> None:
    assert Whom(**ELSEWHERE, expect="PONG", strict=True).meant() == Target(  # type: ignore[arg-type]
        play=Exchange(expect="PONG"), strict=True, foreign=SERVER
    )
    assert Whom(**ELSEWHERE).meant(["handshake"]).play == "handshake"  # type: ignore[arg-type]


def test_which_workloads_can_be_played() -> None:
    assert Whom().playable(["bulk-down", "echo"]) == ("bulk-down", "echo")
    assert Whom(**ELSEWHERE).playable(["echo"]) == ("echo",)  # type: ignore[arg-type]
    with pytest.raises(Mistake, match="--workload bulk-down: no server but ours does its part of it"):
        Whom(**ELSEWHERE).playable(["echo", "bulk-down"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("whom", "workloads", "said"),
    [
        (Whom(client="curl", server="sim"), [], "a simulated endpoint plays workloads"),
        (Whom(client="curl", server="nginx", backend="sim"), [], "--backend sim has no kernel for programs"),
        (Whom(client="curl", server="nginx"), ["echo"], "--workload and --server/--client exclude each other"),
        (Whom(**ELSEWHERE, backend="sim"), [], "--backend sim and --target exclude each other"),  # type: ignore[arg-type]
        (Whom(target="10.0.0.2:80", peer="nowhere", address="10.0.0.9"), [], "no interface is called nowhere"),
    ],
)
def test_what_does_not_fit_together(whom: Whom, workloads: list[str], said: str) -> None:
    with pytest.raises(Mistake, match=said):
        whom.meant(workloads)
