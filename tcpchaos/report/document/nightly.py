"""`nightly/1`: a night beside the one before; it is the next night's baseline, too."""

from typing import Annotated, Literal

from msgspec import Meta

from tcpchaos.report.document.fuzz import Bug, Covered
from tcpchaos.report.document.parts import Count, Outcome, Part
from tcpchaos.report.document.replay import Replayed


class NightlyBug(Part, frozen=True, kw_only=True):
    """One thing that a night found, or that the night before had found."""

    status: Annotated[
        Literal["new", "still there", "flaky", "known", "fixed", "undetermined"],
        Meta(
            description="The last night did not have it; it did; it did, and not every replay shows it; a case of the"
            " corpus or a known deviation has it; no replay shows it any more; nobody can tell tonight."
        ),
    ]
    bug: Annotated[Bug, Meta(description="As it was found tonight, or else in the last night.")]


class NightlyCase(Part, frozen=True, kw_only=True):
    """A case of the corpus in this night and in the one before."""

    before: Annotated[str, Meta(description="Its status in the last night; empty where it was not played then.")]
    worse: Annotated[bool, Meta(description="It is not as it expects, and the last night does not excuse it.")]
    replayed: Replayed


class Turns(Part, frozen=True, kw_only=True):
    """How one strategy fared in a night."""

    name: str
    turns: Annotated[int, Meta(ge=0, description="How often it had its turn.")]
    seconds: Annotated[float, Meta(ge=0, description="For how long it searched in all.")]
    cases: Count
    new: Annotated[int, Meta(ge=0, description="Cells that it was the first to cover.")]


class Nightly(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="nightly/1"):
    """A night: the corpus replayed, strategies searched, and both compared with the night before."""

    outcome: Annotated[Outcome, Meta(description="violation: a bug is new, or a case is worse than it was.")]
    sentence: Annotated[str, Meta(description="The outcome in one sentence.")]
    failures: Annotated[
        tuple[str, ...], Meta(description="Why the exit code is 1, a sentence each; none where it isn't.")
    ]
    findings: Annotated[tuple[NightlyBug, ...], Meta(description="Each bug once, what is new first.")]
    unconfirmed: Annotated[tuple[Bug, ...], Meta(description="What no replay showed again, or was not replayed.")]
    cases: tuple[NightlyCase, ...]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    stacks: Annotated[tuple[str, str] | None, Meta(description="The TCPs of the client and the server.")]
    played: Annotated[str, Meta(description="The programs that took the place of the workloads; empty without any.")]
    strategies: tuple[Turns, ...]
    plans: Annotated[int, Meta(ge=0, description="Plans that the strategies drew and that were played.")]
    idle: Annotated[int, Meta(ge=0, description="Of these, so many of which no rule met a segment.")]
    segments: Count
    seconds: Annotated[float, Meta(ge=0, description="How long the night was.")]
    replaying: Annotated[float, Meta(ge=0, description="Of these seconds, so many for cases and bugs that were known.")]
    seed: int
    shard: Annotated[str, Meta(description="Which part of the night it was: 1/1 is all of it.")]
    outcomes: Annotated[dict[str, Count], Meta(description="How many plans had each outcome.")]
    known: Annotated[dict[str, Count], Meta(description="How often each known deviation of a stack was seen.")]
    coverage: Covered
    least: Annotated[int, Meta(ge=0, description="Cells that had to be covered; 0 is no bound.")]
    baseline: Annotated[str, Meta(description="The document of the last night; empty without one.")]
    saved: Annotated[tuple[str, ...], Meta(description="The files of the cases that were saved.")]
    command: Annotated[str, Meta(description="What to type for the same night again.")]
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]
    notes: tuple[str, ...]
