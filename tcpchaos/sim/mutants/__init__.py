"""Broken endpoints: each is the reference endpoint or its host with one fault of a kind that has happened.

Every module of this package is loaded when the mutants are asked for, so that a new one needs nothing but a file here.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal, TypeVar

from tcpchaos.sim.host import Host
from tcpchaos.sim.tcp import Settings, Tcp

Kind = TypeVar("Kind", bound=type[Tcp] | type[Host])

_MUTANTS: Final[dict[str, "Mutant"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A seeded fault, and how it is brought to light.

    `plan` (lines of the plan's notation, one after the other) and `workload` let it show at the `side` at which the
    endpoint is put; `rule` is the id of the one that must name it. `fault` says in a sentence what is wrong.
    """

    name: str
    rule: str
    plan: str
    workload: str
    side: Literal["client", "server"]
    fault: str
    kind: type[Tcp] | type[Host]

    def host(self, address: bytes, *, seed: int, settings: Settings) -> Host:
        """Return a host that has the fault."""
        if issubclass(self.kind, Host):
            return self.kind(address, seed=seed, settings=settings)
        return Host(address, seed=seed, settings=settings, tcp=self.kind)


def mutant(
    name: str, *, rule: str, plan: str = "", workload: str = "echo", side: Literal["client", "server"] = "server"
) -> Callable[[Kind], Kind]:
    """Register a subclass of Tcp or of Host as a broken endpoint; its docstring says the fault."""

    def register(kind: Kind) -> Kind:
        fault = (kind.__doc__ or "").partition("\n")[0]
        if not fault or name in _MUTANTS:
            raise ValueError(f"mutant {name}: " + ("its name is taken" if fault else "no docstring says the fault"))
        _MUTANTS[name] = Mutant(name=name, rule=rule, plan=plan, workload=workload, side=side, fault=fault, kind=kind)
        return kind

    return register


def mutants() -> dict[str, Mutant]:
    """Return all broken endpoints by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(_MUTANTS.items()))


def named(name: str) -> Mutant:
    """Return the broken endpoint of this name. Raises LookupError, which suggests a name that exists."""
    there_are = mutants()
    if name in there_are:
        return there_are[name]
    near = get_close_matches(name, there_are, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "see `tcpchaos list mutants`"
    raise LookupError(f"no broken endpoint is called {name}: {hint}")
