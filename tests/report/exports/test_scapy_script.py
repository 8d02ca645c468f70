"""The script for scapy: it is Python, and as it is it plays its part against a real server of another kernel's TCP."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.corpus.case import Case
from tcpchaos.report.exports.scapy_script import scapy_script
from tcpchaos.report.exports.story import Story
from tcpchaos.trace import Side
from tests.report.exports.stories import lived

SPARE: Final = "192.0.2.77"  # no host has it, so no kernel answers in the script's place

# A server that says what it has read, and sends it back.
SERVER: Final = """
import socket, sys
with socket.create_server(("192.0.2.2", 7000)) as listener:
    open(sys.argv[1], "w").write("ready")
    connection, _ = listener.accept()
    heard = b""
    while octets := connection.recv(65536):
        heard += octets
        connection.sendall(octets)
    connection.close()
    open(sys.argv[2], "wb").write(heard)
"""

# Two networks, one in each namespace, with the script in the first and the server in the second.
NETWORKS: Final = """
set -e
server=
unshare --net sleep 60 & other=$!
trap 'kill $other $server' EXIT
while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do :; done
ip link add c0 address 02:00:00:00:00:01 type veth peer name s0 netns $other
ip address add 192.0.2.1/24 dev c0 && ip link set c0 up
there() { nsenter --net=/proc/$other/ns/net "$@"; }
there ip address add 192.0.2.2/24 dev s0 && there ip link set s0 up
there ip neighbour add SPARE lladdr 02:00:00:00:00:01 dev s0
mkfifo ready
(exec nsenter --net=/proc/$other/ns/net "$0" server.py ready heard) & server=$!
read -r _ < ready || true
"$0" case.py 192.0.2.2 7000 SPARE
wait $server
server=
"""


def played(folder: Path, case: Case) -> tuple[str, bytes]:
    """Return what the script printed, and what the server heard."""
    (folder / "server.py").write_text(SERVER)
    (folder / "case.py").write_text(scapy_script(case, lived(case), file="case.py"))
    command = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", NETWORKS.replace("SPARE", SPARE)]
    done = subprocess.run(
        [*command, sys.executable], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, (folder / "heard").read_bytes()


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize(
    ("plan", "sent"),
    [
        (("client data#2: duplicate",), "> PA 2:102(100) ack 2\n> PA 2:102(100) ack 2\n"),
        (("client data#2: split 3",), "> A 2:5(3) ack 2\n> PA 5:102(97) ack 2\n"),
        (("client data#2: corrupt 0 0xff, checksum=bad",), "> A 102:102(0) ack 2\n> PA 2:102(100) ack 2\n"),
        (("on server=established: inject to server rst seq=rcv.nxt+1",), "> R 2:2(0) ack 0\n"),
    ],
)
def test_the_script_runs_as_it_is(tmp_path: Path, plan: tuple[str, ...], sent: str) -> None:
    case = Case(title="x", plan=plan)

    printed, heard = played(tmp_path, case)

    story = lived(case)
    said = {story.seq(step): step.packet for step in story.steps if not step.sent and step.packet.checksum_ok}
    assert heard == b"".join(said[start].payload for start in sorted(said))
    assert sent in "".join(line for line in printed.splitlines(keepends=True) if line.startswith(">"))
    assert "< SA 0:0(0) ack 1\n" in printed
    assert f"ack {len(heard) + 2}\n" in printed  # the server's, of all of it and of the FIN


def test_its_text_tells_the_case_and_how_to_run_it() -> None:
    case = Case(title='It says "no"', about='With """ in it.', plan=('client data#1 has "\\x00": delay 1ms',))
    text = scapy_script(case, lived(case), file="case.py")

    compile(text, "case.py", "exec")
    assert text.startswith('#!/usr/bin/env python3\n"""It says "no"\n\nWith \'\'\' in it.\n')
    assert "    python3 case.py HOST PORT [SOURCE]\n" in text


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("client data#1: reserved=5, urgent=9", "urgent=9, reserved=5)"),
        ("client fin#1: offset=3", "offset=3)"),
        ("client fin#1: options=<uto 30s>", "options=[b'\\x1c\\x04\\x00\\x1e'])"),
        ("client fin#1: checksum=bad", "off=0x"),
        ("client fin#1: inject to server icmp host-unreachable", "# an ICMP error came here"),
        ("client fin#1: delay 100ms", "time.sleep(0.100)"),
    ],
)
def test_odd_segments_are_written_whole(line: str, written: str) -> None:
    case = Case(title="x", plan=(line,))

    assert written in scapy_script(case, lived(case), file="case.py")


def test_where_nothing_was_said_to_the_server_the_script_says_nothing() -> None:
    text = scapy_script(Case(title="x"), Story(side=Side.SERVER, steps=(), iss=0, irs=0), file="case.py")

    compile(text, "case.py", "exec")
    assert "client.send(" not in text.partition("def conversation")[2]
