"""The warden's own life, from outside: it answers what it is asked, keeps nothing, and goes when nobody is there."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PACKAGES = str(Path(__file__).parents[3])
CONFIG: dict[str, Any] = {"family": 4, "mtu": 1500, "sysctls": {}}
LONGEST_S = 10

pytestmark = pytest.mark.usefixtures("lab_or_skip")


class Warden:
    """A warden, spoken to by hand."""

    def __init__(self) -> None:
        self.end, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.end.settimeout(LONGEST_S)
        self.asked = 0
        with other:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tcpchaos.backends.warden.serve", str(other.fileno())],
                pass_fds=[other.fileno()],
                env={**os.environ, "PYTHONPATH": PACKAGES},
                start_new_session=True,
            )

    def ask(self, request: dict[str, Any], descriptors: list[int] | None = None) -> tuple[dict[str, Any], list[int]]:
        self.asked += 1
        socket.send_fds(self.end, [json.dumps({"number": self.asked, **request}).encode()], descriptors or [])
        octets, given, _, _ = socket.recv_fds(self.end, 1 << 17, 16)
        answer = json.loads(octets)
        if given:
            assert answer == {"more": True}
            answer = json.loads(self.end.recv(1 << 17))
        assert answer.pop("number") == self.asked
        return answer, given

    def first(self) -> int:
        """The process id of process 1 of the lab, as it is called here."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        if not children.exists():
            pytest.skip("this kernel doesn't tell the children of a process")
        return int(children.read_text())


@pytest.fixture
def warden() -> Iterator[Warden]:
    warden = Warden()
    yield warden
    warden.end.close()
    assert warden.process.wait(LONGEST_S) in (0, 1)


def test_nobody_is_there_from_the_beginning(warden: Warden) -> None:
    warden.end.close()
    assert warden.process.wait(LONGEST_S) == 0


def test_nobody_is_there_after_the_configuration(warden: Warden) -> None:
    warden.end.send(json.dumps({"number": 1, **CONFIG}).encode())
    warden.end.close()
    assert warden.process.wait(LONGEST_S) == 0


def test_what_is_lacking_is_told(warden: Warden) -> None:
    answer, _ = warden.ask({**CONFIG, "sysctls": {"net.ipv4.no_such": "1"}})
    assert "net.ipv4.no_such" in answer["lacks"][0]
    assert warden.process.wait(LONGEST_S) == 0


def test_sockets_live_where_they_were_made(warden: Warden) -> None:
    warden.ask(CONFIG)
    for place, address in (("client", "192.0.2.1"), ("server", "192.0.2.2")):
        answer, (descriptor,) = warden.ask(
            {"do": "sockets", "count": 1, "where": place, "kind": [2, 1, 6], "options": [[1, 2, 1]]}
        )
        assert answer == {}
        with socket.socket(fileno=descriptor) as made:
            assert made.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1
            made.bind((address, 80))
    with socket.socket() as ours, pytest.raises(OSError, match="assign requested address"):
        ours.bind(("192.0.2.1", 0))


def test_it_keeps_no_descriptors_and_no_children(warden: Warden) -> None:
    warden.ask(CONFIG)
    warden.ask({"do": "dropped"})
    descriptors = Path(f"/proc/{warden.first()}/fd")
    before = sorted(os.listdir(descriptors))
    for _ in range(20):
        _, given = warden.ask({"do": "sockets", "count": 16, "where": "client", "kind": [2, 1, 6], "options": []})
        assert sorted(os.listdir(descriptors)) == before  # and what is closed here is closed everywhere
        assert warden.ask({"do": "sockets", "count": 1, "where": "client", "kind": [2, 1, 255], "options": []})[0][
            "errno"
        ]
        assert warden.ask({"do": "sockets", "count": 1, "where": "client", "kind": [2, 1, 6], "options": [[9, 9, 9]]})[
            0
        ]["errno"]
        assert warden.ask({"do": "dropped"})[0]["dropped"]
        status, status_end = os.pipe()
        request = {"do": "run", "where": "client", "argv": ["/no/such"], "env": {}, "cwd": "/", "capable": False}
        keeper = warden.ask(request, [2, 2, status_end])[0]["keeper"]
        os.close(status_end)
        with open(status) as told:
            assert told.readline().split()[0] == "failed"
            warden.ask({"do": "signal", "keeper": keeper, "which": 9})
            assert told.read() == ""
        for descriptor in given:
            os.close(descriptor)
    assert sorted(os.listdir(descriptors)) == before
    assert (descriptors.parent / "task" / descriptors.parent.name / "children").read_text() == ""


def test_only_its_own_children_are_signalled(warden: Warden) -> None:
    warden.ask(CONFIG)
    assert warden.ask({"do": "signal", "keeper": 1, "which": 9}) == ({}, [])
    assert warden.ask({"do": "dropped"})[0]["dropped"]


# A frame that is too large for who is to take it.
TOO_LARGE = """
import fcntl, socket, struct
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
fcntl.ioctl(wire, 0x8922, struct.pack("16si12x", b"client", 3000))
wire.bind(("client", 0))
try:
    wire.send(bytes.fromhex("020000000001 020000000002 0800") + bytes(2000))
except OSError:
    pass  # that it was dropped is told here, too
"""


def test_what_an_interface_drops_is_counted(warden: Warden) -> None:
    warden.ask(CONFIG)
    before = warden.ask({"do": "dropped"})[0]["dropped"]
    status, status_end = os.pipe()
    argv = [sys.executable, "-c", TOO_LARGE]
    request = {"do": "run", "where": "proxy", "argv": argv, "env": {}, "cwd": "/", "capable": True}
    warden.ask(request, [2, 2, status_end])
    os.close(status_end)
    with open(status) as told:
        assert [told.readline().split()[0], told.readline()] == ["started", "exited 0\n"]
    after = warden.ask({"do": "dropped"})[0]["dropped"]
    assert {name: count - before[name] for name, count in after.items()} == {
        "proxy's interface to the client": 1,
        "proxy's interface to the server": 0,
        "client's interface": 1,  # where it was dropped, which who sent it counts, too
        "server's interface": 0,
    }


def test_files_of_proc_are_those_of_the_network(warden: Warden) -> None:
    warden.ask(CONFIG)
    request = {"do": "open", "where": "server", "paths": ["/proc/net/dev", "/proc/net/no-such"]}
    answer, (descriptor,) = warden.ask(request)
    assert answer == {}
    names = {line.split(":")[0].strip() for line in os.read(descriptor, 1 << 16).decode().splitlines()[2:]}
    os.close(descriptor)
    assert names == {"lo", "eth0"}
