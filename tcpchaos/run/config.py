"""What a run is asked for and what came of it: data, known to whoever starts a run or reports one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from tcpchaos.backends.world import BackendName, Foreign, Setting
from tcpchaos.oracle import Connection, Finding, Verdict
from tcpchaos.plan import Plan
from tcpchaos.trace import Trace
from tcpchaos.workloads import Account, Application, Commands, Exchange, Scale

TIMEOUT_S: Final = 30.0

Outcome = Literal["pass", "violation", "undetermined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """What to run, and where.

    `play` is the name of a workload, two commands of the user's, or what is said to the server of an arena. `port` is
    the server's, 0 for any. `timeout_s` bounds the exchange itself, not the making of the world. `sysctls` are set at
    both endpoints. For `backend`, `endpoints` and `tracing` see `Setting`. `control` lets programs be played once more,
    without faults, where that may explain what is odd about the server afterwards. With a `foreign` server, `play` is
    what is said to that.
    """

    plan: Plan = field(default_factory=Plan)
    play: str | Commands | Exchange = "echo"
    scale: Scale = field(default_factory=Scale)
    family: Literal[4, 6] = 4
    mtu: int = 1500
    port: int = 0
    timeout_s: float = TIMEOUT_S
    sysctls: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    backend: BackendName = "auto"
    endpoints: tuple[str, str] = ("", "")
    control: bool = True
    tracing: bool = True
    foreign: Foreign | None = None

    @property
    def theirs(self) -> str:
        """The server, by its address or the command that starts it, where it is not one of ours; "" where it is."""
        if self.foreign is not None:
            return str(self.foreign)
        return self.play.server if isinstance(self.play, Commands) else ""

    @property
    def setting(self) -> Setting:
        """In which world."""
        return Setting(
            backend=self.backend,
            endpoints=self.endpoints,
            family=self.family,
            mtu=self.mtu,
            sysctls=self.sysctls,
            seed=self.plan.seed,
            programs=not isinstance(self.play, str),
            tracing=self.tracing,
            foreign=self.foreign,
        )


class Fired(NamedTuple):
    """A rule in its notation, how often it fired, and whether it is the workload's own and not the plan's."""

    rule: str
    times: int
    of_workload: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything that came of a run.

    `outcome` and `findings` are `judge`'s, `verdict` is the oracle's alone. `accounts` are the connections as the
    workload's applications saw them (none for commands of the user's). `stacks` are the TCPs of the client and the
    server. Where a kernel was `overheard`, `reasons` are what it said of the segments at some frames of the trace;
    `counters` are by how much those of each endpoint's stack have grown. `took_us` leaves out the making of the world.
    """

    config: RunConfig
    outcome: Outcome
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    verdict: Verdict
    trace: Trace
    overheard: bool
    reasons: Mapping[int, str]
    counters: tuple[Mapping[str, int], ...]
    connections: tuple[Connection, ...]
    fired: tuple[Fired, ...]
    applications: tuple[Application, Application]
    accounts: tuple[Account, ...]
    backend: str
    stacks: tuple[str, str]
    conditions: Mapping[str, str]
    took_us: int
    interrupted: bool
    timed_out: bool
