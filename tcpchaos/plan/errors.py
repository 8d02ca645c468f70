"""The one answer to a plan that cannot be read: where, what is wrong, and what to write instead."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

# Below this likeness a suggestion is more puzzling than none.
_LIKE_ENOUGH: Final = 0.5
_SHOWN: Final = 160  # characters of a line before it is shown in part
# Words that people bring along from other tools, and how they are written here.
_MEANT: Final = {
    "all": "any",
    "any": "both",
    "bad": "checksum",
    "both": "any",
    "chksum": "checksum",
    "cut": "truncate",
    "dup": "duplicate",
    "fast-open": "FO",
    "flip": "corrupt",
    "hop-limit": "ttl",
    "length": "len",
    "loss": "drop",
    "lose": "drop",
    "packet": "any",
    "port": "dport",
    "pure-ack": "ack",
    "reorder": "hold",
    "reset": "rst",
    "sack-permitted": "sackOK",
    "sack-perm": "sackOK",
    "send": "inject",
    "segment": "any",
    "tfo": "FO",
    "timestamp": "TS",
    "timestamps": "TS",
    "unhole": "heal",
    "user-timeout": "uto",
    "win": "window",
    "window-scale": "wscale",
}


class PlanError(ValueError):
    """A plan that is not one. `str()` shows the line with a caret under the word.

    `line` and `column` count from 1, columns in characters; `name` is where the text came from; `suggestion` is the
    nearest right word, if one is near.
    """

    def __init__(
        self,
        problem: str,
        *,
        source: str,
        line: int,
        column: int,
        width: int = 1,
        name: str = "plan",
        expected: str = "",
        suggestion: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.source = source
        self.line = line
        self.column = column
        self.width = width
        self.name = name
        self.expected = expected
        self.suggestion = suggestion

    def __str__(self) -> str:
        hint = f"; did you mean {self.suggestion}?" if self.suggestion else ""
        # A tab stays a tab under a tab, so that the caret stands under the word on every terminal.
        start = max(0, self.column - _SHOWN) if len(self.source) > _SHOWN else 0
        shown = self.source[start : start + _SHOWN + 40]
        pad = "".join("\t" if character == "\t" else " " for character in self.source[start : self.column - 1])
        lines = [
            f"{self.name}, line {self.line}, column {self.column}: {self.problem}{hint}",
            f"    {shown}",
            f"    {pad}{'^' * max(1, min(self.width, len(shown) - len(pad)))}",
        ]
        if self.expected:
            lines.append(f"    expected {self.expected}")
        return "\n".join(lines)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that was probably meant, or None."""
    said = word.lower().replace("_", "-")
    known = list(choices)
    if (meant := _MEANT.get(said)) in known:
        return meant
    best: str | None = None
    best_score = (False, _LIKE_ENOUGH)
    for choice in known:
        likeness = SequenceMatcher(None, said, choice.lower()).ratio()
        # Two letters that changed places are the commonest slip, and the ratio thinks little of them.
        score = (sorted(said) == sorted(choice.lower()), likeness)
        if score[1] >= _LIKE_ENOUGH and (best is None or score > best_score):
            best, best_score = choice, score
    return best


def listing(choices: Iterable[str], joint: str = "or") -> str:
    """Print words as a list that is read aloud: `a, b or c`."""
    *most, last = choices
    return f"{', '.join(most)} {joint} {last}" if most else last
