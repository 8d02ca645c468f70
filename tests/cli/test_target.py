"""Whom something is played against."""

import re
from pathlib import Path

import pytest

from tcpchaos.backends.world import Foreign
from tcpchaos.cli.group import Mistake
from tcpchaos.cli.target import checked, foreign_of, programs, said_to, simulated_ones, target_of
from tcpchaos.sim.mutants import mutants
from tcpchaos.workloads import Commands, Exchange

MUTANT = next(iter(mutants()))
KERNELS = ("", "")


def test_what_is_simulated_is_told_from_what_is_a_program() -> None:
    assert simulated_ones(None, "sim") == ("", "sim")
    assert simulated_ones(f"sim:{MUTANT}", "nginx") == (f"sim:{MUTANT}", "")
    with pytest.raises(Mistake, match="--client sim:nobody: no broken endpoint is called nobody"):
        simulated_ones("sim:nobody", None)


def test_without_programs_there_are_none() -> None:
    assert programs(client=None, server=None, send=None, expect=None, endpoints=KERNELS) is None
    assert programs(client="sim", server=None, send=None, expect=None, endpoints=("sim", "")) is None


def test_two_commands() -> None:
    found = programs(client="curl", server="nginx", send=None, expect=None, endpoints=KERNELS)
    assert found == Commands(server="nginx", client="curl")


def test_a_server_and_what_is_said_to_it(tmp_path: Path) -> None:
    said = tmp_path / "ping.bin"
    said.write_bytes(b"PING\r\n")
    both = programs(client=None, server="redis", send=said, expect="PONG", endpoints=KERNELS)
    assert both == Commands(server="redis", client=Exchange(send=b"PING\r\n", expect="PONG"))
    silent = programs(client=None, server="redis", send=None, expect="READY", endpoints=KERNELS)
    assert silent == Commands(server="redis", client=Exchange(expect="READY"))


@pytest.mark.parametrize(
    ("server", "client", "send", "expect", "said"),
    [
        (None, "curl", None, None, "--server CMD is missing"),
        (None, None, None, "PONG", "--server CMD is missing"),
        ("redis", None, None, None, "--client CMD is missing: give a client of yours, or --send FILE"),
        ("redis", "curl", None, "PONG", "--client and --send/--expect exclude each other"),
        ("redis", None, "/nowhere/ping", None, "--send /nowhere/ping: No such file or directory"),
        ("redis", None, None, "(", "--expect '(' is no regular expression"),
        ("redis '", "curl", None, None, '--server "redis \'": no closing quotation'),
    ],
)
def test_mistakes(server: str | None, client: str | None, send: str | None, expect: str | None, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        programs(
            client=client, server=server, send=None if send is None else Path(send), expect=expect, endpoints=KERNELS
        )
    assert said in mistake.value.message


def test_a_simulated_endpoint_has_no_programs() -> None:
    with pytest.raises(Mistake, match="a simulated endpoint plays workloads"):
        target_of(client="curl", server="sim", backend="auto", strict=False)
    with pytest.raises(Mistake, match="--backend sim has no kernel for programs"):
        target_of(client="curl", server="nginx", backend="sim", strict=False)


def foreign(**given: str) -> Foreign | None:
    wanted = dict.fromkeys(("target", "bridge", "client_netns", "peer", "address", "target_stack"))
    tun = given.pop("tun", "")
    return foreign_of(**(wanted | given), tun=bool(tun))


def test_a_server_that_is_somebody_elses() -> None:
    assert foreign() is None
    peer = foreign(target="10.0.0.2:80", peer="tap0", address="10.0.0.9", target_stack="lwIP 2.1")
    assert peer == Foreign(address="10.0.0.2", port=80, interfaces=("tap0",), own="10.0.0.9", stack="lwIP 2.1")
    bridge = foreign(target="[2001:db8::2]:80", bridge="veth0,tap0", client_netns="blue")
    assert bridge == Foreign(address="2001:db8::2", port=80, interfaces=("veth0", "tap0"), netns="blue")
    assert str(bridge) == "[2001:db8::2]:80"
    tun = foreign(target="10.0.0.2:80", tun="yes", address="10.0.0.9")
    assert tun == Foreign(address="10.0.0.2", port=80, interfaces=(), own="10.0.0.9")
    with pytest.raises(Mistake, match="--tun needs --target"):
        foreign(tun="yes")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"peer": "tap0"}, "--peer needs --target HOST:PORT"),
        ({"target": "10.0.0.2"}, "--target 10.0.0.2: expected HOST:PORT"),
        ({"target": "10.0.0.2:80"}, "--target needs either --bridge IF,IF or --peer IF"),
        ({"target": "10.0.0.2:80", "peer": "a", "bridge": "a,b"}, "--target needs either"),
        ({"target": "10.0.0.2:80", "bridge": "a"}, "--bridge a: expected two interfaces"),
        ({"target": "10.0.0.2:80", "bridge": "a,b", "address": "10.0.0.3"}, "--address is for --peer"),
        ({"target": "10.0.0.2:80", "peer": "a", "client_netns": "blue"}, "--client-netns is for --bridge"),
        ({"target": "10.0.0.2:80", "peer": "a"}, "--address IP is missing: a free address beside 10.0.0.2"),
        ({"target": "10.0.0.2:80", "peer": "a", "address": "there"}, "--address there: expected an IP address"),
        ({"target": "10.0.0.2:80", "peer": "a", "address": "::1"}, "another address of the same kind as 10.0.0.2"),
        ({"target": "10.0.0.2:80", "peer": "a", "address": "10.0.0.2"}, "another address of the same kind"),
    ],
)
def test_what_does_not_fit(given: dict[str, str], told: str) -> None:
    with pytest.raises(Mistake, match=re.escape(told)):
        foreign(**given)


