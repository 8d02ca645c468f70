"""A command's keeper: it tells the truth about how the command ended, and passes on what it is told."""

import signal
from typing import Any

import pytest

from tcpchaos.backends.lab import open_lab
from tcpchaos.backends.warden.keeper import FORWARDED

pytestmark = pytest.mark.usefixtures("lab_or_skip")


@pytest.mark.parametrize("number", FORWARDED, ids=lambda number: number.name)
async def test_signals_reach_the_program(eventually: Any, number: signal.Signals) -> None:
    name = number.name.removeprefix("SIG")
    async with open_lab() as lab:
        async with lab.client.run(f"trap 'echo {name}; exit 5' {name}; echo ready; while :; do sleep 0.01; done") as it:
            await eventually(lambda: it.stdout)
            await it.send_signal(number)
            assert await it.wait() == 5
        assert it.stdout == f"ready\n{name}\n".encode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGPIPE], ids=lambda number: number.name)
async def test_a_program_finds_signals_as_a_shell_would_leave_them(number: signal.Signals) -> None:
    async with open_lab() as lab:
        async with lab.client.run(f"kill -{number} $$; echo survived") as it:
            assert await it.wait() == -number
        assert it.stdout == b""


async def test_its_whole_process_group_hears_a_signal(eventually: Any) -> None:
    async with open_lab() as lab, lab.client.run("sleep 600 & echo ready; wait") as it:
        await eventually(lambda: it.stdout)
        await it.send_signal(signal.SIGTERM)
        assert await it.wait() == -signal.SIGTERM  # the sleeper would have kept the output open


async def test_signals_to_what_has_ended_are_nobodys_problem() -> None:
    async with open_lab() as lab:
        async with lab.client.run("true") as it:
            assert await it.wait() == 0
            await it.send_signal(signal.SIGTERM)
            await it.kill()
            await it.kill()
        assert it.returncode == 0


async def test_an_orphan_is_looked_after() -> None:
    """What loses its parent becomes the keeper's, and is no zombie for long."""
    look = "for p in /proc/[0-9]*; do grep -s '^State:.Z' $p/status; done"
    async with open_lab() as lab:
        if not lab.has_own_proc:
            pytest.skip("programs see the /proc of the outside here")
        async with lab.client.run(f"sh -c 'sleep 0.01 & exit'; sleep 0.1; {look}") as it:
            await it.wait()
        assert it.stdout == b""
