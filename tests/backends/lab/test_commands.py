"""The user's own programs in a lab: how they are read, what they may, and that nothing of them stays."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import open_lab
from tcpchaos.backends.lab.commands import OUTPUT_KEPT_OCTETS, inherited_environment, words


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("nginx -c 'my conf'", ["nginx", "-c", "my conf"]),
        (["nginx", "-c", "my conf; rm"], ["nginx", "-c", "my conf; rm"]),
        ("a && b", ["/bin/sh", "-c", "a && b"]),
        ("curl http://$TCPCHAOS_HOST/", ["/bin/sh", "-c", "curl http://$TCPCHAOS_HOST/"]),
        ("N=1 program", ["/bin/sh", "-c", "N=1 program"]),
        ("program --n=1", ["program", "--n=1"]),
        ("cd there", ["/bin/sh", "-c", "cd there"]),
        ("./cdrecord", ["./cdrecord"]),
    ],
)
def test_words(command: str | list[str], expected: list[str]) -> None:
    assert words(command) == expected


@pytest.mark.parametrize("command", ["", "  ", [], "an 'open quotation"])
def test_words_that_are_none(command: str | list[str]) -> None:
    with pytest.raises(ValueError, match=r"empty|quotation"):
        words(command)


def test_proxies_of_the_outside_are_not_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://192.0.2.99:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.99:3128")
    monkeypatch.setenv("KEPT", "1")
    environment = inherited_environment()
    assert environment["KEPT"] == "1"
    assert not {"http_proxy", "HTTPS_PROXY"} & environment.keys()


@pytest.mark.usefixtures("lab_or_skip")
class TestInALab:
    async def test_what_it_says_and_how_it_ends(self) -> None:
        async with open_lab() as lab, lab.client.run("echo out; echo err >&2; exit 7") as command:
            assert await command.wait() == 7
            assert (command.stdout, command.stderr, command.returncode) == (b"out\n", b"err\n", 7)

    async def test_where_and_with_what(self, tmp_path: Path) -> None:
        async with open_lab() as lab:
            async with lab.client.run("pwd; echo $A$B", env={"A": "a"}, cwd=tmp_path) as command:
                await command.wait()
            assert command.stdout == f"{tmp_path}\na\n".encode()

    async def test_is_the_user_without_capabilities(self) -> None:
        async with open_lab() as lab:
            async with lab.server.run("id -u; grep CapEff /proc/self/status") as command:
                await command.wait()
            uid, _, capabilities = command.stdout.split()
            assert int(uid) == os.geteuid()
            if os.geteuid() != 0:
                assert int(capabilities, 16) == 0

    async def test_lives_in_its_own_network(self) -> None:
        async with open_lab() as lab:
            async with lab.server.run("cat /proc/net/dev") as command:
                await command.wait()
            names = {line.split(":")[0].strip() for line in command.stdout.decode().splitlines() if ":" in line}
            assert names == {"lo", "eth0"}

    async def test_has_no_input_and_no_foreign_descriptors(self) -> None:
        async with open_lab() as lab:
            async with lab.client.run(["/bin/sh", "-c", "cat; ls /proc/self/fd"]) as command:
                await command.wait()
            assert command.stdout.split() == [b"0", b"1", b"2", b"3"]  # the last is the directory that ls reads

    @pytest.mark.parametrize("command", ["no-such-server --port 1", "/no/such/server", "./server"])
    async def test_does_not_exist(self, command: str) -> None:
        async with open_lab() as lab:
            with pytest.raises(Broken, match=f"'{command.split()[0]}' does not exist"):
                async with lab.server.run(command):
                    pass

    async def test_is_no_program(self, tmp_path: Path) -> None:
        (tmp_path / "notes").write_text("not a program")
        (tmp_path / "script").write_text("#!/no/such/interpreter\n")
        (tmp_path / "script").chmod(0o755)
        async with open_lab() as lab:
            with pytest.raises(Broken, match="'notes' can't be executed"):
                async with lab.server.run(["notes"], env={"PATH": str(tmp_path)}):
                    pass
            with pytest.raises(Broken, match=r"interpreter of '\./script' does not exist"):
                async with lab.server.run(["./script"], cwd=tmp_path):
                    pass
            with pytest.raises(Broken, match="can't be entered"):
                async with lab.server.run(["true"], cwd=tmp_path / "nowhere"):
                    pass

    async def test_ends_with_its_block(self, eventually: Any) -> None:
        async with open_lab() as lab:
            with trio.fail_after(10):
                async with lab.server.run("trap '' TERM INT HUP; echo ready; while :; do sleep 1; done") as command:
                    await eventually(lambda: command.stdout)
            assert command.returncode == -signal.SIGKILL

    async def test_what_went_to_the_background_ends_with_its_block(self) -> None:
        """A server that puts itself into the background lives until the block ends, and no longer."""
        program = (
            "import os, socket, sys\n"
            "listener = socket.create_server((sys.argv[1], 80))\n"
            "for _ in range(2):\n"
            "    if os.fork(): os._exit(0)\n"
            "    os.setsid()\n"
            "os.closerange(0, 3)\n"
            "listener.accept()\n"
        )
        async with open_lab() as lab:
            async with lab.server.run([sys.executable, "-c", program, lab.server.address]) as command:
                assert await command.wait() == 0
                assert lab.server.listeners() == [(lab.server.address, 80)]
            assert lab.server.listeners() == []

    async def test_asked_to_stop_it_may_tidy_up(self, eventually: Any) -> None:
        async with open_lab() as lab:
            async with lab.server.run(
                "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done"
            ) as command:
                await eventually(lambda: command.stdout)
                await command.stop()
                assert await command.wait() == 3
            assert command.stdout == b"ready\nbye\n"

    async def test_says_more_than_is_kept(self) -> None:
        octets = 3 * OUTPUT_KEPT_OCTETS
        async with open_lab() as lab:
            async with lab.client.run(f"head -c {octets} /dev/zero; echo done >&2") as command:
                await command.wait()
            assert (len(command.stdout), command.stderr) == (OUTPUT_KEPT_OCTETS, b"done\n")

    async def test_two_commands_see_only_themselves(self) -> None:
        async with open_lab() as lab:
            look = [sys.executable, "-c", "import os; print(os.getpid())"]
            async with lab.client.run(look) as one, lab.client.run(look) as other:
                await one.wait()
                await other.wait()
            assert one.stdout == other.stdout == f"{one.pid}\n".encode()

    async def test_what_the_block_raises_comes_out_as_itself(self) -> None:
        async with open_lab() as lab:
            with pytest.raises(KeyError, match="theirs"):
                async with lab.client.run("sleep 60"):
                    raise KeyError("theirs")

    async def test_is_ended_by_cancellation(self, eventually: Any) -> None:
        async with open_lab() as lab:
            with trio.CancelScope() as scope:
                async with lab.client.run("echo said; sleep 600") as command:
                    await eventually(lambda: command.stdout)
                    scope.cancel()
                    await trio.sleep_forever()
            assert (command.returncode, command.stdout) == (-signal.SIGKILL, b"said\n")
            async with lab.client.run("true") as command:
                assert await command.wait() == 0
