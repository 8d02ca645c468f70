"""The rules by which the host's firewall hands the named flows to a queue, and how they are found and taken back.

They are made with iptables and ip6tables, whichever of the kernel's two ways these use. Each carries a comment with
the number of its queue: one that nobody serves was left behind by a tcpchaos that was killed, and lets everything pass.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, NamedTuple

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue.place import Place

# What keeps a packet of ours out of the queue: its own mark. Kubernetes, Cilium and Tailscale use other bits of it.
MARK: Final = 0x74
COMMENT: Final = "tcpchaos attach, queue "
LOOPBACK: Final = "lo"

_PROGRAMS: Final = {4: "iptables", 6: "ip6tables"}
_PLACES: Final = ("/usr/sbin", "/sbin", "/usr/local/sbin")  # where an ordinary user's PATH does not lead
_WAIT_S: Final = "5"  # for somebody else who changes the rules at the same time
_QUEUES: Final = Path("/proc/thread-self/net/netfilter/nfnetlink_queue")
_TABLES: Final = ("mangle", "security")

_NEEDED: Final = {
    "mangle": "run as root, on a kernel with NFQUEUE (CONFIG_NETFILTER_XT_TARGET_NFQUEUE)",
    "security": "a kernel that has this table (CONFIG_IP_NF_SECURITY, CONFIG_IP6_NF_SECURITY), or --way loopback",
}

Way = Literal["loopback", "network", "forward"]
Family = Literal[4, 6]


class Rule(NamedTuple):
    """A rule of iptables: of which family, in which table and chain, and its words."""

    family: Family
    table: str
    chain: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        words = (_PROGRAMS[self.family], "-t", self.table, "-A", self.chain, *self.words)
        return " ".join(word if word == "!" else shlex.quote(word) for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Which flows are meant: those with a server at this port, at this address if one is given, on these ways."""

    port: int
    address: str = ""
    ways: frozenset[Way] = frozenset({"loopback"})
    families: tuple[Family, ...] = (4, 6)

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        where = f"{host}:{self.port}" if host else f"port {self.port}"
        return f"{where} ({', '.join(way for way in ('loopback', 'network', 'forward') if way in self.ways)})"


def rules(flows: Flows, queue: int) -> tuple[Rule, ...]:
    """Return the rules that hand these flows to a queue; each segment of theirs meets exactly one of them.

    A segment that goes over the loopback passes OUTPUT and then INPUT: it is taken in OUTPUT. What comes in or is
    forwarded is taken behind the firewall's filters, so that it arrives once it was let pass.
    """
    made = []
    for family in flows.families:
        if flows.address and ip_address(flows.address).version != family:
            continue
        for table, chain, way in _chains(flows.ways):
            for words in _directions(flows):
                made.append(Rule(family, table, chain, (*way, *words, *_target(queue))))
    return tuple(made)


