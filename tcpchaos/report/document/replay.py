"""`replay/1`: saved cases, and whether each still says the truth."""

from typing import Annotated, Literal

from msgspec import Meta

from tcpchaos.corpus.case import Case
from tcpchaos.report.document.parts import Count, Faults, Found, Microseconds, Outcome, Part


class Replayed(Part, frozen=True, kw_only=True):
    """What came of one case."""

    name: str
    file: str
    status: Annotated[
        Literal["reproduced", "held", "known", "fixed", "failed", "flaky", "undetermined", "broken", "not applicable"],
        Meta(
            description="A violation that was expected is there, or is covered by a known deviation, or is gone; none"
            " was expected, and none is there, or only known deviations; another or an unexpected one is there; not the"
            " same each time; nobody can tell; the environment failed; the case means nothing for this server."
        ),
    ]
    as_expected: Annotated[bool, Meta(description="reproduced, held or known.")]
    reason: str
    times: Annotated[int, Meta(ge=0, description="How often it was played.")]
    good: Annotated[int, Meta(ge=0, description="How often of these it was as expected.")]
    faults: Faults
    findings: Annotated[tuple[Found, ...], Meta(description="Of the run that tells most.")]
    idle: Annotated[tuple[str, ...], Meta(description="Rules of the plan that met no segment in that run.")]
    case: Case


class Replay(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="replay/1"):
    """Saved cases, replayed."""

    outcome: Annotated[Outcome, Meta(description="pass: every case that could be played is as it expects.")]
    sentence: Annotated[str, Meta(description="The outcome in one sentence.")]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    stacks: Annotated[tuple[str, str] | None, Meta(description="The TCPs of the client and the server.")]
    played: Annotated[str, Meta(description="The programs that took the place of the workloads; empty without any.")]
    counts: Annotated[dict[str, Count], Meta(description="How many cases have each status.")]
    cases: tuple[Replayed, ...]
    took_us: Microseconds
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]
