"""`tcpchaos attach`: mistakes, and the real thing: nginx and wrk in a network of the test's own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue import Place
from tcpchaos.backends.queue.rules import found
from tcpchaos.backends.warden.linux import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN, CAPS_OF_FILES
from tcpchaos.report.document import schema
from tests.netns import PATH, lacks, network

PORT = 8080
WEATHER = ("any data: drop 1%", "any any: delay 5ms 2%", "server data: hold 1 1%", "any any: duplicate 1%")
CONFIG = """
daemon off;
pid {0}/pid;
error_log {0}/errors;
worker_processes 1;
user root;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {0}/body;
    proxy_temp_path {0}/proxy;
    fastcgi_temp_path {0}/fastcgi;
    uwsgi_temp_path {0}/uwsgi;
    scgi_temp_path {0}/scgi;
    server {{
        listen 127.0.0.1:{1};
        listen [::1]:{1};
        location / {{ return 200 "hello\\n"; }}
    }}
}}
"""


@pytest.fixture
def place() -> Iterator[Place]:
    """A network with nothing in it but a loopback."""
    if why := lacks():
        pytest.skip(why)
    with network() as made:
        yield made


def program(name: str) -> str:
    there = shutil.which(name, path=PATH)
    if there is None:
        pytest.skip(f"{name} is not installed")
    return there


@pytest.fixture
def nginx(place: Place, tmp_path: Path) -> Iterator[Place]:
    """The network, with nginx on its loopback."""
    config = tmp_path / "nginx.conf"
    config.write_text(CONFIG.format(tmp_path, PORT))
    server = place.do(partial(subprocess.Popen, [program("nginx"), "-c", str(config), "-e", str(tmp_path / "errors")]))
    try:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            assert server.poll() is None
        yield place
    finally:
        server.terminate()
        server.wait()


@contextmanager
def attaching(*arguments: str, inside: Place | None = None) -> Iterator[subprocess.Popen[str]]:
    """The command as a process, from when it has attached; what it was told is read."""
    command = [sys.executable, "-m", "tcpchaos", "attach", *arguments]
    start = partial(subprocess.Popen, command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with start() if inside is None else inside.do(start) as process:
        try:
            assert process.stderr is not None
            told: list[str] = []
            while "attached; Ctrl-C ends it" not in "".join(told[-1:]):
                told.append(process.stderr.readline())
                assert told[-1], f"it ended with {process.wait()}: {told}"
            yield process
        finally:
            process.kill()


def capabilities(pid: int) -> int:
    """What a process may, as a set of bits."""
    lines = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines["CapPrm"], 16)


def requests(place: Place, at_least: int = 1) -> tuple[int, str]:
    """Have wrk make so many requests; how many it made, and what it says of any that failed."""
    made, failed = 0, ""
    while made < at_least:
        command = [program("wrk"), "-c", "8", "-t", "1", "-d", "2s", f"http://127.0.0.1:{PORT}/"]
        said = place.do(partial(subprocess.run, command, capture_output=True, text=True, check=True)).stdout
        (count,) = re.findall(r"(\d+) requests in", said)
        made += int(count)
        failed += "".join(line for line in said.splitlines() if "errors" in line or "Non-2xx" in line)
    return made, failed


@pytest.mark.parametrize(
    ("outside", "wanted"), [(False, 10_000), (True, 1000)], ids=["in its own network", "in another one"]
)
def test_thousands_of_requests_survive_the_weather(nginx: Place, outside: bool, wanted: int) -> None:
    faults = [word for rule in WEATHER for word in ("--fault", rule)]
    where = (*nginx.option, "--yes") if outside else ()
    with attaching("--port", str(PORT), *where, *faults, "--json", inside=None if outside else nginx) as process:
        made, failed = requests(nginx, wanted)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    document = json.loads(out)
    jsonschema.validate(document, schema("run"))
    assert made >= wanted
    assert failed == ""
    assert (process.returncode, document["outcome"], document["faults"]) == (0, "pass", "survivable")
    assert [each for each in document["findings"] if each["known"] is None] == []
    assert all(rule["fired"] for rule in document["plan"]["rules"])
    assert document["connections"] != []
    assert document["command"].startswith(f"tcpchaos attach --port {PORT} ")
    assert found(nginx, (4, 6)) == []


def test_who_is_killed_in_the_middle_leaves_the_traffic_alone_and_clean_removes_the_rest(
    nginx: Place, process: Any
) -> None:
    with attaching("--port", str(PORT), *nginx.option, "--yes") as killed:
        client = [program("wrk"), "-c", "4", "-t", "1", "-d", "3s", f"http://127.0.0.1:{PORT}/"]
        with nginx.do(partial(subprocess.Popen, client, stdout=subprocess.PIPE, text=True)) as talking:
            requests(nginx)
            killed.kill()
            killed.wait()
            said = talking.communicate(timeout=60)[0]
    assert "errors" not in said
    assert requests(nginx)[1] == ""
    left = len(found(nginx, (4, 6)))
    assert left > 0

    done = process("attach", "--clean", *nginx.option)
    assert (done.returncode, done.stdout) == (0, f"{left} rules removed\n")
    assert found(nginx, (4, 6)) == []
    assert process("attach", "--clean", *nginx.option).stdout == "nothing was left\n"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_it_tells_what_it_does_and_takes_it_back_however_it_is_ended(place: Place, how: signal.Signals) -> None:
    with attaching("--port", str(PORT), "--way", "loopback", *place.option) as process:
        assert len(found(place, (4, 6))) == 4
        kept = (*CAPS_OF_FILES, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN)
        assert not capabilities(process.pid) & ~sum(1 << each for each in kept)
        process.send_signal(how)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "UNDETERMINED  No segment of these flows was seen." in out
    assert f"stopped by {how.name}" in out
    assert found(place, (4, 6)) == []


def test_rules_are_told_before_they_are_made_and_a_port_where_nobody_listens_is_waited_for(
    place: Place, process: Any
) -> None:
    done = place.do(lambda: process("attach", "--port", PORT, "--time", "0.1", "--quiet"))

    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines[0] == "tcpchaos attach: in this machine's network, until the end:"
    assert all(line.startswith(("    iptables -t mangle -A OUTPUT -o lo", "    ip6tables")) for line in lines[1:5])
    assert lines[5] == f"tcpchaos attach: nobody listens at port {PORT} here: waiting for whoever will"


def test_a_violation_is_an_exit_code(nginx: Place) -> None:
    fault = ("--fault", "client syn: mss=10")  # below the least that Linux will send, which is a known deviation
    with attaching("--port", str(PORT), *nginx.option, "--yes", *fault, "--strict") as attached:
        requests(nginx)
        attached.send_signal(signal.SIGINT)
        out, _ = attached.communicate(timeout=60)

    assert attached.returncode == 1
    assert out.startswith(f"tcpchaos attach  port {PORT} (loopback, network, forward) in ")
    assert "VIOLATION  The server broke OP-02" in out


def test_a_capture_has_what_passed(nginx: Place, tmp_path: Path, process: Any) -> None:
    path = tmp_path / "host.pcapng"
    with attaching("--port", str(PORT), *nginx.option, "--yes", "--pcapng", str(path)) as attached:
        requests(nginx)
        attached.send_signal(signal.SIGINT)
        attached.communicate(timeout=60)

    assert process("check", path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--port N is missing: it names the flows, and no others are touched"),
        (["--port", "0"], "invalid value for '--port'"),
        (["--port", "80", "--way", "network"], "--way network: these flows leave this machine; if that is what you"),
        (["--port", "80", "--way", "forward", "--way", "loopback"], "--way forward: these flows leave this machine"),
        (["--port", "80", "--address", "localhost"], "--address localhost: expected an IPv4 or IPv6 address"),
        (["--port", "80", "--netns", "n", "--container", "1"], "--netns and --container exclude each other"),
        (["--port", "80", "--netns", "nowhere"], "--netns: no network namespace is called nowhere"),
        (["--port", "80", "--netns", "/etc/passwd"], "--netns: /etc/passwd is no network namespace"),
        (["--port", "80", "--container", str(2**22 + 1)], "--container: there is no /proc/4194305/ns/net"),
        (["--port", "80", "--mtu", "99"], "--mtu 99: a segment has 576 to 65531 octets"),
        (["--port", "80", "-f", "client sny: drop"], "did you mean syn?"),
    ],
)
def test_mistakes_are_told_with_what_to_write_instead(
    invoke: Any, arguments: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tcpchaos.backends.queue.families", lambda wanted: tuple(wanted))
    result = invoke("attach", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


@pytest.mark.parametrize(
    ("ways", "told"),
    [
        (("--way", "network"), "--way network: these flows leave {}; if that is what you mean, add --yes\n"),
        ((), "flows are taken, too, that leave {}; if that is what you mean, add --yes, or else --way loopback\n"),
    ],
)
def test_what_leaves_another_network_asks_for_yes_as_well(
    place: Place, invoke: Any, ways: tuple[str, ...], told: str
) -> None:
    result = invoke("attach", "--port", "80", *place.option, *ways)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(told.format(place.option[-1]))
    assert found(place, (4, 6)) == []


@pytest.mark.parametrize("name", ["families", "attached"])
def test_a_machine_that_lacks_something_is_broken(invoke: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lack(*words: object, **more: object) -> None:
        raise Broken("the program iptables is not installed", "apt-get install iptables")

    monkeypatch.setattr("tcpchaos.backends.queue.families", lambda wanted: tuple(wanted))
    monkeypatch.setattr(f"tcpchaos.backends.queue.{name}", lack)
    result = invoke("attach", "--port", "80", "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["broken"]["missing"] == "the program iptables is not installed"
    assert "BROKEN: the program iptables is not installed; apt-get install iptables" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can lose capabilities")
def test_who_lacks_a_capability_is_told_which() -> None:
    command = ["setpriv", "--bounding-set", "-net_admin,-net_raw", sys.executable, "-m", "tcpchaos", "attach"]
    done = subprocess.run([*command, "--port", "8099"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (3, "")
    assert "BROKEN: no raw sockets for this user" in done.stderr
    assert "CAP_NET_RAW and CAP_NET_ADMIN" in done.stderr


@pytest.mark.skipif(bool(lacks()), reason=lacks())
def test_who_owns_a_network_may_attach_there() -> None:
    command = ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-m", "tcpchaos", "attach"]
    done = subprocess.run([*command, "--port", "8099", "--time", "0.1"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "No segment of these flows was seen." in done.stdout
