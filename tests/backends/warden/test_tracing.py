"""Rooms in the kernel's tracing: made where that may be, gone with the lab whichever way it ends."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.backends.lab import open_lab
from tcpchaos.backends.warden.tracing import PREFIX
from tests.processes import children

PACKAGES: Final = Path(__file__).parents[3]
LONGEST_S: Final = 10
# In a mount namespace of its own: tracefs is mounted there, and nowhere else.
ASIDE: Final = """
import os, sys
from tcpchaos.backends.warden.linux import CLONE_NEWNS, unshare
from tcpchaos.backends.warden.tracing import PREFIX, Room, open_instances
unshare(CLONE_NEWNS)
instances = open_instances()
"""
IN_A_LAB: Final = """
import trio
from tcpchaos.backends.lab import open_lab
async def live():
    async with open_lab(tracing=True) as lab:
        print(lab.tracer is not None, flush=True)
        await trio.sleep_forever()
trio.run(live)
"""


def aside(code: str) -> str:
    """What a program prints that looks at the rooms."""
    done = subprocess.run(
        [sys.executable, "-c", ASIDE + code], capture_output=True, text=True, cwd=PACKAGES, timeout=LONGEST_S
    )
    if done.returncode:
        pytest.skip(f"no rooms in the kernel's tracing here: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def rooms() -> set[str]:
    return set(aside("print(*(name for name in os.listdir(instances) if name.startswith(PREFIX)))").split())


def held(process: int | str = "self") -> set[str]:
    """The rooms that a process and those that it has started have open: others may come and go meanwhile."""
    found = set()
    with suppress(OSError):  # it has ended
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                found.add(os.readlink(descriptor).rpartition("/")[2])
        for child in children(process):
            found |= held(child)
    return {name for name in found if name.startswith(PREFIX)}


@pytest.fixture
def possible(lab_or_skip: None) -> None:
    """Skip where there are no rooms."""
    rooms()


@pytest.mark.usefixtures("possible")
async def test_a_room_is_there_as_long_as_its_lab() -> None:
    async with open_lab(tracing=True) as lab:
        assert lab.tracer is not None
        (own,) = held()
        assert own in rooms()
    assert own not in rooms()


@pytest.mark.usefixtures("possible")
async def test_without_being_asked_there_is_none() -> None:
    async with open_lab() as lab:
        assert lab.tracer is None
        assert held() == set()


@pytest.mark.usefixtures("possible")
def test_a_lab_that_is_killed_leaves_no_room() -> None:
    with subprocess.Popen([sys.executable, "-c", IN_A_LAB], stdout=subprocess.PIPE, cwd=PACKAGES) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"True\n"
            (own,) = held(process.pid)
            assert own in rooms()
        finally:
            process.kill()
    until = time.monotonic() + LONGEST_S
    while own in rooms():
        assert time.monotonic() < until
    assert own not in rooms()


@pytest.mark.usefixtures("possible")
def test_what_nobody_holds_is_removed_by_the_next_one_and_what_somebody_holds_is_not() -> None:
    first, second, *left = aside(
        "os.mkdir('tcpchaos-abandoned', dir_fd=instances)\n"
        "first = Room(); second = Room(); print(first.name, second.name, *os.listdir(instances))\n"
        "second.remove(); first.remove()"
    ).split()
    assert {first, second} <= set(left)
    assert "tcpchaos-abandoned" not in left


@pytest.mark.usefixtures("possible")
def test_its_clock_is_the_one_of_the_run() -> None:
    told = aside(
        "room = Room(); room.prepare()\n"
        "print(open(os.open('trace_clock', os.O_RDONLY, dir_fd=room.directory)).read()); room.remove()"
    )
    assert "[mono]" in told


def test_whoever_may_not_is_told_so() -> None:
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable]
    else:
        command = [sys.executable]
    code = "from tcpchaos.backends.warden.tracing import Room\ntry: Room()\nexcept OSError: print('refused')"
    try:
        done = subprocess.run([*command, "-c", code], capture_output=True, text=True, cwd=PACKAGES, timeout=LONGEST_S)
    except FileNotFoundError:
        pytest.skip("no setpriv")
    if done.returncode:
        pytest.skip(done.stderr)
    assert done.stdout == "refused\n"
