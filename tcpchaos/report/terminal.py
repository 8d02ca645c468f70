"""What a terminal shows of a document: a heading, the ladders that matter, the verdict."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Check, Run
from tcpchaos.report.ladder import ASCII, LIMIT, NARROWEST, UNICODE, ladder
from tcpchaos.report.selection import select
from tcpchaos.report.texts import counted, seconds, wrap
from tcpchaos.report.verdict import verdict

LADDERS: Final = 3  # connections shown of many; --verbose shows all

# Which command has made a document, by its backend, where that is not `run`.
_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)


def show(console: Console, document: Run | Check, *, everything: bool = False, ladders: bool = True) -> None:
    """Print a run or a checked capture; `everything` folds nothing, without `ladders` only the verdict is printed."""
    width = max(console.width, NARROWEST)
    unicode = (console.encoding or "").lower().startswith("utf")
    for line in _lines(document, width, everything, ladders, unicode):
        console.print(line, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True, highlight=False)


def _lines(document: Run | Check, width: int, everything: bool, ladders: bool, unicode: bool) -> Iterator[Text]:
    if ladders:
        yield from _heading(document, width)
        selection = select(document, 0 if everything else LADDERS)
        for story in selection.stories:
            yield Text()
            if len(document.connections) > 1:
                yield Text(f"connection {story.link.number} of {len(document.connections)}", _BOLD)
            yield from ladder(
                story,
                selection,
                width=width,
                limit=0 if everything else LIMIT,
                glyphs=UNICODE if unicode else ASCII,
            )
        if selection.hidden:
            yield Text()
            yield Text(f"{counted(selection.hidden, 'more connection')} not shown; --verbose shows them", _DIM)
        yield Text()
    yield from verdict(document, width=width, everything=everything)


def _heading(document: Run | Check, width: int) -> Iterator[Text]:
    if isinstance(document, Check):
        facts = [document.file, document.format, counted(document.packets.read, "packet")]
        facts.append(counted(len(document.connections), "connection"))
        yield from _wrapped("tcpchaos check", facts, width)
        return
    facts = [document.workload, document.backend, *_stacks(document.stacks)]
    facts += [f"seed {document.plan.seed}"] if any("%" in rule.rule for rule in document.plan.rules) else []
    facts += [f"took {seconds(document.took_us)}"] + (["interrupted"] if document.interrupted else [])
    yield from _wrapped(" ".join(document.command.split()[:2]), facts, width)


def _stacks(stacks: tuple[str, str] | None) -> list[str]:
    """Return what stood at the two ends, in one word where it was the same."""
    if stacks is None:
        return []
    client, server = (stack or "unknown" for stack in stacks)
    return [client] if client == server else [f"{client} to {server}"]


def _wrapped(name: str, facts: list[str], width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(", ".join(facts), width - len(name) - 2)):
        line = Text.assemble((f"{name}  " if number == 0 else " " * (len(name) + 2), _BOLD), no_wrap=True)
        line.append(piece, "")
        yield line
