"""A server that is somebody else's."""

import re
from pathlib import Path

import pytest

from tcpchaos.backends.world import Foreign
from tcpchaos.cli.foreign import checked, foreign_of, said_to
from tcpchaos.cli.group import Mistake
from tcpchaos.sim.mutants import mutants
from tcpchaos.workloads import Exchange

MUTANT = next(iter(mutants()))


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
