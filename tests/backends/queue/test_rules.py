"""Which rules name which flows; that they are found again, told from other rules, and taken back."""

import shutil
import socket
import subprocess
from functools import partial

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue import rules as module
from tcpchaos.backends.queue.binding import Queue
from tcpchaos.backends.queue.netlink import NETLINK_NETFILTER
from tcpchaos.backends.queue.place import Place
from tcpchaos.backends.queue.rules import Flows, clean, families, found, install, remove, rules
from tests.netns import PATH


def in_force(place: Place) -> list[str]:
    """All rules of the mangle table, IPv4's first."""
    told = []
    for program in ("iptables", "ip6tables"):
        command = [str(shutil.which(program, path=PATH)), "-t", "mangle", "-S"]
        done = place.do(partial(subprocess.run, command, capture_output=True, text=True, check=True))
        told += [line for line in str(done.stdout).splitlines() if line.startswith("-A")]
    return told


def test_over_the_loopback_a_segment_meets_one_rule() -> None:
    to, by = rules(Flows(port=80, families=(4,)), 7)

    assert str(to) == (
        "iptables -t mangle -A OUTPUT -o lo -p tcp --dport 80 ! --sport 80 -m mark ! --mark 0x74 "
        "-m comment --comment 'tcpchaos attach, queue 7' -j NFQUEUE --queue-num 7 --queue-bypass"
    )
    assert "--sport 80 ! --dport 80" in str(by)


def test_from_the_network_it_is_taken_behind_the_filters_and_never_twice() -> None:
    made = rules(Flows(port=80, ways=frozenset({"loopback", "network", "forward"}), families=(4,)), 7)

    assert [(rule.table, rule.chain, rule.words[:3]) for rule in made[::2]] == [
        ("mangle", "OUTPUT", ("-o", "lo", "-p")),
        ("mangle", "OUTPUT", ("!", "-o", "lo")),
        ("security", "INPUT", ("!", "-i", "lo")),
        ("security", "FORWARD", ("-p", "tcp", "--dport")),
    ]


def test_an_address_is_the_server_s_and_of_one_family() -> None:
    made = rules(Flows(port=80, address="::1"), 7)

    assert {rule.family for rule in made} == {6}
    assert ["-d ::1 -p tcp --dport 80" in str(rule) for rule in made] == [True, False]
    assert "-s ::1 -p tcp --sport 80" in str(made[1])
    assert str(Flows(port=80, address="::1")) == "[::1]:80 (loopback)"
    assert str(Flows(port=80, ways=frozenset({"forward", "network"}))) == "port 80 (network, forward)"


def test_a_rule_tells_its_queue_and_its_port() -> None:
    for rule in rules(Flows(port=80), 7):
        assert (module.queue_of(rule), module.port_of(rule)) == (7, 80)
    foreign = module.Rule(4, "mangle", "OUTPUT", ("-p", "tcp", "-j", "ACCEPT"))
    assert (module.queue_of(foreign), module.port_of(foreign)) == (None, None)


def test_a_program_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path: None)
    with pytest.raises(Broken, match="the program iptables is not installed: apt-get install iptables"):
        families((4, 6))


def test_rules_are_taken_back_and_others_are_left_alone(place: Place) -> None:
    foreign = ("-p", "tcp", "--dport", "80", "-m", "comment", "--comment", "mine")
    install(place, [module.Rule(4, "mangle", "OUTPUT", foreign)])
    before = in_force(place)
    install(place, rules(Flows(port=80), 7))
    install(place, rules(Flows(port=80, families=(4,)), 8))
    assert len(in_force(place)) == len(before) + 6

    assert remove(place, (4, 6), 7) == 4
    assert len(found(place, (4, 6))) == 2
    assert remove(place, (4, 6), 8) == 2
    assert in_force(place) == before


def test_only_what_nobody_serves_is_left_behind(place: Place) -> None:
    with Queue(place.do(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER))) as queue:
        install(place, rules(Flows(port=80, families=(4,)), queue.number))
        install(place, rules(Flows(port=81, families=(4,)), queue.number + 1))

        assert clean(place, (4, 6)) == 2
        assert len(found(place, (4, 6))) == 2
    assert clean(place, (4, 6)) == 2
    assert in_force(place) == []


def test_a_rule_that_is_refused_is_explained(place: Place) -> None:
    with pytest.raises(Broken, match=r"iptables refuses a rule in mangle NOWHERE: .*NFQUEUE"):
        install(place, [module.Rule(4, "mangle", "NOWHERE", ("-p", "tcp"))])
    with pytest.raises(Broken, match=r"in security NOWHERE: .*or --way loopback"):
        install(place, [module.Rule(4, "security", "NOWHERE", ("-p", "tcp"))])
