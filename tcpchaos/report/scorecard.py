"""What `replay` prints: a line for each case that can be played, and below those not as they expect, what is wrong."""

import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Replay, Replayed
from tcpchaos.report.texts import counted, seconds, wrap
from tcpchaos.report.verdict import BADGES

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
_GOOD: Final = Style(color="green")
_BAD: Final = Style(color="red", bold=True)
_UNSURE: Final = Style(color="yellow", bold=True)
_STYLES: Final = {
    "reproduced": _GOOD,
    "held": _GOOD,
    "known": _GOOD,
    "fixed": _BAD,
    "failed": _BAD,
    "flaky": _UNSURE,
    "undetermined": _UNSURE,
    "broken": Style(color="magenta", bold=True),
    "not applicable": _DIM,
}
_BADGES: Final = {"pass": "AS EXPECTED", "violation": "NOT AS EXPECTED"}
_UNPLAYED: Final = ("not applicable", "broken")
_WORTH_A_LOOK: Final = ("fixed", "failed", "flaky", "undetermined")
_HASH: Final = re.compile(r"-[0-9a-f]{8}$")  # of a name in a corpus, which means the same without it
_WIDEST: Final = max(map(len, _STYLES))
_INDENT: Final = 2 + _WIDEST + 2


def scorecard(document: Replay, *, width: int, quiet: bool = False) -> Iterator[Text]:
    """Yield the lines of a scorecard, none wider than `width` columns; `quiet` ones tell of what is not as expected."""
    facts = [document.played] if document.played else []
    facts += dict.fromkeys((document.backend, *(document.stacks or ())))
    facts += [counted(len(document.cases), "case"), f"took {seconds(document.took_us)}"]
    for number, piece in enumerate(wrap(", ".join(facts), width - 17)):
        yield Text.assemble(("tcpchaos replay  " if number == 0 else " " * 17, _BOLD), piece, no_wrap=True)
    told = [case for case in document.cases if not quiet or not (case.as_expected or case.status == "not applicable")]
    for folder, inside in groupby(told, lambda case: case.name.rpartition("/")[0]):
        yield Text()
        if folder:
            yield Text(folder, _BOLD)
        yield from _cases(inside, width)
    yield Text()
    badge = _BADGES.get(document.outcome, document.outcome.upper())
    for number, piece in enumerate(wrap(document.sentence, width - len(badge) - 2)):
        lead = (f"{badge}  " if number == 0 else " " * (len(badge) + 2), BADGES[document.outcome])
        yield Text.assemble(lead, (piece, _BOLD), no_wrap=True)


def _cases(cases: Iterable[Replayed], width: int) -> Iterator[Text]:
    """Yield the cases of a folder; those not played come last, and are only counted where many have the same reason."""
    unplayed: dict[tuple[str, str], list[Replayed]] = {}
    for case in cases:
        if case.status in _UNPLAYED:
            unplayed.setdefault((case.status, case.reason), []).append(case)
        else:
            yield from _case(case, width)
    for (status, reason), alike in unplayed.items():
        if len(alike) == 1:
            yield from _case(alike[0], width)
        else:
            yield from _line(status, counted(len(alike), "case"), width)
            yield from _facts([f"each: {reason}"], width)


def _line(status: str, text: str, width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(text, width - _INDENT)):
        word = status if number == 0 else ""
        yield Text.assemble((f"  {word:<{_WIDEST}}  ", _STYLES[status]), piece, no_wrap=True)


def _facts(facts: Iterable[str], width: int) -> Iterator[Text]:
    for fact in facts:
        for number, piece in enumerate(wrap(fact, width - _INDENT - 2)):
            yield Text(" " * (_INDENT + (2 if number else 0)) + piece, _DIM, no_wrap=True)


def _case(case: Replayed, width: int) -> Iterator[Text]:
    yield from _line(case.status, case.case.title, width)
    facts = [case.reason] if case.status in ("known", "not applicable") else []
    if not case.as_expected and case.status != "not applicable":
        facts += [f"expected: {case.case.expect}", f"found: {case.reason}"]
    yield from _facts(facts, width)
    if case.status in _WORTH_A_LOOK:
        # Not wrapped: a command that is broken in two is none.
        yield Text(
            f"{' ' * _INDENT}see: tcpchaos replay -v {shlex.quote(_HASH.sub('', case.name))}", _DIM, no_wrap=True
        )
