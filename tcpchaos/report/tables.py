"""What `list` and `doctor` print: a line or two for each thing, none wider than the terminal."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Doctor, Filed, Listing
from tcpchaos.report.texts import counted, wrap

_PLAIN: Final = Style()
_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
_GOOD: Final = Style(color="green", bold=True)
_BAD: Final = Style(color="red", bold=True)
_MISSED: Final = Style(color="yellow", bold=True)


def everything(document: Listing, *, width: int) -> Iterator[Text]:
    """Yield the strategies, the workloads, and where cases lie; the mutants are too many."""
    folders = Counter(each.name.rpartition("/")[0] or "." for each in document.cases)
    cases = [(folder, counted(count, "case"), _PLAIN) for folder, count in folders.items()]
    for what, lines in (
        ("strategies", strategies(document, width=width)),
        ("workloads", workloads(document, width=width)),
        ("cases", _beside(cases, width)),
    ):
        yield Text(what, Style.combine((_BOLD, _DIM)))
        yield from lines
        yield Text()
    yield Text("`tcpchaos list cases` names the cases, `tcpchaos list mutants` the broken endpoints", _DIM)


def strategies(document: Listing, *, width: int) -> Iterator[Text]:
    """Yield the strategies."""
    yield from _beside([_line(each, each.name, each.sentence) for each in document.strategies], width)


def workloads(document: Listing, *, width: int) -> Iterator[Text]:
    """Yield the workloads."""
    yield from _beside([(each.name, each.sentence, _PLAIN) for each in document.workloads], width)


def cases(document: Listing, *, width: int) -> Iterator[Text]:
    """Yield the cases by folder: the title, which is the name, and what must come of it."""
    folder = None
    for each in document.cases:
        if (inside := each.name.rpartition("/")[0] or ".") != folder:
            folder = inside
            yield Text(folder, _BOLD)
        name, said, style = _line(each, each.sentence or each.name, each.expects)
        pieces = [*wrap(name, width - 4), *(f"  {piece}" for piece in wrap(said, width - 6))]
        for number, piece in enumerate(pieces):
            yield Text(f"    {piece}", style if number == len(pieces) - 1 else _PLAIN, no_wrap=True)


def _line(each: Filed, name: str, said: str) -> tuple[str, str, Style]:
    return (name, f"can't be read: {each.trouble}", _BAD) if each.trouble else (name, said, _PLAIN)


def _beside(entries: Sequence[tuple[str, str, Style]], width: int) -> Iterator[Text]:
    """Yield names with what is said of each beside them."""
    widest = max((len(name) for name, _, _ in entries), default=0)
    for name, said, style in entries:
        for number, piece in enumerate(wrap(said, width - widest - 2)):
            line = Text.assemble((f"{name if number == 0 else '':<{widest}}  ", _BOLD), no_wrap=True)
            line.append(piece, style)
            yield line


def mutants(document: Listing, *, width: int) -> Iterator[Text]:
    """Yield the mutants, each with the rule that names it, its fault, and the command that shows it."""
    widest = max((len(each.name) for each in document.mutants), default=0)
    for each in document.mutants:
        head = Text.assemble((f"{each.name:<{widest}}  ", _BOLD), no_wrap=True)
        head.append(each.rule, _DIM)
        yield head
        for piece in wrap(each.fault, width - 4):
            yield Text(f"    {piece}", no_wrap=True)
        words = [f"tcpchaos run --backend sim -w {each.workload}", f"--{each.side} sim:{each.name}"]
        words += [f"-f {shlex.quote(line)}" for line in each.plan.splitlines()]
        for line in _command(words, width):
            yield Text(line, _DIM)
    yield Text(counted(len(document.mutants), "mutant"), _DIM)


def _command(words: list[str], width: int) -> Iterator[str]:
    """Yield a command for a shell, continued on further lines where there are many words; they can't be broken."""
    line = "    " + words[0]
    for word in words[1:]:
        if len(line) + len(word) + len("  \\") > width:
            yield line + " \\"
            line = "       "
        line += " " + word
    yield line


def doctor(document: Doctor, *, width: int) -> Iterator[Text]:
    """Yield what a machine has and lacks, with a remedy for what is amiss, and the conclusion."""
    widest = max((len(probe.name) for probe in document.probes), default=0)
    indent = 9 + widest + 2
    for probe in document.probes:
        word, style = ("ok", _GOOD) if probe.ok else ("MISSING", _BAD) if probe.needed else ("without", _MISSED)
        for number, piece in enumerate(wrap(probe.found, width - indent) or [""]):
            line = Text.assemble((f"{word if number == 0 else '':<9}", style), no_wrap=True)
            line.append(f"{probe.name if number == 0 else '':<{widest}}  ", _BOLD)
            line.append(piece, "")
            yield line
        for piece in wrap(probe.remedy or "", width - indent - 3) if not probe.ok else ():
            yield Text(f"{' ' * indent}   {piece}", _MISSED, no_wrap=True)
    yield Text()
    yield Text(
        f"The lab works on this machine ({document.kernel})." if document.ok else "The lab does not work here.",
        _GOOD if document.ok else _BAD,
    )
