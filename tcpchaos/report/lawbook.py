"""What `rules` prints: each rule with all that is known of it, then what becomes of what RFC 9293 labels."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.style import Style
from rich.text import Text

from tcpchaos.report.document import Label, RuleEntry, Rules
from tcpchaos.report.texts import counted, wrap

_DIM: Final = Style(dim=True)
_BOLD: Final = Style(bold=True)
_JUDGED: Final = Style(color="green")
_TOLD: Final = Style(color="cyan")
_HIDDEN: Final = Style(color="yellow")
_TIERS: Final = {"hard": Style(color="red"), "soft": Style(color="yellow"), "remark": Style(color="cyan")}

_KINDS: Final = {
    "sent": "what is sent",
    "owed": "what is owed",
    "state": "what it says of itself",
    "told": "what applications are told",
    "run": "a whole run",
}
_ID_COLUMNS: Final = 7
_LABEL_COLUMNS: Final = 20  # the label, and its section


def lines(document: Rules, *, width: int) -> Iterator[Text]:
    """Yield the rules, then the requirements, and after each of both how many there are of which sort."""
    for rule in document.rules:
        yield from _rule(rule, width)
    if document.rules or not document.labels:
        tiers = Counter[str](rule.tier for rule in document.rules)
        parts = [
            counted(tiers[name], name) if name == "remark" else f"{tiers[name]} {name}"
            for name in _TIERS
            if tiers[name]
        ]
        yield _total(counted(len(document.rules), "rule"), parts)
    if not document.labels:
        return
    if document.rules:
        yield Text()
        yield Text("The requirements that RFC 9293 labels, and who can see that one is broken", _BOLD, no_wrap=True)
        yield Text()
    for each in document.labels:
        yield from _label(each, width)
    sights = Counter[str](each.sight for each in document.labels)
    words = {"judged": "judged", "application": "seen by applications alone", "unobservable": "by nobody"}
    parts = [f"{sights[sight]} {word}" for sight, word in words.items() if sights[sight]]
    yield _total(counted(len(document.labels), "requirement"), parts)


def _total(number: str, parts: list[str]) -> Text:
    return Text(number + (f": {', '.join(parts)}" if parts else ""), _DIM, no_wrap=True)


def _rule(rule: RuleEntry, width: int) -> Iterator[Text]:
    line = Text.assemble((f"{rule.id:<{_ID_COLUMNS}}", _BOLD), no_wrap=True)
    line.append(f"{rule.level:<8}")
    line.append(f"{rule.tier:<8}", _TIERS[rule.tier])
    line.append(f"{_KINDS[rule.kind]:<28}")
    line.append(rule.rfc, _DIM)
    line.rstrip()
    yield line
    yield from _indented(rule.sentence, _ID_COLUMNS, width)
    if rule.excuses:
        yield from _indented(f"lets pass: {rule.excuses}", _ID_COLUMNS, width, _DIM)
    notes = [f"judges {', '.join(rule.labels)}"] if rule.labels else []
    if rule.vantage == "any":
        notes.append("one capture is enough")
    yield from _indented("; ".join(notes), _ID_COLUMNS, width, _DIM)


def _label(each: Label, width: int) -> Iterator[Text]:
    for number, piece in enumerate(wrap(each.subject, width - _LABEL_COLUMNS)):
        line = Text.assemble((f"{each.label if number == 0 else '':<9}", _BOLD), no_wrap=True)
        line.append(f"{each.section if number == 0 else '':<{_LABEL_COLUMNS - 9}}", _DIM)
        line.append(piece, "")
        yield line
    sight, style = {
        "judged": (f"judged by {', '.join(each.judged_by)}", _JUDGED),
        "application": ("only the application sees it", _TOLD),
        "unobservable": ("nobody can tell", _HIDDEN),
    }[each.sight]
    yield from _indented(sight, _LABEL_COLUMNS, width, style)
    yield from _indented(each.why or "", _LABEL_COLUMNS, width, _DIM)


def _indented(text: str, indent: int, width: int, style: Style | str = "") -> Iterator[Text]:
    for piece in wrap(text, width - indent):
        line = Text(" " * indent, no_wrap=True)
        line.append(piece, style)
        yield line
