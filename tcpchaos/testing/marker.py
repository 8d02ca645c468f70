"""What a test's marker asks for, and what is told of the test to whoever reads its report."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from tcpchaos.report import document as doc

ARGUMENTS: Final = ("plan", "server", "family", "mtu", "strict")


class MarkerError(ValueError):
    """A marker that asks for something that there is not; the message says what to write instead."""


def wanted(markers: list[tuple[tuple[Any, ...], Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the arguments of a lab from those of markers, the nearest first. Raises MarkerError."""
    found: dict[str, Any] = {}
    for positional, named in reversed(markers):
        if len(positional) > 1 or (positional and "plan" in named):
            raise MarkerError('tcpchaos takes one plan, of one line or a list of them: plan="client syn#1: drop"')
        for name in named:
            if name not in ARGUMENTS:
                near = get_close_matches(name, ARGUMENTS, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(ARGUMENTS)}"
                raise MarkerError(f"tcpchaos has no argument {name}; {hint}")
        found |= dict(zip(("plan",), positional, strict=False)) | dict(named)
    if found.get("family", 4) not in (4, 6):
        raise MarkerError(f"tcpchaos(family={found['family']!r}): 4 or 6")
    return found


def properties(document: doc.Run) -> Iterator[tuple[str, str]]:
    """Yield what a JUnit report says of a test, by name."""
    yield "tcpchaos_outcome", document.outcome
    yield "tcpchaos_faults", document.faults
    yield "tcpchaos_plan", "\n".join(rule.rule for rule in document.plan.rules)
    yield "tcpchaos_fired", " ".join(str(rule.fired) for rule in document.plan.rules)
    yield "tcpchaos_connections", str(len(document.connections))
    yield "tcpchaos_findings", " ".join(f"{each.rule}:{each.blame or 'nobody'}" for each in document.findings)
