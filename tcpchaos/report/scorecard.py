"""What `replay` prints: a line for each case, and for each that is not as it expects, what is wrong."""

import re
import shlex
from collections.abc import Iterator
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
_WORTH_A_LOOK: Final = ("fixed", "failed", "flaky", "undetermined")
_HASH: Final = re.compile(r"-[0-9a-f]{8}$")  # of a name in a corpus, which means the same without it
_WIDEST: Final = max(map(len, _STYLES))
_INDENT: Final = 2 + _WIDEST + 2


def scorecard(document: Replay, *, width: int, quiet: bool = False) -> Iterator[Text]:
    """Yield the lines of a scorecard, none wider than `width` columns; `quiet` ones leave out what is as expected."""
    facts = [document.played] if document.played else []
    facts += dict.fromkeys((document.backend, *(document.stacks or ())))
    facts += [counted(len(document.cases), "case"), f"took {seconds(document.took_us)}"]
    for number, piece in enumerate(wrap(", ".join(facts), width - 17)):
        yield Text.assemble(("tcpchaos replay  " if number == 0 else " " * 17, _BOLD), piece, no_wrap=True)
    folder = None
    for case in document.cases:
        if quiet and case.as_expected:
            continue
        if (inside := case.name.rpartition("/")[0]) != folder:
            folder = inside
            yield Text()
            if folder:
                yield Text(folder, _BOLD)
        yield from _case(case, width)
    yield Text()
    badge = _BADGES.get(document.outcome, document.outcome.upper())
    for number, piece in enumerate(wrap(document.sentence, width - len(badge) - 2)):
        lead = (f"{badge}  " if number == 0 else " " * (len(badge) + 2), BADGES[document.outcome])
        yield Text.assemble(lead, (piece, _BOLD), no_wrap=True)


def _case(case: Replayed, width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(case.case.title, width - _INDENT)):
        status = case.status if number == 0 else ""
        yield Text.assemble((f"  {status:<{_WIDEST}}  ", _STYLES[case.status]), piece, no_wrap=True)
    facts = [case.reason] if case.status in ("known", "not applicable") else []
    if not case.as_expected and case.status != "not applicable":
        facts += [f"expected: {case.case.expect}", f"found: {case.reason}"]
    for fact in facts:
        for number, piece in enumerate(wrap(fact, width - _INDENT - 2)):
            yield Text(" " * (_INDENT + (2 if number else 0)) + piece, _DIM, no_wrap=True)
    if case.status in _WORTH_A_LOOK:
        # Not wrapped: a command that is broken in two is none.
        yield Text(
            f"{' ' * _INDENT}see: tcpchaos replay -v {shlex.quote(_HASH.sub('', case.name))}", _DIM, no_wrap=True
        )
