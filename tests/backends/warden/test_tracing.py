"""Rooms in the kernel's tracing: made where that may be, gone with the lab whichever way it ends."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.backends.lab import open_lab

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


@pytest.fixture
def before(lab_or_skip: None) -> set[str]:
    """The rooms that others have."""
    return rooms()


async def test_a_room_is_there_as_long_as_its_lab(before: set[str]) -> None:
    async with open_lab(tracing=True) as lab:
        assert lab.tracer is not None
        (own,) = rooms() - before
    assert own not in rooms()


async def test_without_being_asked_there_is_none(before: set[str]) -> None:
    async with open_lab() as lab:
        assert lab.tracer is None
        assert rooms() <= before


def test_a_lab_that_is_killed_leaves_no_room(before: set[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", IN_A_LAB], stdout=subprocess.PIPE, cwd=PACKAGES) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"True\n"
            (own,) = rooms() - before
        finally:
            process.kill()
    until = time.monotonic() + LONGEST_S
    while own in rooms():
        assert time.monotonic() < until
    assert own not in rooms()


def test_what_nobody_holds_is_removed_by_the_next_one_and_what_somebody_holds_is_not(before: set[str]) -> None:
    name = "tcpchaos-abandoned"
    aside(f"os.mkdir({name!r}, dir_fd=instances)")
    assert name in rooms()
    left = aside("first = Room(); second = Room(); print(*os.listdir(instances)); second.remove(); first.remove()")
    assert name not in left.split()
    assert len([found for found in left.split() if found.startswith("tcpchaos-") and found not in before]) >= 2


def test_its_clock_is_the_one_of_the_run(before: set[str]) -> None:
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