def _chains(ways: frozenset[Way]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if "loopback" in ways:
        yield "mangle", "OUTPUT", ("-o", LOOPBACK)
    if "network" in ways:
        yield "mangle", "OUTPUT", ("!", "-o", LOOPBACK)
        yield "security", "INPUT", ("!", "-i", LOOPBACK)
    if "forward" in ways:
        yield "security", "FORWARD", ()


def _directions(flows: Flows) -> Iterator[tuple[str, ...]]:
    """To the server, and from it; of a flow with this port at both ends nobody could tell which is which."""
    port = str(flows.port)
    to, by = (("-d", flows.address), ("-s", flows.address)) if flows.address else ((), ())
    yield (*to, "-p", "tcp", "--dport", port, "!", "--sport", port)
    yield (*by, "-p", "tcp", "--sport", port, "!", "--dport", port)


def _target(queue: int) -> tuple[str, ...]:
    mark = ("-m", "mark", "!", "--mark", hex(MARK))
    comment = ("-m", "comment", "--comment", f"{COMMENT}{queue}")
    return (*mark, *comment, "-j", "NFQUEUE", "--queue-num", str(queue), "--queue-bypass")


def install(place: Place, made: Iterable[Rule]) -> None:
    """Put rules in force in a network. Raises Broken where one is refused; those before it are then still there."""
    for rule in made:
        done = _run(place, rule.family, "-t", rule.table, "-A", rule.chain, *rule.words)
        if done.returncode:
            raise Broken(
                f"{_PROGRAMS[rule.family]} refuses a rule in {rule.table} {rule.chain}: {_last(done.stderr)}",
                _NEEDED[rule.table],
            )


def remove(place: Place, families: Iterable[Family], queue: int) -> int:
    """Take back the rules of a queue, and return how many. Raises Broken where one can't be taken back."""
    mine = [rule for rule in found(place, families) if queue_of(rule) == queue]
    return _take_back(place, mine)


def clean(place: Place, families: Iterable[Family]) -> int:
    """Take back the rules of queues that nobody serves any more, and return how many. Raises Broken."""
    served = _served(place)
    return _take_back(place, [rule for rule in found(place, families) if queue_of(rule) not in served])


def _take_back(place: Place, left: Iterable[Rule]) -> int:
    count = 0
    for rule in left:
        done = _run(place, rule.family, "-t", rule.table, "-D", rule.chain, *rule.words)
        if done.returncode:
            raise Broken(f"a rule can't be taken back: {_last(done.stderr)}", str(rule).replace(" -A ", " -D ", 1))
        count += 1
    return count


def found(place: Place, families: Iterable[Family]) -> list[Rule]:
    """Return the rules of any tcpchaos that are in force in a network. Raises Broken where nobody may look."""
    left = []
    for family in families:
        for table in _TABLES:
            done = _run(place, family, "-t", table, "-S")
            if done.returncode and table == "mangle":
                raise Broken(f"{_PROGRAMS[family]} tells no rules: {_last(done.stderr)}", "run as root")
            lines = done.stdout.splitlines() if not done.returncode else ()  # some kernels have fewer tables
            left += [Rule(family, table, words[1], tuple(words[2:])) for words in map(_words, lines) if words]
    return left


def _words(line: str) -> list[str]:
    """Return the words of a line that tells a rule of ours, none for any other."""
    if not line.startswith("-A ") or COMMENT not in line:
        return []
    return shlex.split(line)


def queue_of(rule: Rule) -> int | None:
    """Return the queue that a rule of ours is for."""
    comments = [word for word in rule.words if word.startswith(COMMENT)]
    number = comments[0].removeprefix(COMMENT) if comments else ""
    return int(number) if number.isdecimal() else None


def port_of(rule: Rule) -> int | None:
    """Return the server's port that a rule of ours names."""
    names = [word for before, word in pairwise(rule.words) if before in ("--dport", "--sport")]
    return int(names[0]) if names and names[0].isdecimal() else None


def _served(place: Place) -> frozenset[int]:
    """Return the numbers of the queues in a network behind which somebody is."""
    try:
        lines = place.do(_QUEUES.read_text).splitlines()
    except FileNotFoundError:
        return frozenset()
    return frozenset(int(line.split()[0]) for line in lines if line.strip())


def families(wanted: Iterable[Family]) -> tuple[Family, ...]:
    """Return those families of which this machine has both the protocol and the program. Raises Broken for IPv4."""
    there = []
    for family in wanted:
        if family == 6 and not Path("/proc/sys/net/ipv6").exists():
            continue
        _program(family)
        there.append(family)
    return tuple(there)


def _program(family: Family) -> str:
    name = _PROGRAMS[family]
    path = os.pathsep.join((os.environ.get("PATH", ""), *_PLACES))
    there = shutil.which(name, path=path)
    if there is None:
        raise Broken(f"the program {name} is not installed", "apt-get install iptables, or the like")
    return there


def _run(place: Place, family: Family, *words: str) -> subprocess.CompletedProcess[str]:
    command = [_program(family), "-w", _WAIT_S, *words]

    def run() -> subprocess.CompletedProcess[str]:
        # In a session of its own, a Ctrl-C does not stop it in the midst of a change.
        return subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, start_new_session=True
        )

    return place.do(run)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "it does not say why"
