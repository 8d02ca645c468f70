"""`check/1`: a capture that someone else made, judged."""

from typing import Annotated, Literal

from msgspec import Meta

from tcpchaos.report.document.parts import Count, Faults, Found, Link, Outcome, Part, Seens


class Packets(Part, frozen=True, kw_only=True):
    """What became of the packets of a capture."""

    read: Count
    judged: Count
    not_tcp: Count
    fragments: Count
    unreadable: Count
    truncated: Annotated[int, Meta(ge=0, description="Kept only in part by whoever captured them.")]
    damaged: Annotated[int, Meta(ge=0, description="With wrong checksums, so that nothing in them was believed.")]
    elsewhere: Annotated[int, Meta(ge=0, description="Captured in a second place too, and judged once.")]


class Check(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="check/1"):
    """A capture that someone else made, judged."""

    outcome: Outcome
    faults: Faults
    findings: tuple[Found, ...]
    suspected: Annotated[tuple[Found, ...], Meta(description="Breaches, if nothing came by but what was captured.")]
    sentence: Annotated[str, Meta(description="The verdict in one sentence.")]
    version: str
    file: str
    command: Annotated[str, Meta(description="What to type to judge it again.")]
    format: Annotated[str, Meta(description="pcap or pcapng.")]
    vantage: Annotated[Literal["one", "both"], Meta(description="both: tcpchaos wrote it, on both sides of the proxy.")]
    packets: Packets
    torn: Annotated[str | None, Meta(description="What is amiss with the file and where; what came before was judged.")]
    connections: tuple[Link, ...]
    trace: Seens
    undecided: Annotated[tuple[str, ...], Meta(description="What one vantage point can't decide.")]
    notes: tuple[str, ...]
