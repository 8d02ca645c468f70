"""What stands in the middle carries a connection; the ten rules are ten and do nothing to it."""

import sys

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import open_lab
from tcpchaos.bench.middle import TEN_RULES, Middle, heard, program, standing, tool
from tcpchaos.plan import parse


@pytest.mark.parametrize("middle", [Middle.IDLE, Middle.TEN_RULES, Middle.FORWARDER])
async def test_a_connection_passes(lab_or_skip: None, middle: Middle) -> None:
    async with open_lab() as lab, standing(lab, middle) as trace:
        listener = await lab.server.listen()
        client = await lab.client.connect(lab.server.address, listener.port)
        server = await listener.accept()
        await client.send_all(b"hello")
        assert await server.receive() == b"hello"
        assert bool(trace.seen) is (middle is not Middle.FORWARDER)
        assert not any(event.deeds for event in trace)


def test_there_are_ten_rules() -> None:
    assert len(parse("\n".join(TEN_RULES)).rules) == 10


def test_a_program_of_ours_is_a_module_and_its_arguments() -> None:
    argv, environment = program("load", "ping", 7)
    assert argv == [sys.executable, "-S", "-P", "-m", "tcpchaos.bench.load", "ping", "7"]
    assert "PYTHONPATH" in environment
    argv, environment = tool("bridge", "a", "b")
    assert argv == [sys.executable, "-S", "-P", "-m", "tcpchaos", "bridge", "a", "b"]
    assert "PYTHONPATH" in environment


async def test_a_program_that_ends_without_a_word_is_told_of_with_its_last_one(lab_or_skip: None) -> None:
    async with open_lab() as lab, lab.client.run([sys.executable, "-S", "-c", "raise SystemExit('no')"]) as command:
        with pytest.raises(Broken, match="no"):
            await heard(command)


async def test_what_a_program_complains_of_is_heard_where_that_is_asked_for(lab_or_skip: None) -> None:
    complaint = "import sys, time; sys.stderr.write('so it is'); sys.stderr.flush(); time.sleep(99)"
    async with open_lab() as lab, lab.client.run([sys.executable, "-S", "-c", complaint]) as command:
        await heard(command, b"so it is", errors=True)
        assert command.stdout == b""
