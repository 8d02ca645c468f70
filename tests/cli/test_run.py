"""`tcpchaos run`: options and mistakes, and then the real thing between two kernels."""

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scapy.utils import RawPcapNgReader

from tcpchaos.backends import worlds
from tcpchaos.backends.host import Broken
from tcpchaos.report.document import schema
from tcpchaos.sim.mutants import mutants

in_lab = pytest.mark.usefixtures("lab_or_skip")
MUTANT = next(iter(mutants()))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-f", "client sny#1: drop"], "did you mean syn?\n    client sny#1: drop\n           ^^^\n"),
        (["-f", "client syn: drop", "-f", "client sin: drop"], "--fault number 2, line 1, column 8"),
        (["-w", "eco"], "tcpchaos run: --workload: no workload is called eco: did you mean echo?"),
        (["-w", "echo", "--server", "x", "--client", "y"], "--workload and --server/--client exclude each other"),
        (["--server", "x"], "--client CMD is missing: give a client of yours, or --send FILE"),
        (["--client", "x"], "--server CMD is missing"),
        (["--server", "x 'y", "--client", "z"], '--server "x \'y": no closing quotation'),
        (["--server", "x", "--client", "y", "--times", "9"], "--times: only a workload is played several times"),
        (["--server", "sim:#"], "--server sim:#: no broken endpoint is called #: see `tcpchaos list mutants`"),
        (["--client", f"sim:{MUTANT}x"], f"no broken endpoint is called {MUTANT}x: did you mean {MUTANT}?"),
        (["--server", "sim", "--client", "true"], "a simulated endpoint plays workloads: it can't be paired with a"),
        (["--backend", "sim", "--server", "x", "--client", "y"], "--backend sim has no kernel for programs"),
        (["--backend", "sim", "--sysctl", "a=1"], "--backend sim has no kernel for --sysctl"),
        (["--mtu", "10"], "--mtu 10: IPv4 needs 68 to "),
        (["--mtu", "1000", "-6"], "--mtu 1000: IPv6 needs 1280 to "),
        (["--sysctl", "tcp_sack"], "--sysctl tcp_sack: expected NAME=VALUE"),
        (["--plan", "/nowhere/plan"], "--plan /nowhere/plan: No such file or directory"),
        (["--pcapng", "/nowhere/run.pcapng"], "--pcapng /nowhere/run.pcapng: there is no directory /nowhere"),
    ],
)
def test_mistakes_are_told_with_what_to_write_instead(invoke: Any, arguments: list[str], told: str) -> None:
    result = invoke("run", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert result.stderr.startswith("tcpchaos run: ")


def test_a_mistake_in_a_plan_file_says_which_line(invoke: Any, tmp_path: Path) -> None:
    plan = tmp_path / "faults.plan"
    plan.write_text("# a plan\nclient syn#1: drop\nclient data: dorp\n")

    result = invoke("run", "--plan", plan)

    assert result.exit_code == 2
    assert f"{plan}, line 3, column 14: " in result.stderr
    assert "did you mean drop?" in result.stderr


def test_a_plan_file_that_is_no_text(invoke: Any, tmp_path: Path) -> None:
    (tmp_path / "plan").write_bytes(b"client syn: drop \xff")

    assert "not a text in UTF-8 (octet 17)" in invoke("run", "--plan", tmp_path / "plan").stderr


@in_lab
def test_a_run_without_faults_passes(process: Any) -> None:
    done = process("run")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("tcpchaos run  echo, lab, linux ")
    assert "PASS  Both endpoints kept to the law; nothing was done to their segments." in done.stdout


@in_lab
def test_a_dropped_syn_is_sent_again(process: Any) -> None:
    done = process("run", "--workload", "echo", "--fault", "client syn#1: drop", "--json")

    document = json.loads(done.stdout)
    jsonschema.validate(document, schema("run"))
    assert (done.returncode, document["outcome"], document["faults"]) == (0, "pass", "survivable")
    assert document["plan"]["rules"][0]["fired"] == 1
    syns = [event for event in document["trace"]["events"] if event["segment"].startswith("S 0:0(0)")]
    assert [event["what"] for event in syns] == ["sent", "sent", "delivered"]
    assert syns[0]["deeds"] == ["drop"]


@in_lab
def test_a_lethal_fault_is_called_lethal(process: Any) -> None:
    done = process("run", "-f", "on client=established: inject to client rst seq=rcv.nxt", "--json")

    document = json.loads(done.stdout)
    assert (done.returncode, document["outcome"], document["faults"]) == (0, "pass", "lethal")


@in_lab
def test_plan_file_and_faults_add_up_and_the_seed_is_told(process: Any, tmp_path: Path) -> None:
    (tmp_path / "plan").write_text("seed 3\nclient data#1: delay 5ms\n")

    document = json.loads(process("run", "--plan", tmp_path / "plan", "-f", "any data: drop 1%", "--json").stdout)

    assert [rule["rule"] for rule in document["plan"]["rules"]] == ["client data#1: delay 5ms", "any data: drop 1%"]
    assert document["plan"]["seed"] == 3


@in_lab
def test_what_passed_is_written_to_a_capture(process: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"

    run = process("run", "-q", "--pcapng", path)
    check = process("check", path)

    assert run.returncode == check.returncode == 0
    assert run.stdout.startswith("PASS")
    assert list(tmp_path.iterdir()) == [path]


def test_a_capture_tells_the_story_and_its_frames_are_those_of_the_report(process: Any, tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    broken = "sim:acks-one-too-many"
    document = json.loads(process("run", "--backend", "sim", "--server", broken, "--pcapng", path, "--json").stdout)

    with RawPcapNgReader(str(path)) as reader:
        comments = [meta.comments or [] for _, meta in reader]
    assert len(comments) == document["trace"]["seen"]
    finding = next(finding for finding in document["findings"] if finding["rule"] == "SA-02")
    (said,) = [each.decode() for each in comments[finding["frame"] - 1] if each.startswith(b"SA-02")]
    assert finding["sentence"] in said
    assert f"Observed: {finding['observed']}. Legal: {finding['expected']}." in said
    assert f"the {finding['blame']} is to blame" in said


@in_lab
def test_commands_of_the_users_own(process: Any) -> None:
    server = f"{sys.executable} -c " + shlex.quote(
        "import os, socket; s = socket.create_server((os.environ['TCPCHAOS_HOST'], int(os.environ['TCPCHAOS_PORT'])));"
        "s.accept()[0].sendall(b'hello')"
    )
    client = f"{sys.executable} -c " + shlex.quote(
        "import os, socket; s = socket.create_connection((os.environ['TCPCHAOS_HOST'], os.environ['TCPCHAOS_PORT']));"
        "assert s.recv(5) == b'hello'"
    )

    done = process("run", "--server", server, "--client", client)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "P. 1:6(5)" in done.stdout


@in_lab
def test_a_missing_command_is_broken(process: Any) -> None:
    text = process("run", "--server", "no-such-server", "--client", "true")
    document = process("run", "--server", "no-such-server", "--client", "true", "--json")

    assert (text.returncode, text.stdout) == (3, "")
    assert text.stderr.startswith("tcpchaos run: BROKEN: the command 'no-such-server' does not exist; ")
    assert document.returncode == 3
    found = json.loads(document.stdout)
    jsonschema.validate(found, schema("run"))
    assert (found["outcome"], found["broken"]["missing"]) == ("broken", "the command 'no-such-server' does not exist")


@in_lab
def test_ctrl_c_shows_what_was_seen_so_far(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    command = [
        sys.executable,
        "-m",
        "tcpchaos",
        "run",
        "-w",
        "bulk-up",
        "-f",
        "server any#20-: drop",
        "--pcapng",
        str(path),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    part = path.with_name(f".{path.name}.{running.pid}.part")
    while not (part.exists() and part.stat().st_size > 1000):  # the connection is stuck soon, and for long
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)

    assert (running.returncode, err) == (130, "")
    assert "│── S 0:0(0) win" in out
    assert "UNDETERMINED  Interrupted; nothing that was seen so far breaks the law." in out
    assert path.stat().st_size > 1000


@in_lab
def test_an_undetermined_run_whose_applications_failed_does_not_turn_green(process: Any) -> None:
    done = process("run", "-w", "keepalive", "--timeout", "0.5", "--json")

    document = json.loads(done.stdout)
    assert (document["outcome"], document["timed_out"]) == ("undetermined", True)
    assert done.returncode == 1


def test_two_simulated_endpoints_need_nothing(process: Any) -> None:
    text = process("run", "--backend", "sim", "-w", "keepalive")
    document = json.loads(process("run", "--backend", "sim", "-w", "keepalive", "--json").stdout)

    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.startswith("tcpchaos run  keepalive, sim, sim, took 2.5")
    jsonschema.validate(document, schema("run"))
    assert (document["backend"], document["stacks"], document["outcome"]) == ("sim", ["sim", "sim"], "pass")


@in_lab
def test_one_of_ours_takes_a_kernel_s_place(process: Any) -> None:
    document = json.loads(process("run", "--server", "sim", "--json").stdout)

    assert (document["backend"], document["outcome"]) == ("lab", "pass")
    assert document["stacks"][0].startswith("linux ")
    assert document["stacks"][1] == "sim"


@in_lab
@pytest.mark.parametrize("backend", ["sim", "lab"])
def test_a_broken_endpoint_is_found_out(process: Any, backend: str) -> None:
    asked = ("run", "--backend", backend, "--server", "sim:resends-another-octet", "-f", "server data#1: drop")
    document = json.loads(process(*asked, "--json").stdout)
    text = process(*asked, "-q")

    assert text.returncode == 1
    assert text.stdout.startswith("VIOLATION  The server broke RT-01 at #")
    assert {(finding["rule"], finding["blame"]) for finding in document["findings"]} >= {("RT-01", "server")}
    assert document["stacks"][1] == "sim:resends-another-octet"


def test_without_a_lab_auto_is_simulated_and_says_so(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Broken("no namespaces", "ask for some")

    monkeypatch.setattr(worlds, "open_lab", refuse)
    done = invoke("run")

    assert done.exit_code == 0
    assert done.stdout.startswith("tcpchaos run  echo, sim, sim, took ")
    said = " ".join(done.stdout.split())
    assert "simulated, because this machine has no lab: no namespaces; ask for some" in said
    assert invoke("run", "--backend", "lab").exit_code == 3
    assert invoke("run", "--server", "true", "--client", "true").exit_code == 3


def test_ctrl_c_ends_what_passes_in_virtual_time(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    asked = ["run", "--backend", "sim", "-w", "bulk-up", "--octets", "1000000000", "--pcapng", str(path), "-q"]
    running = subprocess.Popen([sys.executable, "-m", "tcpchaos", *asked], stdout=subprocess.PIPE, text=True)
    part = path.with_name(f".{path.name}.{running.pid}.part")
    while not (part.exists() and part.stat().st_size > 100_000):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=20)

    assert running.returncode == 130
    assert out.startswith("UNDETERMINED  Interrupted; nothing that was seen so far breaks the law.")
