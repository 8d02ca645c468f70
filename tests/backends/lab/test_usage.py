"""What a program in a lab holds: counted over all of its processes, and without asking them."""

import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from tcpchaos.backends.lab import open_lab
from tcpchaos.backends.lab.usage import usage

pytestmark = pytest.mark.usefixtures("lab_or_skip")

# Listens, takes connections and keeps them all, whatever their peers do. It says so in a child of its own.
HOARDER = f"""{sys.executable} -u -c "
import os, socket, sys
listener = socket.create_server(('{{host}}', 80))
if os.fork():
    os.wait()
kept = [open(os.devnull) for _ in range(10)]
ballast = bytes(range(256)) * 80_000
print('ready')
while True:
    kept.append(listener.accept()[0])
    kept[-1].recv(1)
    print('had')
" """


async def test_files_memory_and_forsaken_sockets_are_counted(open_pumped: Any, eventually: Any) -> None:
    async with open_pumped() as lab, lab.server.run(HOARDER.replace("{host}", lab.server.address)) as program:
        await eventually(lambda: program.stdout.count(b"ready") == 1)
        before = program.usage()
        for how in ("close", "abort"):
            stream = await lab.client.connect(lab.server.address, 80)
            await stream.send_all(b"x" * 2)
            getattr(stream, how)()
        await eventually(lambda: program.stdout.count(b"had") == 2)
        # The reset of the one that was aborted may still be on its way.
        await eventually(lambda: (found := program.usage()) and (found.unclosed, found.dead) == (1, 1))

        after = program.usage()

        assert (before.unclosed, before.dead) == (0, 0)
        assert (after.unclosed, after.dead) == (1, 1)
        shell, parent, child = sorted(before.descriptors)
        assert before.descriptors[child] == before.descriptors[parent] + 10
        assert after.descriptors == before.descriptors  # sockets are none of them
        assert before.descriptors[shell] == 3
        assert before.memory_octets > 256 * 80_000


async def test_burnt_time_is_that_of_all_processes(eventually: Any) -> None:
    async with open_lab() as lab, lab.server.run("while :; do :; done & echo ready; sleep 60") as program:
        # The shell, its loop in the background, and what it waits for.
        await eventually(lambda: (found := program.usage()) is not None and len(found.descriptors) == 3)
        first = program.usage()
        assert first is not None
        while (now := program.usage()) is not None and now.processor_us < first.processor_us + 50_000:
            await trio.sleep(0.01)
        assert now is not None
        assert now.wanted_us > first.wanted_us


def test_nobody_is_found_where_nobody_is(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "stat").write_text("1 (a (strange) name) S 0 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 0")
    assert usage(1, 2, tmp_path) is None
