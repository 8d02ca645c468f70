"""`status/1`: how a watch over flows stands while it lasts, as its control socket answers."""

from typing import Annotated

from msgspec import Meta, field

from tcpchaos.report.document.parts import Count, Part


class InForce(Part, frozen=True, kw_only=True):
    """One rule of the plan in force."""

    rule: str
    fired: Annotated[int, Meta(ge=0, description="How often it was done.")]


class Status(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="status/1"):
    """How a watch stands after what was asked was done; with an `error`, nothing was."""

    error: Annotated[str | None, Meta(description="Why what was asked was not done.")] = None
    flows: Annotated[str, Meta(description="Which flows are watched, in words.")] = ""
    at_us: Annotated[int, Meta(ge=0, description="Microseconds since the watch began.")] = 0
    segments: Annotated[int, Meta(ge=0, description="Those that were sent.")] = 0
    connections: Count = 0
    open: Annotated[int, Meta(ge=0, description="Connections that are not over.")] = 0
    findings: Annotated[int, Meta(ge=0, description="Those that make a violation.")] = 0
    plan: tuple[InForce, ...] = ()
    losses: Annotated[dict[str, Count], Meta(description="Packets that nobody wanted to lose, by cause.")] = field(
        default_factory=dict
    )
