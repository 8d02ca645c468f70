"""Whatever happens to tcpchaos, nothing of its lab is left; and whoever can't have a lab learns why."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import open_lab
from tcpchaos.backends.lab.control import open_control

pytestmark = pytest.mark.usefixtures("lab_or_skip")

MARK = "TCPCHAOS_TEST_MARK"
PACKAGES = str(Path(__file__).parents[3])
NOBODY = 65534
LONGEST_S = 10

# Opens a lab with programs at both ends, one of them in the background with a session of its own; tells each step.
SCRIPT = """
import signal, sys, trio
from tcpchaos.backends.lab import open_lab

class Passing:
    out = []
    def receive(self, side, packet, now): self.out.append((side.peer, packet.octets))
    def due(self): return None
    def advance(self, now): pass
    def take(self): out, self.out = self.out, []; return out

async def main():
    print("started", flush=True)
    async with open_lab() as lab, trio.open_nursery() as nursery:
        await nursery.start(lab.pump, Passing(), lambda: 0)
        print("open", flush=True)
        listener = await lab.server.listen()
        client = await lab.client.connect(lab.server.address, listener.port)
        server = await listener.accept()
        await client.send_all(b"x")
        assert await server.receive() == b"x"
        serve = "trap 'echo hit' INT TERM HUP; setsid sleep 600 & while :; do sleep 600; done"
        async with lab.server.run(serve) as one, lab.client.run("sleep 600"):
            try:
                print("running", flush=True)
                await trio.sleep_forever()
            finally:
                print("said", one.stdout, flush=True)

# Whoever runs the tests in the background has them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    trio.run(main)
except* KeyboardInterrupt:
    print("interrupted", flush=True)
"""


class Run:
    """The script in a process group of its own, with all that it starts marked in the environment."""

    def __init__(self, packages: str = PACKAGES, **options: Any) -> None:
        self.mark = f"{MARK}={uuid4()}"
        name, value = self.mark.split("=")
        environment = {**os.environ, "PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1", name: value}
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd="/",
            **options,
        )

    def step(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def until(self, step: str) -> None:
        while (told := self.step()) != step:
            assert told, f"ended before it was {step}"

    def left(self) -> list[str]:
        """Command lines of the processes that carry the mark."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and self.mark.encode() in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode() or entry.name)
            except OSError:
                continue  # gone meanwhile, or another user's
        return found

    def end(self) -> None:
        """Kill it, and wait for everything that it started to be gone."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        until = time.monotonic() + LONGEST_S
        while self.left() and time.monotonic() < until:
            time.sleep(0.01)
        assert self.left() == []


@pytest.fixture
def run() -> Iterator[Run]:
    run = Run()
    yield run
    run.process.kill()
    run.process.wait()
    assert run.process.stdout is not None
    run.process.stdout.close()


@pytest.mark.parametrize("step", ["started", "open", "running"])
def test_killed(run: Run, step: str) -> None:
    interfaces = os.listdir("/sys/class/net")
    run.until(step)
    run.end()
    assert os.listdir("/sys/class/net") == interfaces


@pytest.mark.parametrize("after_ms", range(0, 150, 10))
def test_killed_at_any_moment(run: Run, after_ms: int) -> None:
    """From the very beginning until everything runs, in steps of ten milliseconds."""
    run.until("started")
    time.sleep(after_ms / 1000)
    run.end()


def test_its_programs_are_there_until_then(run: Run) -> None:
    run.until("running")
    assert sum("sleep 600" in line for line in run.left()) >= 3
    run.end()


def test_interrupted(run: Run) -> None:
    """A Ctrl-C reaches the whole process group; the lab's programs run on until tcpchaos has seen to them."""
    run.until("running")
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.step() == "said b''"
    assert run.step() == "interrupted"
    assert run.process.wait() == 0
    assert run.left() == []


def test_the_warden_is_killed(run: Run) -> None:
    """Then tcpchaos still has the lab, and takes it along when it ends."""
    run.until("running")
    for entry in Path("/proc").iterdir():
        try:
            ours = entry.name.isdigit() and run.mark.encode() in (entry / "environ").read_bytes()
            warden = ours and b"warden.serve" in (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if warden:
            os.kill(int(entry.name), signal.SIGKILL)
    run.end()


def _reaches(packages: str) -> bool:
    """Whether an ordinary user can import tcpchaos from there."""
    environment = {**os.environ, "PYTHONPATH": packages}
    command = [sys.executable, "-c", "import tcpchaos.backends.lab"]
    try:
        ended = subprocess.run(
            command,
            env=environment,
            cwd="/",
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return ended.returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user() -> None:
    # This checkout or, where that is private, what is installed.
    packages = next((path for path in (PACKAGES, "") if _reaches(path)), None)
    if packages is None:
        pytest.skip(f"{sys.executable} and its packages are out of reach for an ordinary user")
    run = Run(packages, user=NOBODY, group=NOBODY, extra_groups=[])
    run.until("running")
    assert sum("sleep 600" in line for line in run.left()) >= 3
    run.end()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare(1)")
def test_no_namespaces_to_be_had() -> None:
    """In a user namespace that allows no further ones."""
    forbid = "echo 0 > /proc/sys/user/max_net_namespaces && echo 0 > /proc/sys/user/max_user_namespaces"
    ended = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-c", f'{forbid} && exec "$0" -c "$1"', sys.executable, SCRIPT],
        env={**os.environ, "PYTHONPATH": PACKAGES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "Broken: user namespaces are switched off" in ended.stderr
    assert "sudo sysctl user.max_user_namespaces" in ended.stderr


async def test_a_request_that_fails_is_an_oserror() -> None:
    config = {"family": 4, "mtu": 1500, "sysctls": {}}
    async with open_control(config) as (control, facts):
        assert set(facts) == {"number", "conditions", "user_namespace", "own_proc"}
        with pytest.raises(OSError, match="Protocol not supported"):
            await control.ask({"do": "sockets", "count": 1, "where": "client", "kind": [2, 1, 255], "options": []})
        _, (descriptor,) = await control.ask(
            {"do": "sockets", "count": 1, "where": "client", "kind": [2, 1, 6], "options": []}
        )
        os.close(descriptor)


async def test_too_large_a_command() -> None:
    async with open_lab() as lab:
        with pytest.raises(Broken, match="128 KiB"):
            async with lab.client.run(["echo", "x" * (1 << 17)]):
                pass


async def test_a_warden_that_is_gone() -> None:
    config = {"family": 4, "mtu": 1500, "sysctls": {}}
    async with open_control(config) as (control, _):
        with pytest.raises(Broken, match=r"ended unexpectedly \(.*do_mischief"):
            await control.ask({"do": "mischief"})


async def test_an_answer_that_nobody_waits_for_any_more() -> None:
    """A Ctrl-C comes between request and answer; what is asked next gets its own answer."""
    config = {"family": 4, "mtu": 1500, "sysctls": {}}
    async with open_control(config) as (control, _):
        request = {"number": 0, "do": "sockets", "count": 1, "where": "client", "kind": [2, 1, 6], "options": []}
        descriptors = os.listdir("/proc/self/fd")
        await control._end.send(json.dumps(request).encode())
        answer, given = await control.ask({"do": "dropped"})
        assert set(answer) == {"number", "dropped"}
        assert given == []
        assert os.listdir("/proc/self/fd") == descriptors
