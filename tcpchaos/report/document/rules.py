"""`rules/1`: the law, rule by rule, beside the requirements that RFC 9293 labels."""

from typing import Annotated, Literal

from msgspec import Meta

from tcpchaos.report.document.parts import Part, Tier


class RuleEntry(Part, frozen=True, kw_only=True):
    """One rule of the law."""

    id: str
    kind: Annotated[
        Literal["sent", "owed", "state", "told", "run"],
        Meta(
            description="What it judges: a segment that was sent; something owed that did not come in time; the state"
            " an endpoint says it is in; what an application was told; what only a whole run shows."
        ),
    ]
    level: Annotated[str, Meta(description="How strongly it binds: MUST, must (said without a label), SHOULD.")]
    tier: Annotated[
        Tier, Meta(description="How sure it is: certain; right but for a deadline or a profile; never a violation.")
    ]
    rfc: Annotated[str, Meta(description="Document and section; empty for what stands in no RFC.")]
    labels: Annotated[tuple[str, ...], Meta(description="The requirements of RFC 9293 that it judges: MUST-66, ...")]
    vantage: Annotated[str, Meta(description="any: decided from one capture; both: from both sides of the proxy.")]
    sentence: str
    excuses: Annotated[str | None, Meta(description="What looks like a breach and is let pass.")]


class Label(Part, frozen=True, kw_only=True):
    """One of the requirements that RFC 9293 labels, and whether an observer can tell that it is broken."""

    label: str
    section: Annotated[str, Meta(description="Of RFC 9293.")]
    subject: str
    sight: Annotated[
        Literal["judged", "application", "unobservable"],
        Meta(description="A rule judges it; only an application can see a breach; or nobody can tell one."),
    ]
    judged_by: Annotated[tuple[str, ...], Meta(description="The ids of the rules that judge it.")]
    why: Annotated[
        str | None, Meta(description="Why no rule judges it; of one that is judged, what the rules don't see of it.")
    ]


class Rules(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="rules/1"):
    """The law, and what becomes in it of the requirements that RFC 9293 labels."""

    rules: tuple[RuleEntry, ...]
    labels: tuple[Label, ...]
