"""Pages of what was found: one file each, with everything in it, that a browser opens from a disk without a network.

A page is drawn from a document alone, so that one that was printed yesterday can be drawn today. What stands in it came
from the wire and from other people's programs: all of it is escaped, and a policy in the page lets nothing be fetched
and no script run but the page's own.
"""

import base64
import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tcpchaos.report import texts
from tcpchaos.report.diagram import taken
from tcpchaos.report.document import Fuzz, Judged, Link, Nightly, Replay, Run
from tcpchaos.report.html.campaign import HEIGHT as CURVE_HEIGHT
from tcpchaos.report.html.campaign import growth, heats
from tcpchaos.report.html.conformance import tables
from tcpchaos.report.html.figure import Figure, figure
from tcpchaos.report.html.night import fared, folds, groups
from tcpchaos.report.html.plot import HEIGHT, Plot, plot
from tcpchaos.report.html.steps import Folded, Step, steps
from tcpchaos.report.selection import Story, select

LADDERS: Final = 8  # connections in a page of many; about what a reader scrolls through
SHOWN: Final = 120  # steps of a connection before what doesn't matter is folded
FOLDED: Final = 1000  # steps of the whole page that can be unfolded: they keep it below 2 MB
UNFOLDED: Final = 8  # cases that show from the beginning what was wrong; of the others there is a line
_TEMPLATES: Final = Path(__file__).with_name("templates")
# Octets that would be drawn as nothing or would turn the text around them: shown as what they are.
_UNSEEN: Final = {
    **{code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F), 0xFFFD),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One connection as it stands in a page."""

    link: Link
    steps: Sequence[Step | Folded]
    plots: Sequence[Plot]
    states: Figure


def page(document: Judged) -> str:
    """Return the page of a document: each kind has a template of its name."""
    kind = str(document.__struct_config__.tag).partition("/")[0]
    style, script = _source("figure.css") + _source("style.css"), _source("script.js")
    return (
        _environment()
        .get_template(f"{kind}.html")
        .render(
            document=document,
            style=Markup(style),
            script=Markup(script),
            style_hash=_hash(style),
            script_hash=_hash(script),
            **_pictures(document),
        )
    )


def _pictures(document: Judged) -> dict[str, object]:
    if isinstance(document, Replay):
        return {"unfolded": UNFOLDED}
    if isinstance(document, Nightly):
        return {
            "groups": list(groups(document)),
            "folds": list(folds(document)),
            "unfolded": UNFOLDED,
            "fared": list(fared(document)),
            "growth": growth(document.coverage, document.plans, "plan"),
            "heats": heats(document.coverage.cells),
            "curve_height": CURVE_HEIGHT,
        }
    if isinstance(document, Fuzz):
        return {
            "found": [{"bug": bug, "status": ""} for bug in document.findings],
            "growth": growth(document.coverage, document.cases, "case"),
            "heats": heats(document.coverage.cells),
            "tables": [] if document.matrix is None else tables(document.matrix),
            "curve_height": CURVE_HEIGHT,
        }
    selection = select(document, LADDERS)
    room = FOLDED // max(len(selection.stories), 1)
    drawn = [
        Drawn(
            link=story.link,
            steps=steps(story, selection, limit=SHOWN, room=room),
            plots=_plots(story),
            states=figure(taken(story.events, 0), taken(story.events, 1)),
        )
        for story in selection.stories
    ]
    return {
        "drawn": drawn,
        "hidden": selection.hidden,
        "unkept": selection.unkept,
        "proxied": isinstance(document, Run) or document.vantage == "both",
        "plot_height": HEIGHT,
    }


def diagram() -> str:
    """Return the diagram of states as an SVG file."""
    return _environment().get_template("diagram.svg").render(figure=figure(), style=Markup(_source("figure.css")))


def _plots(story: Story) -> list[Plot]:
    made = (plot(story.events, story.findings, sender) for sender in ("client", "server"))
    return [each for each in made if each is not None]


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )
    environment.globals.update(texts=texts, shell=shlex.join)
    return environment


def _seen(value: object) -> object:
    """Return a value as it can be read: no character of it is unseen or reorders the others."""
    return value.translate(_UNSEEN) if type(value) is str else value


def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"
