"""The command that makes a run again asks for the same run."""

import shlex
from typing import Any

import pytest

from tcpchaos.backends.world import Foreign
from tcpchaos.cli import cli, target
from tcpchaos.cli import run as run_command
from tcpchaos.plan import parse
from tcpchaos.report.again import command
from tcpchaos.report.outcome import broken
from tcpchaos.run import RunConfig
from tcpchaos.workloads import Commands, Exchange, Scale

CONFIGS = (
    RunConfig(),
    RunConfig(
        plan=parse("seed 3\nclient data#1: corrupt 0 0xff, checksum=bad\nany data: drop 10%"),
        play="bulk-up",
        scale=Scale(octets=9, connections=8, at_once=7, times=6),
        family=6,
        mtu=1300,
        port=8080,
        timeout_s=2.5,
        sysctls={"net.ipv4.tcp_sack": "0"},
        strict=True,
        control=False,
        endpoints=("sim", "sim:acks-one-too-many"),
    ),
    RunConfig(play=Commands(server="nginx -g 'a b'", client="curl {host}:{port}"), backend="lab"),
    RunConfig(backend="sim", play="keepalive"),
    RunConfig(
        play=Exchange(expect="PONG"),
        endpoints=("sim", ""),
        foreign=Foreign(address="2001:db8::2", port=80, interfaces=("tap0",), own="2001:db8::9", stack="lwIP"),
    ),
    RunConfig(
        play=Exchange(),
        foreign=Foreign(address="10.0.0.2", port=80, interfaces=("veth0", "tap0"), netns="blue"),
    ),
    RunConfig(play=Exchange(), foreign=Foreign(address="10.0.0.2", port=80, interfaces=(), own="10.0.0.9")),
    RunConfig(play="echo", foreign=Foreign(address="10.0.0.2", port=7, interfaces=(), own="10.0.0.9")),
)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_command_asks_for_the_same_run(monkeypatch: pytest.MonkeyPatch, config: RunConfig) -> None:
    asked: list[RunConfig] = []

    def note(config: RunConfig, *_: Any, **__: Any) -> Any:
        asked.append(config)
        return broken(config, "nothing", "nothing")

    monkeypatch.setattr(run_command, "_run", note)
    monkeypatch.setattr(target, "checked", lambda foreign: foreign)  # no such interfaces are here
    program, *arguments = shlex.split(command(config))
    with pytest.raises(SystemExit):
        cli.main(arguments)

    assert program == "tcpchaos"
    assert asked == [config]


def test_what_is_the_default_is_left_out() -> None:
    assert command(RunConfig()) == "tcpchaos run"
    assert command(RunConfig(plan=parse("client syn#1: drop"))) == "tcpchaos run --fault 'client syn#1: drop'"


def test_what_is_said_to_a_server_is_asked_for_by_its_file() -> None:
    exchange = Exchange(send=b"PING", expect="PONG", source="ping.bin")
    config = RunConfig(play=Commands(server="redis-server", client=exchange))
    assert command(config) == "tcpchaos run --server redis-server --send ping.bin --expect PONG"
