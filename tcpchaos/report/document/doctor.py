"""`doctor/1`: what works on a machine, and what to do about the rest."""

from typing import Annotated

from msgspec import Meta

from tcpchaos.report.document.parts import Part


class Probe(Part, frozen=True, kw_only=True):
    """One thing that a machine has or lacks."""

    name: str
    ok: bool
    needed: Annotated[bool, Meta(description="Runs fail without it; otherwise something is merely missed.")]
    found: str
    remedy: Annotated[str | None, Meta(description="What to do about it, where something is amiss.")]


class Doctor(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="doctor/1"):
    """What works on this machine and what to do about the rest."""

    ok: Annotated[bool, Meta(description="The lab works from end to end.")]
    version: str
    kernel: str
    probes: tuple[Probe, ...]
