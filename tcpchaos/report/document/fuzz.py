"""`fuzz/1`: a campaign, with what it found, what it covered, and the table of a matrix."""

from typing import Annotated, Literal

from msgspec import Meta

from tcpchaos.report.document.parts import Count, Endpoint, Outcome, Part

BugStatus = Literal["new", "confirmed", "shrunk", "unconfirmed"]


class Bug(Part, frozen=True, kw_only=True):
    """One thing that a campaign found, however often."""

    rule: str
    level: Annotated[str, Meta(description="How strongly the rule binds: MUST, SHOULD, ...")]
    rfc: Annotated[str, Meta(description="Where the rule stands.")]
    sentence: Annotated[str, Meta(description="The rule.")]
    blame: Annotated[Endpoint | None, Meta(description="Who broke it.")]
    states: Annotated[tuple[str, str], Meta(description="The states where it was seen first, the client's first.")]
    observed: Annotated[str, Meta(description="What was expected and what was observed.")]
    status: Annotated[
        BugStatus,
        Meta(description="Not looked into yet; seen again; seen again and made small; never seen again."),
    ]
    strategy: str
    workload: str
    plan: Annotated[tuple[str, ...], Meta(description="The smallest plan that shows it.")]
    good: Annotated[int, Meta(ge=0, description="So many of the replays of that plan showed it.")]
    times: Count
    seen: Annotated[int, Meta(ge=1, description="Trials of the campaign that showed it.")]
    file: Annotated[str, Meta(description="The case that was saved; empty where none was.")]
    command: Annotated[str, Meta(description="What to type to see it.")]


class Cell(Part, frozen=True, kw_only=True):
    """One thing that was covered, and how many trials covered it."""

    what: Annotated[
        tuple[str, ...],
        Meta(
            description="Client's state, server's state, whose segment of what kind, what was done to it, where it was"
            " seen; or breach, a rule, and the states."
        ),
    ]
    times: Annotated[int, Meta(ge=1)]


class Covered(Part, frozen=True, kw_only=True):
    """What a campaign has covered."""

    cells: tuple[Cell, ...]
    growth: Annotated[
        tuple[tuple[int, int], ...], Meta(description="After so many trials so many cells; where that grew.")
    ]


class Drawn(Part, frozen=True, kw_only=True):
    """How one strategy fared."""

    name: str
    cases: Count
    new: Annotated[int, Meta(ge=0, description="Cells that it was the first to cover.")]


class MatrixCell(Part, frozen=True, kw_only=True):
    """One forged segment in one state of one endpoint, and what came of it."""

    endpoint: Endpoint
    state: Annotated[str, Meta(description="As plans write it: syn-received.")]
    flags: Annotated[str, Meta(description="The set of flags by name.")]
    position: Annotated[str, Meta(description="Which number is where: seq left-1, ack right+1.")]
    workload: str
    plan: Annotated[tuple[str, ...], Meta(description="The rules that reach the state; the last one injects.")]
    verdict: Annotated[
        Literal["ok", "known", "violation", "lethal", "undetermined", "not reached"],
        Meta(description="`lethal`: the segment may end the connection, and did no other harm."),
    ]
    rules: Annotated[tuple[str, ...], Meta(description="What was broken, or is known to be.")]


class Matrix(Part, frozen=True, kw_only=True):
    """A conformance table: each state of either endpoint, each set of flags, each position."""

    stacks: Annotated[tuple[str, str], Meta(description="The TCPs of the client and the server.")]
    cells: tuple[MatrixCell, ...]


class Fuzz(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="fuzz/1"):
    """A campaign: what was drawn, what it covered, and what it found."""

    outcome: Outcome
    findings: Annotated[tuple[Bug, ...], Meta(description="Each bug once, as far as it was seen again.")]
    unconfirmed: Annotated[tuple[Bug, ...], Meta(description="What no replay showed again, or was not replayed.")]
    sentence: Annotated[str, Meta(description="The outcome in one sentence.")]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    stacks: Annotated[tuple[str, str] | None, Meta(description="The TCPs of the client and the server.")]
    played: Annotated[str, Meta(description="The programs that took the place of the workloads; empty without any.")]
    strategies: tuple[Drawn, ...]
    cases: Annotated[int, Meta(ge=0, description="Plans that were played.")]
    idle: Annotated[int, Meta(ge=0, description="Of these, so many of which no rule met a segment.")]
    segments: Count
    seconds: Annotated[float, Meta(ge=0, description="For how long it searched.")]
    seed: int
    shard: Annotated[str, Meta(description="Which part of the campaign it was: 1/1 is all of it.")]
    guided: Annotated[bool, Meta(description="What says something new was played first.")]
    outcomes: Annotated[dict[str, Count], Meta(description="How many cases had each outcome.")]
    known: Annotated[dict[str, Count], Meta(description="How often each known deviation of a stack was seen.")]
    coverage: Covered
    matrix: Annotated[Matrix | None, Meta(description="The table of what was enumerated, if anything was.")]
    saved: Annotated[tuple[str, ...], Meta(description="The files of the cases that were saved.")]
    command: Annotated[str, Meta(description="What to type to make the same campaign again.")]
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]
    notes: tuple[str, ...]
