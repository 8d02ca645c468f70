"""Servers with a TCP that is nobody's here: lwIP and slirp4netns, called by a kernel over a bridge and by our own."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from tcpchaos.report.document import schema
from tcpchaos.workloads import WORKLOADS
from tests.backends.foreign.foreigners import (
    ADDRESS,
    CABLE,
    DISCARD,
    MISSING,
    TAP,
    TARGET,
    called,
    compiled,
    echoing,
    lwip,
    slirp,
)
from tests.bridged import TOOL, among

pytestmark = [
    pytest.mark.usefixtures("lab_or_skip"),
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} missing"),
]
PEER = ("--peer", TAP, "--target", TARGET, "--address", ADDRESS)
BRIDGE = ("--bridge", f"near,{TAP}", "--target", TARGET)
SMALL = ("--octets", "60000")  # of bulk workloads: the program that runs the tool keeps a MiB of what it prints
PLANS = [
    ("client syn#1: drop", "server syn-ack#1: duplicate"),
    ("client data#1: drop", "server data#1: drop"),
    ("client data#2: hold 2", "server data: duplicate", "client ack#3: drop"),
    ("client data#1: split 1", "server data#2: corrupt 0 0xff, checksum=bad"),
    ("on client=established: inject to server rst seq=rcv.nxt+1", "client fin#1: drop"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("lwip"))


@pytest.fixture
def say(tmp_path: Path) -> tuple[str, ...]:
    """What is said, and that as much must come back."""
    (tmp_path / "say").write_bytes(b"say it again\n" * 800)
    return "--send", str(tmp_path / "say"), "--expect", "(?s).{10400}"


def faults(plan: tuple[str, ...]) -> list[str]:
    return [word for line in plan for word in ("-f", line)]


async def test_lwip_called_by_our_own_tcp(server: Path, say: tuple[str, ...]) -> None:
    async with lwip(server) as lab:
        for plan in ((), *PLANS):
            code, document = await called(lab, *PEER, *say, *faults(plan))
            told = [(found["rule"], found["blame"], found["observed"]) for found in document["findings"]]
            assert (code, document["outcome"], told) == (0, "pass", []), (plan, document["notes"])
            assert (document["backend"], document["stacks"]) == ("peer", ["sim", ""])
            assert document["connections"][0]["server"]["address"] == "10.8.0.2"
    jsonschema.validate(document, schema("run"))


async def test_lwip_called_by_a_kernel_over_a_bridge(server: Path, say: tuple[str, ...]) -> None:
    async with lwip(server) as lab:
        await among(lab, "proxy", CABLE.format("10.8.0.1"))
        for plan in ((), *PLANS):
            code, document = await called(lab, *BRIDGE, *say, *faults(plan))
            told = [(found["rule"], found["blame"], found["observed"]) for found in document["findings"]]
            assert (code, document["outcome"]) == (0, "pass"), (plan, told, document["notes"])
            assert not [found for found in document["findings"] if found["known"] is None]
            assert document["backend"] == "bridge"


async def test_the_clients_half_of_workloads_is_played_against_lwip(server: Path) -> None:
    async with lwip(server) as lab:
        await among(lab, "proxy", CABLE.format("10.8.0.1"))
        for way in (PEER, BRIDGE):
            for each in WORKLOADS.values():
                if each.server:
                    target = TARGET if each.server == "echo" else DISCARD
                    words = ("-w", each.name, *SMALL, *(target if word == TARGET else word for word in way))
                    code, document = await called(lab, *words)
                    told = [(found["rule"], found["blame"], found["observed"]) for found in document["findings"]]
                    assert (code, document["outcome"], told) == (0, "pass", []), (words, document["notes"])
                    [client, stranger] = document["applications"]
                    assert (client["what"], client["ok"], stranger["ended"]) == (each.name, True, "not ours to know")
                    assert f"--workload {each.name}" in document["command"]


async def test_what_a_workload_hears_of_lwip_is_what_it_said_whatever_gets_lost(server: Path) -> None:
    async with lwip(server) as lab:
        for plan in PLANS:
            code, document = await called(lab, "-w", "echo", *PEER, *faults(plan))
            told = [(found["rule"], found["blame"], found["observed"]) for found in document["findings"]]
            assert (code, document["outcome"], told) == (0, "pass", []), (plan, document["notes"])
        spoilt = faults(("server data#1: corrupt 0 0xff",))
        code, document = await called(lab, "-w", "echo", *PEER, *spoilt)
        assert (code, document["faults"]) == (0, "lethal")
        [found] = [found for found in document["findings"] if found["rule"] == "AP-01"]
        assert "read another octet at 0 than was sent there to come back" in found["observed"]
        code, document = await called(lab, "-w", "bulk-up", *SMALL, *PEER)
        [found] = document["findings"]
        assert (code, found["rule"], found["blame"]) == (1, "AP-01", None)
        assert "read an octet at 0 that nothing had called for" in found["observed"]


async def test_a_broken_client_of_ours_is_found_out_by_it(server: Path, say: tuple[str, ...]) -> None:
    async with lwip(server) as lab:
        plan = faults(("client data#1: drop",))
        code, document = await called(lab, *PEER, *say, *plan, "--client", "sim:resends-another-octet")
    assert code == 1
    assert ("RT-01", "client") in {(found["rule"], found["blame"]) for found in document["findings"]}


async def test_who_is_not_there_and_who_is_there_already(server: Path) -> None:
    async with lwip(server) as lab:
        code, document = await called(lab, "--peer", TAP, "--target", "10.8.0.9:7", "--address", ADDRESS)
        assert (code, document["outcome"]) == (3, "broken")
        assert document["broken"]["missing"] == "nobody on tap7 answers for the target's address"
        code, document = await called(lab, "--peer", TAP, "--target", "10.8.0.9:7", "--address", "10.8.0.2")
        assert (code, document["broken"]["missing"]) == (3, "somebody on tap7 has 10.8.0.2 already")


async def test_nobody_listens_or_somebody_who_does_something_else(server: Path) -> None:
    """The environment failed, and nobody broke a law; also with faults on the way, and before a campaign begins."""
    async with lwip(server) as lab:
        refused = "10.8.0.2:99"
        nobody = ("--peer", TAP, "--address", ADDRESS, "--target", refused)
        for words in (("-w", "echo"), faults(("client syn#1: drop",))):
            code, document = await called(lab, *nobody, *words)
            assert (code, document["outcome"]) == (3, "broken")
            assert document["broken"]["missing"] == f"nobody serves at {refused} (refused)"
        other = ("--peer", TAP, "--address", ADDRESS, "--target", DISCARD, "-w", "abort")
        for way, told in (
            ((*nobody, "-w", "echo"), f"nobody serves at {refused} (refused)"),
            (other, f"without any fault, abort fails against {DISCARD}: "),
        ):
            words = [*TOOL, "fuzz", "handshake", "--time", "1", "--no-save", *way]
            async with lab.run_between(words) as searching:
                assert await searching.wait() == 3
            assert f"tcpchaos fuzz: BROKEN: {told}" in searching.stderr.decode()


@pytest.mark.skipif(os.geteuid() != 0, reason="slirp4netns must enter the network of a lab")
async def test_slirp4netns_called_both_ways(say: tuple[str, ...]) -> None:
    async with echoing() as port, slirp(port) as lab:
        target = f"10.0.2.2:{port}"
        code, document = await called(lab, "--peer", TAP, "--target", target, "--address", "10.0.2.77", *say)
        told = [(found["rule"], found["blame"], found["observed"]) for found in document["findings"]]
        assert (code, document["outcome"]) == (0, "pass"), (told, document["notes"])
        await among(lab, "proxy", CABLE.format("10.0.2.100"))
        for way in (("--peer", TAP, "--address", "10.0.2.77"), ("--bridge", f"near,{TAP}")):
            for workload in ("handshake", "echo", "keepalive", "bulk-both"):
                code, document = await called(lab, "-w", workload, *SMALL, *way, "--target", target)
                told = [(found["rule"], found["blame"], found["observed"]) for found in document["findings"]]
                assert (code, document["outcome"]) == (0, "pass"), (way, workload, told, document["notes"])
        plan = faults(("client data#1: drop", "server data#1: delay 20ms"))
        code, document = await called(lab, "--bridge", f"near,{TAP}", "--target", target, *say, *plan)
        told = [(found["rule"], found["blame"], found["observed"]) for found in document["findings"]]
        assert (code, document["outcome"]) == (0, "pass"), (told, document["notes"])


@pytest.mark.parametrize("workload", [True, False])
async def test_a_case_is_replayed_against_it(
    server: Path, say: tuple[str, ...], tmp_path: Path, workload: bool
) -> None:
    case = {"tcpchaos": "case/1", "title": "A lost segment", "plan": ["client data#1: drop", "server syn-ack#1: drop"]}
    (tmp_path / "case.json").write_text(json.dumps(case))
    words = [*TOOL, "replay", str(tmp_path / "case.json"), "--times", "5", "--json", *PEER]
    words += ["-w", "echo"] if workload else say
    async with lwip(server) as lab, lab.run_between(words) as replaying:
        code = await replaying.wait()
        assert code == 0, replaying.stderr.decode() + replaying.stdout.decode()
    document = json.loads(replaying.stdout)
    assert [each["status"] for each in document["cases"]] == ["held"]


async def test_a_campaign_is_led_against_it(server: Path, say: tuple[str, ...]) -> None:
    """What is found of lwIP here is true: its resets carry ACK where RFC 9293 has none (3.10.7.1)."""
    bounds = ["--unguided", "--cases", "8", "--time", "30"]  # the first eight take seconds, and are made small in some
    words = [*TOOL, "fuzz", "handshake", *bounds, "--no-save", "--json", *PEER, *say]
    async with lwip(server) as lab, lab.run_between(words) as searching:
        code = await searching.wait()
        assert code in (0, 1), searching.stderr.decode()
    document = json.loads(searching.stdout)
    assert document["cases"] == 8
    assert f"--target {TARGET} --peer {TAP}" in document["command"]
    assert {found["rule"] for found in document["findings"]} <= {"HS-04", "RS-05"}
