"""How a case of an older version becomes one of today's: step by step, each a function from JSON to JSON.

The key `tcpchaos` of a document says which version it is. A version that changes what a key means gets a step here and
never takes one away: a case that was saved once can be read for ever.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

VERSION: Final = "case/1"

Step = Callable[[dict[str, Any]], dict[str, Any]]

# From each version to the next; a step need not touch the key `tcpchaos`. There has been one version so far.
STEPS: Final[Mapping[str, Step]] = MappingProxyType({})


class UnknownVersion(ValueError):  # noqa: N818 - an answer, and its reader says to what
    """A document that is no case, or a case of a version that this program doesn't know."""


def migrate(document: dict[str, Any], *, steps: Mapping[str, Step] = STEPS, version: str = VERSION) -> dict[str, Any]:
    """Return the document as one of this version; its key `tcpchaos` is a string. Raises UnknownVersion."""
    found: str = document["tcpchaos"]
    while found != version:
        if found not in steps:
            raise UnknownVersion(_why(found, version))
        document = steps[found](document)
        found = _following(found)
        document = {**document, "tcpchaos": found}
    return document


def _following(version: str) -> str:
    kind, _, number = version.partition("/")
    return f"{kind}/{int(number) + 1}"


def _why(found: str, version: str) -> str:
    kind, _, known = version.partition("/")
    said = re.fullmatch(r"([a-z]+)/([1-9][0-9]{0,8})", found)
    if said is None:
        return f"{found!r} is no kind and version: write {version}"
    if said[1] != kind:
        return f"this is a document {found} and no {kind}"
    if int(said[2]) > int(known):
        return f"{found} is newer than this program, which knows {version}: install a newer tcpchaos"
    return f"{found} was never the version of a case: write {version}"
