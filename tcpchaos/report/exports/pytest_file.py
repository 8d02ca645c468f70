"""A case as a file of tests for a suite that has tcpchaos installed and wants the case in its own words."""

import json
import re
from typing import Final

from tcpchaos.corpus.case import Case, Violates

_TEXT: Final = '''\
"""{title}."""

import trio

from tcpchaos.corpus.case import Case{more}
from tcpchaos.corpus.replay import Kept, Target, replay
from tcpchaos.report.failure import failure
from tcpchaos.run import run

CASE = {case}

# Whom it is played against: two kernels in a lab where there can be one. See `Target` for a server of your own.
TARGET = Target(backend="{backend}")


def test_{name}() -> None:
    replayed = trio.run(replay, Kept(name=CASE.title, case=CASE), TARGET, run)

    assert replayed.as_expected, failure(replayed, width=100)
'''


_WIDTH: Final = 95  # columns of what a line of the case holds


def pytest_file(case: Case, *, backend: str) -> str:
    """Return the text of a file with one test, which passes where the case says the truth."""
    name = re.sub(r"[^a-z0-9]+", "_", case.title.lower()).strip("_") or "case"
    return _TEXT.format(
        title=case.title.replace("\\", "\\\\").replace('"', "'").strip(".!?"),
        more=", Violates" if isinstance(case.expect, Violates) else "",
        case=_construction(case),
        backend=backend,
        name=name,
    )


def _construction(case: Case) -> str:
    """Return the expression that makes this case, without what is as it would be anyway."""
    plain = Case(title=case.title)
    lines = [f"    title={_literal(case.title)},"]
    for name in ("about", "workload", "plan", "family", "mtu", "sysctls"):
        value = getattr(case, name)
        if value != getattr(plain, name):
            lines.append(f"    {name}={_literal(value)},")
    if isinstance(case.expect, Violates):
        said = {name: getattr(case.expect, name) for name in ("rule", "blame", "states")}
        words = ", ".join(f"{name}={_literal(value)}" for name, value in said.items() if value is not None)
        lines.append(f"    expect=Violates({words}),")
    return "\n".join(["Case(", *lines, ")"])


def _literal(value: object) -> str:
    """Return a value as Python writes it, with quotes as formatters like them; a long text is broken between words."""
    if isinstance(value, str):
        pieces = re.findall(rf".{{1,{_WIDTH}}}(?:\s+|$)|\S+", value, re.DOTALL) if len(value) > _WIDTH else [value]
        texts = [json.dumps(piece, ensure_ascii=False) for piece in pieces]
        return texts[0] if len(texts) == 1 else "\n".join(["(", *(f"        {text}" for text in texts), "    )"])
    if isinstance(value, tuple):
        inside = ", ".join(map(_literal, value)) + ("," if len(value) == 1 else "")
        if len(inside) <= _WIDTH:
            return f"({inside})"
        return "\n".join(["(", *(f"        {_literal(each)}," for each in value), "    )"])
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(key)}: {_literal(each)}' for key, each in value.items())}}}"
    return repr(value)
