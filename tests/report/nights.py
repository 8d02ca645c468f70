"""Hand-made nights for tests: what was found, and the document that it stands in."""

from typing import Any

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.report.document import Bug, Cell, Covered, Nightly, NightlyBug, NightlyCase, Replayed, Turns


def bug(rule: str = "SA-02", **how: Any) -> Bug:
    usual: dict[str, Any] = {
        "level": "must",
        "rfc": "RFC 9293, 3.4",
        "sentence": "Nothing is acknowledged that was never sent.",
        "blame": "server",
        "states": ("ESTABLISHED", "ESTABLISHED"),
        "observed": "expected 1; observed 2",
        "status": "shrunk",
        "strategy": "handshake",
        "workload": "echo",
        "plan": ("client data#1: drop",),
        "good": 20,
        "times": 20,
        "seen": 3,
        "file": "corpus/found/x-0123abcd.json",
        "command": "tcpchaos replay corpus/found/x-0123abcd.json",
    }
    return Bug(rule=rule, **{**usual, **how})


def played(name: str = "pack/lost", status: Any = "held", **how: Any) -> Replayed:
    usual: dict[str, Any] = {
        "file": f"corpus/{name}.json",
        "as_expected": status in ("held", "reproduced", "known"),
        "reason": "" if status == "held" else "the server broke SA-02 at #4",
        "times": 1,
        "good": 1,
        "faults": "none",
        "findings": (),
        "idle": (),
        "case": Case(title=f"Title of {name}", plan=("client data#1: drop",)),
    }
    return Replayed(name=name, status=status, **{**usual, **how})


def documented(each: Bug) -> Replayed:
    """A case of the corpus that says the same as a bug, and is right."""
    expect = Violates(rule=each.rule, blame=each.blame)
    case = Case(title="Known for long", workload=each.workload, plan=each.plan, expect=expect)
    return played("known", "reproduced", case=case)


def case(status: str = "held", *, before: str = "", worse: bool = False, name: str = "pack/lost") -> NightlyCase:
    return NightlyCase(before=before, worse=worse, replayed=played(name, status))


def found(status: Any = "new", **how: Any) -> NightlyBug:
    return NightlyBug(status=status, bug=bug(**how))


def night(**how: Any) -> Nightly:
    usual: dict[str, Any] = {
        "outcome": "pass",
        "sentence": "No bug; 30 plans played.",
        "failures": (),
        "findings": (),
        "unconfirmed": (),
        "cases": (),
        "version": "0.1.0",
        "backend": "lab",
        "stacks": ("linux 6.18", "linux 6.18"),
        "played": "",
        "strategies": (
            Turns(name="handshake", turns=2, seconds=12.5, cases=30, new=2),
            Turns(name="resets", turns=0, seconds=0.0, cases=0, new=0),
        ),
        "plans": 30,
        "idle": 1,
        "segments": 300,
        "seconds": 60.0,
        "replaying": 20.0,
        "seed": 4,
        "shard": "1/1",
        "outcomes": {"pass": 30},
        "known": {"linux-x": 2},
        "coverage": Covered(
            cells=(
                Cell(what=("ESTABLISHED", "ESTABLISHED", "client data", "drop", "sent"), times=3),
                Cell(what=("SYN-SENT", "LISTEN", "client syn", "pass", "sent"), times=30),
            ),
            growth=((1, 1), (4, 2)),
        ),
        "least": 0,
        "baseline": "last.json",
        "saved": (),
        "command": "tcpchaos nightly --time 60s --seed 4",
        "interrupted": False,
        "notes": (),
    }
    return Nightly(**{**usual, **how})
