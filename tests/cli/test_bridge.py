"""`tcpchaos bridge`: options and mistakes, and then between real interfaces in the proxy's place of a lab."""

import json
import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trio

from tcpchaos.backends.lab import open_lab
from tcpchaos.backends.warden.linux import CAPS_OF_FILES
from tcpchaos.report.document import schema
from tests.bridged import INTERFACES, TOOL, among, bridged, ended, exchange, said

in_lab = pytest.mark.usefixtures("lab_or_skip")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["lo"], "missing argument 'IF_SERVER'"),
        (["veth7", "veth7"], "veth7 twice: a wire has two ends"),
        (["no-such-veth", "lo"], "no interface is called no-such-veth; there are "),
        (["loo", "lo"], "no interface is called loo; did you mean lo?"),
        (["lo", "veth8"], "lo is the loopback: it leads nowhere"),
    ],
)
def test_mistakes_are_told_with_what_to_write_instead(invoke: Any, arguments: list[str], told: str) -> None:
    result = invoke("bridge", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert result.stderr.startswith("tcpchaos bridge: ")


@in_lab
async def test_mistakes_about_interfaces_that_are_there() -> None:
    async with open_lab() as lab:

        async def told(*arguments: str) -> str:
            async with lab.run_between([*TOOL, "bridge", *INTERFACES, *arguments]) as bridge:
                assert await bridge.wait() == 2
                assert bridge.stdout == b""
                return bridge.stderr.decode()

        assert "--flow 10.0.0.1: expected HOST:PORT" in await told("--flow", "10.0.0.1")
        assert "did you mean syn?" in await told("--fault", "client sny: drop")
        assert "/nowhere/socket: No such file" in await told("--control", "/nowhere/socket")
        async with lab.run_between([*TOOL, "bridge", *INTERFACES]) as first:
            await said(first, b"are joined")
            assert "client is one end of another wire of tcpchaos': stop that one first" in await told()
            assert (await ended(lab, first))[0] == 0


@in_lab
async def test_who_may_not_is_told_what_it_takes() -> None:
    command = [*TOOL, "bridge", *INTERFACES, "--json"]
    dropped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
    async with open_lab() as lab, lab.run_between([*dropped, *command]) as bridge:
        code = await bridge.wait()
        if b"setpriv:" in bridge.stderr:
            pytest.skip("only root can give up for good what it may")
        assert code == 3, bridge.stderr.decode()
        assert b"BROKEN: no packet sockets for this user; sudo tcpchaos" in bridge.stderr
    assert json.loads(bridge.stdout)["broken"]["missing"] == "no packet sockets for this user"


@in_lab
async def test_faults_are_done_to_chosen_flows_alone_and_both_ends_judged() -> None:
    async with bridged("--port", "80", "-f", "any data: drop 20%", "--seed", "3", "--json") as (lab, bridge):
        await exchange(lab, 80, bytes(30_000), times=5)
        await exchange(lab, 81, bytes(30_000))
        code, printed = await ended(lab, bridge)
    document = json.loads(printed)
    jsonschema.validate(document, schema("run"))
    assert (code, document["outcome"], document["faults"], document["backend"]) == (0, "pass", "survivable", "bridge")
    assert {link["server"]["port"] for link in document["connections"]} == {80}
    assert len(document["connections"]) == 5
    assert document["plan"]["rules"][0]["fired"] > 5
    assert all(stack.startswith("linux ") for stack in document["stacks"])
    assert document["command"].startswith("tcpchaos bridge client server --port 80 ")
    assert "stopped by SIGINT" in document["notes"]


@in_lab
async def test_a_violation_is_told_at_once_and_drawn_in_the_end() -> None:
    """A kernel of ours breaks no law that is not known; with --strict, what is known is a violation."""
    plan = ["-f", "server data#1: drop", "--strict"]
    async with bridged(*plan) as (lab, bridge):
        while b"OP-14: the client, connection " not in bridge.stderr:
            await exchange(lab, 80, bytes(3073))
        code, printed = await ended(lab, bridge)
    assert code == 1
    assert "│" in printed
    assert "VIOLATION  The client broke OP-14" in printed


def permitted(word: str) -> int:
    """What the one process may, as a set of bits, that was called with this word."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if word.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                found.append((process / "status").read_text().partition("CapPrm:\t")[2].split()[0])
    (only,) = found
    return int(only, 16)


@in_lab
async def test_the_plan_is_replaced_while_it_runs(tmp_path: Path) -> None:
    plan, control = tmp_path / "faults.plan", tmp_path / "control"
    plan.write_text("client syn: drop\n")
    more = ["--plan", str(plan), "--control", str(control), "--json"]
    async with bridged(*more) as (lab, bridge):
        plan.write_text("client sny: drop\n")
        await bridge.send_signal(signal.SIGHUP)
        await said(bridge, b"did you mean syn?")
        await said(bridge, b"the plan stays as it was")
        plan.write_text("client data#1: drop\n")
        await bridge.send_signal(signal.SIGHUP)
        await said(bridge, b"another plan is in force, of 1 rules\n")
        await exchange(lab, 80)

        async def ctl(*arguments: str) -> tuple[int, str]:
            done = await trio.run_process([*TOOL, "ctl", str(control), *arguments], capture_stdout=True, check=False)
            return done.returncode, done.stdout.decode()

        assert permitted(str(control)) & ~sum(1 << each for each in CAPS_OF_FILES) == 0
        code, told = await ctl("status")
        assert code == 0
        assert "plan         client data#1: drop (fired 1 times)" in told
        jsonschema.validate(json.loads((await ctl("status", "--json"))[1]), schema("status"))
        plan.write_text("server data#1: delay 5ms\nserver data#2: delay 5ms\n")
        assert (await ctl("plan", str(plan)))[0] == 0
        await said(bridge, b"another plan is in force, of 2 rules, over the control socket")
        assert (await ctl("stop"))[0] == 0
        assert await bridge.wait() == 0
    document = json.loads(bridge.stdout)
    rules = [rule["rule"] for rule in document["plan"]["rules"]]
    assert rules == ["server data#1: delay 5ms", "server data#2: delay 5ms"]
    assert any("client data#1: drop (1)" in note for note in document["notes"])
    assert not control.exists()


@in_lab
async def test_it_is_idle_until_there_is_a_plan(tmp_path: Path) -> None:
    """In the middle of a connection, which is heard from then on, also when the plan is gone again; and no new one."""
    plan, control, octets = tmp_path / "faults.plan", tmp_path / "control", bytes(range(256)) * 400

    async def ctl(*arguments: str) -> str:
        done = await trio.run_process([*TOOL, "ctl", str(control), *arguments], capture_stdout=True)
        return done.stdout.decode()

    async with bridged("--idle", "--control", str(control), "--json", offloads=True) as (lab, bridge):
        listener = await lab.server.listen(80)
        client = await lab.client.connect(lab.server.address, 80)
        server = await listener.accept()

        async def say() -> None:
            for source, sink in ((client, server), (server, client)):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(source.send_all, octets)
                    heard = b""
                    while len(heard) < len(octets):
                        heard += await sink.receive()
                assert heard == octets

        await say()
        assert "0 segments, 0 connections" in await ctl("status")
        plan.write_text("client data#5: drop\n")
        await ctl("plan", str(plan))
        await say()
        status = await ctl("status")
        assert " segments, 1 connection, " in status
        assert "client data#5: drop (fired 1 times)" in status
        plan.write_text("")
        await ctl("plan", str(plan))
        await say()
        listener.close()
        await exchange(lab, 81)
        assert " segments, 1 connection, " in await ctl("status")
        await ctl("stop")
        assert await bridge.wait() == 0
        for each in (client, server):
            each.close()
    document = json.loads(bridge.stdout)
    assert (document["findings"], len(document["connections"])) == ([], 1)
    assert document["trace"]["seen"] > 2 * 4 * len(octets) // 1448
    assert any("while the plan had no rules, no flow was chosen" in note for note in document["notes"])
    assert not any("not all was heard" in note for note in document["notes"])
    assert document["command"].endswith(" --idle")


@in_lab
async def test_what_is_held_back_goes_on_when_it_ends() -> None:
    async with bridged("-f", "client data#1: hold 99", "--json") as (lab, bridge):
        listener = await lab.server.listen(80)
        client = await lab.client.connect(lab.server.address, 80)
        server = await listener.accept()
        await client.send_all(b"late")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ended, lab, bridge)
            assert await server.receive() == b"late"
        for each in (client, server, listener):
            each.close()


@in_lab
async def test_an_interface_that_goes_away_ends_it() -> None:
    removal = "from pyroute2 import IPRoute\nwith IPRoute() as r: r.link('del', index=r.link_lookup(ifname='eth0')[0])"
    async with bridged("--json") as (lab, bridge):
        await exchange(lab, 80)
        await among(lab, "server", removal)
        while bridge.returncode is None:
            listener = await lab.client.listen()
            with trio.move_on_after(0.1):
                await lab.client.connect(lab.server.address, 80)
            listener.close()
        assert await bridge.wait() == 3
    document = json.loads(bridge.stdout)
    assert (document["outcome"], len(document["connections"]) > 0) == ("broken", True)
    assert "server takes no frames any more" in document["broken"]["missing"]


@in_lab
@pytest.mark.skipif(shutil.which("nginx") is None or shutil.which("curl") is None, reason="nginx or curl is missing")
async def test_nginx_and_curl_behind_it(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(bytes(range(256)) * 200)
    (tmp_path / "nginx.conf").write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p;\n"
        f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
        f"server {{ listen 192.0.2.2:8080; root {tmp_path}; }} }}\n"
    )
    urls = ["http://192.0.2.2:8080/page"] * 10
    outputs = [word for number in range(10) for word in ("-o", str(tmp_path / f"got{number}"))]
    async with bridged("--flow", "192.0.2.2:8080", "-f", "any data: drop 5%", "--json") as (lab, bridge):
        async with lab.server.run(["nginx", "-e", "stderr", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]):
            while ("192.0.2.2", 8080) not in lab.server.listeners():
                await trio.sleep(0.01)
            async with lab.client.run(["curl", "-sSf", *outputs, *urls]) as curl:
                assert await curl.wait() == 0, curl.stderr
        code, printed = await ended(lab, bridge)
    document = json.loads(printed)
    assert (code, document["outcome"], document["faults"]) == (0, "pass", "survivable")
    assert all((tmp_path / f"got{number}").read_bytes() == (tmp_path / "page").read_bytes() for number in range(10))
