"""What a terminal shows of a bench: the bars, then each figure with its ratios first and the absolute ones beside."""

from collections.abc import Iterator
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Bar, Bench, Beside, Figure
from tcpchaos.report.texts import counted

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
_GOOD: Final = Style(color="green", bold=True)
_MISSED: Final = Style(color="yellow", bold=True)
_US_PER_S: Final = 1_000_000


def lines(document: Bench) -> Iterator[Text]:
    """Yield the document as lines of text."""
    here = document.machine
    yield Text(f"{here.kernel}, {here.processor}, {counted(here.cores, 'core')}, {here.python}", _DIM)
    yield Text(
        f"{counted(document.rounds, 'round')} in {document.took_us / _US_PER_S:.0f} s, load {here.load:.2f} before; "
        "medians",
        _DIM,
    )
    if document.quick:
        yield Text("measured too shortly to mean much", _MISSED)
    yield Text()
    for bar in document.bars:
        yield _bar(bar)
    what = ""
    for figure in document.figures:
        if figure.what != what:
            what = figure.what
            yield Text()
            yield Text(f"{what}, {figure.unit}", _BOLD)
        yield from _figure(figure)


def _bar(bar: Bar) -> Text:
    line = Text(f"{'met' if bar.met else 'NOT MET':<9}", _GOOD if bar.met else _MISSED)
    unit = f" {bar.unit}" if bar.unit else ""
    line.append(f"{number(bar.figure):>8}{unit}  {bar.bar}, at {bar.at} {number(bar.limit)}", "")
    return line


def _figure(figure: Figure) -> Iterator[Text]:
    yield Text(f"  {figure.of:<36}{number(figure.value):>14}")
    for other in figure.beside:
        yield Text(_beside(figure, other), _DIM)


def _beside(figure: Figure, other: Beside) -> str:
    added = f"  {'+' if other.added >= 0 else ''}{number(other.added)}" if figure.unit in ("us", "octets") else ""
    return f"  {number(other.ratio):>9} of {other.baseline:<23}{number(other.value):>15}{added}"


def number(value: float) -> str:
    """Return a figure with three digits that count, and all of those before the point."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"
