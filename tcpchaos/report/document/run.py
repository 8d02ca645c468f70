"""`run/1`: one run through the proxy, judged; a bridge and a live host's flows give the same document."""

from typing import Annotated

from msgspec import Meta

from tcpchaos.report.document.parts import Count, Endpoint, Faults, Found, Link, Microseconds, Outcome, Part, Seens


class Fault(Part, frozen=True, kw_only=True):
    """One rule of the plan, and how often it fired."""

    rule: str
    actions: Annotated[tuple[str, ...], Meta(description="As they stand in the deeds of the trace's events.")]
    fired: Count
    of_workload: Annotated[bool, Meta(description="It belongs to the workload, not to the plan of the user.")]


class Planned(Part, frozen=True, kw_only=True):
    """The plan as it was run."""

    seed: int
    rules: tuple[Fault, ...]


class Application(Part, frozen=True, kw_only=True):
    """How one of the two applications ended."""

    endpoint: Endpoint
    what: Annotated[str, Meta(description="The workload's name, or the command.")]
    ok: bool
    ended: str
    output: Annotated[str, Meta(description="The last of what a command printed.")]


class Talk(Part, frozen=True, kw_only=True):
    """What the two applications of one connection said and heard; pairs are the client's and the server's."""

    client_port: Count
    server_port: Count
    wrote: Annotated[tuple[int, int], Meta(description="Octets handed to TCP.")]
    read: Annotated[tuple[int, int], Meta(description="Octets taken from TCP.")]
    ended: Annotated[tuple[str, str], Meta(description="How hearing ended: eof, or an error; empty while it has not.")]


class Lack(Part, frozen=True, kw_only=True):
    """What was missing in the environment, and how to get it."""

    missing: str
    remedy: str


class Run(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="run/1"):
    """One run through the proxy, judged."""

    outcome: Outcome
    faults: Faults
    findings: tuple[Found, ...]
    sentence: Annotated[str, Meta(description="The verdict in one sentence.")]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    workload: str
    command: Annotated[str, Meta(description="What to type to make the same run again.")]
    plan: Planned
    connections: tuple[Link, ...]
    trace: Seens
    stacks: Annotated[
        tuple[str, str] | None,
        Meta(description="The TCPs of the client and the server: a kernel's, or sim or sim:NAME."),
    ]
    known: Annotated[dict[str, Count], Meta(description="How often each known deviation of a stack was seen.")]
    counters: Annotated[
        dict[str, dict[str, int]],
        Meta(description="By how much the counters of each endpoint's kernel have grown, named as nstat names them."),
    ]
    conditions: Annotated[dict[str, str | int | bool | None], Meta(description="Settings in force at both.")]
    applications: tuple[Application, ...]
    talks: tuple[Talk, ...]
    took_us: Microseconds
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]
    timed_out: Annotated[bool, Meta(description="Cut off by its timeout, or in virtual time for a storm of packets.")]
    broken: Annotated[Lack | None, Meta(description="Why the environment failed.")]
    notes: tuple[str, ...]
