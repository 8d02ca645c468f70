"""What several documents are made of: numbers with their units, findings, connections, and what was seen of them."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Outcome = Literal["pass", "violation", "undetermined", "broken"]
Faults = Literal["none", "survivable", "lethal"]
Endpoint = Literal["client", "server"]
Tier = Literal["hard", "soft", "remark"]
States = Annotated[tuple[str, str], Meta(description="The client's state, then the server's, named as in RFC 9293.")]

Count = Annotated[int, Meta(ge=0)]
Frame = Annotated[int, Meta(ge=0, description="The number of an event of the trace; 0 is none.")]
Microseconds = Annotated[int, Meta(ge=0, description="Microseconds since the run began.")]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a document: its keys are known, and unknown ones are errors."""


class Found(Part, frozen=True, kw_only=True):
    """One breach of a rule."""

    rule: str
    level: Annotated[str, Meta(description="How strongly the rule binds: MUST, SHOULD, ...")]
    tier: Annotated[Tier, Meta(description="How sure the finding is; a remark is never a violation.")]
    rfc: Annotated[str, Meta(description="Where the rule stands.")]
    blame: Annotated[Endpoint | None, Meta(description="Who broke it.")]
    known: Annotated[str | None, Meta(description="The known deviation of this stack that waives the finding.")]
    excused: Annotated[str | None, Meta(description="What the proxy itself did that explains the finding.")]
    connection: Count
    frame: Frame
    at_us: Microseconds
    states: Annotated[tuple[str, str], Meta(description="The states before the segment, the client's first.")]
    expected: str
    observed: str
    sentence: Annotated[str, Meta(description="The rule.")]
    segment: Annotated[str, Meta(description="The segment that shows it, as in the trace; empty where none does.")]
    times: Annotated[int, Meta(ge=1, description="How often the same was seen on this connection; this is the first.")]


class End(Part, frozen=True, kw_only=True):
    """One endpoint of a connection at the end of the run."""

    address: str
    port: Count
    state: Annotated[str, Meta(description="The likeliest state.")]
    states: Annotated[tuple[str, ...], Meta(description="Every state that explains the trace.")]
    iss: Annotated[int | None, Meta(description="The initial send sequence number, when it was seen.")] = None


class Link(Part, frozen=True, kw_only=True):
    """One connection that was seen."""

    number: Count
    client: End
    server: End


class Position(Part, frozen=True, kw_only=True):
    """Where a segment stands in the two streams: octets from the initial numbers on, not wrapped at 2^32."""

    seq: int
    end: Annotated[int, Meta(description="Behind its last octet; SYN and FIN count one each.")]
    ack: Annotated[int | None, Meta(description="In its receiver's stream.")]
    edge: Annotated[
        int | None,
        Meta(description="Where the window ends that it offers, as scaled by the endpoint that sent it or got it."),
    ]
    sacked: Annotated[tuple[tuple[int, int], ...], Meta(description="From and up to where, in its receiver's stream.")]


class Seen(Part, frozen=True, kw_only=True):
    """One packet at one edge of the proxy."""

    frame: Frame
    at_us: Microseconds
    connection: Count
    endpoint: Endpoint
    what: Annotated[Literal["sent", "delivered"], Meta(description="Sent by this endpoint, or delivered to it.")]
    origin: Annotated[
        int, Meta(ge=0, description="The frame at which it was sent; 0: it was injected or was sent here.")
    ]
    segment: Annotated[str, Meta(description="packetdrill's notation, sequence numbers relative to the initial ones.")]
    octets: Annotated[int, Meta(ge=0, description="Octets of payload.")]
    position: Annotated[Position | None, Meta(description="None of an ICMP error.")]
    edited: Annotated[bool, Meta(description="Not the octets that were sent.")]
    deeds: Annotated[tuple[str, ...], Meta(description="What the proxy did, in the plan's words.")]
    states: States
    kernel: Annotated[str, Meta(description="What its kernel did with it, and why; empty: unknown.")] = ""


class Seens(Part, frozen=True, kw_only=True):
    """The events of a run in their order; of a very long run, its beginning and its end."""

    seen: Count
    left_out: Count
    events: tuple[Seen, ...]