def test_what_is_said_to_it(tmp_path: Path) -> None:
    (tmp_path / "said").write_bytes(b"PING")
    peer = foreign(target="10.0.0.2:80", peer="tap0", address="10.0.0.9")
    bridge = foreign(target="10.0.0.2:80", bridge="veth0,tap0")
    assert peer is not None
    assert bridge is not None
    assert said_to(peer, None, None, client=None, server=None) == Exchange()
    said = said_to(peer, tmp_path / "said", "PONG", client=f"sim:{MUTANT}", server=None)
    assert said == Exchange(send=b"PING", expect="PONG")
    for word, mistake in (
        ({"client": "curl"}, "--client CMD and --target exclude each other"),
        ({"server": "nginx"}, "--server and --target exclude each other"),
        ({"workload": "echo", "expect": "PONG"}, "--workload and --send/--expect exclude each other"),
        (
            {"workload": "bulk-down"},
            "--workload bulk-down: no server but ours does its part of it; one",
        ),
        ({"workload": "ecko"}, "--workload: no workload is called ecko: did you mean echo"),
        ({"client": "sim"}, "--client sim is for --peer"),
    ):
        with pytest.raises(Mistake, match=mistake):
            said_to(bridge, None, **({"expect": None, "client": None, "server": None} | word))
    assert said_to(bridge, None, None, client=None, server=None, workload="bulk-up") == "bulk-up"


def test_what_is_not_there_is_a_mistake_before_anything_is_done() -> None:
    assert checked(None) is None
    for given, told in (
        ({"peer": "lo", "address": "10.0.0.9"}, "lo is the loopback"),
        ({"bridge": "nowhere,lo"}, "no interface is called nowhere"),
        ({"bridge": "lo,lo"}, "lo twice"),
    ):
        with pytest.raises(Mistake, match=told):
            checked(foreign(target="10.0.0.2:80", **given))


def test_cases_are_played_against_it(tmp_path: Path) -> None:
    bridge = foreign(target="10.0.0.2:80", bridge="veth0,tap0")
    target = target_of(client=None, server=None, expect="PONG", backend="auto", strict=True, foreign=bridge)
    assert (target.foreign, target.play, target.strict) == (bridge, Exchange(expect="PONG"), True)
    target = target_of(client=None, server=None, backend="auto", strict=True, foreign=bridge, workload="handshake")
    assert target.play == "handshake"
    with pytest.raises(Mistake, match="--backend sim and --target exclude each other"):
        target_of(client=None, server=None, backend="sim", strict=True, foreign=bridge)
    with pytest.raises(Mistake, match="--workload is for --target"):
        target_of(client=None, server=None, backend="sim", strict=True, workload="handshake")
