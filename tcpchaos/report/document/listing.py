"""`list/1`: what can be named on a command line."""

from typing import Annotated

from msgspec import Meta

from tcpchaos.report.document.parts import Endpoint, Part


class Named(Part, frozen=True, kw_only=True):
    """Something that can be named on the command line."""

    name: str
    sentence: str


class Broken(Part, frozen=True, kw_only=True):
    """A simulated endpoint with a fault, and how that is brought to light."""

    name: str
    fault: str
    rule: Annotated[str, Meta(description="The id of the rule that must name it.")]
    plan: str
    workload: str
    side: Endpoint


class Filed(Part, frozen=True, kw_only=True):
    """A strategy or a case, which is a file of a project."""

    name: str
    sentence: Annotated[str, Meta(description="The first line of a strategy's docstring, or the title of a case.")]
    file: str
    builtin: Annotated[bool, Meta(description="It comes with tcpchaos.")]
    expects: Annotated[str, Meta(description="What a case expects.")] = ""
    trouble: Annotated[str, Meta(description="Why it can't be read; empty where it can.")] = ""


class Listing(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="list/1"):
    """What there is to choose from."""

    workloads: tuple[Named, ...]
    mutants: tuple[Broken, ...]
    strategies: tuple[Filed, ...] = ()
    cases: tuple[Filed, ...] = ()
