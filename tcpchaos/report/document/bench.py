"""`bench/1`: what the proxy costs, each figure beside the baselines of the same run."""

from typing import Annotated, Literal

from msgspec import Meta

from tcpchaos.report.document.parts import Part


class Beside(Part, frozen=True, kw_only=True):
    """A baseline of the same run, and what a figure is to it; ratios and differences are medians over the rounds."""

    baseline: str
    value: float
    ratio: Annotated[float, Meta(description="The figure divided by the baseline's.")]
    added: Annotated[float, Meta(description="The figure minus the baseline's.")]
    samples: Annotated[tuple[float, ...], Meta(description="One for each round.")]


class Figure(Part, frozen=True, kw_only=True):
    """One thing that was measured of the proxy: the median over the rounds."""

    what: str
    of: str
    unit: str
    value: float
    samples: Annotated[tuple[float, ...], Meta(description="One for each round.")]
    beside: tuple[Beside, ...]


class Bar(Part, frozen=True, kw_only=True):
    """A promise about a figure, and whether it is kept on this machine."""

    bar: Annotated[str, Meta(description="What the figure is.")]
    figure: float
    at: Literal["least", "most"]
    limit: float
    unit: Annotated[str, Meta(description="Empty for a ratio.")]
    met: bool


class Machine(Part, frozen=True, kw_only=True):
    """Where something was measured."""

    kernel: str
    processor: str
    cores: Annotated[int, Meta(ge=1, description="Those that this process may use.")]
    python: str
    load: Annotated[float, Meta(description="Processes that wanted a processor in the minute before.")]


class Bench(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="bench/1"):
    """What the proxy costs on a machine, beside the baselines of the same run."""

    version: str
    machine: Machine
    quick: Annotated[bool, Meta(description="Measured too shortly for its figures to mean much.")]
    rounds: Annotated[int, Meta(ge=1)]
    took_us: Annotated[int, Meta(ge=0, description="Microseconds from the first measurement to the last.")]
    plan: Annotated[tuple[str, ...], Meta(description="The plan of ten rules.")]
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
