"""A case: one thing that was once found out about TCP, as a file that says how to find it out again.

It holds a plan, what is played under it, and what must come of it; never whom it is played against, and never anything
that would tie it to a machine: ports, addresses, initial sequence numbers. A file is read strictly, since whoever
replays it believes what it says, and it is written in one way only, so that equal cases are equal files.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, NoReturn

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

from tcpchaos.corpus.migrations import VERSION, UnknownVersion, migrate
from tcpchaos.plan import Plan, PlanError, parse
from tcpchaos.plan.errors import listing, nearest
from tcpchaos.rfc import LAW, State
from tcpchaos.rfc.deviations import DEVIATIONS

MAX_OCTETS: Final = 1 << 20  # of a file: a case is read by people
MAX_TITLE: Final = 120  # characters: a line of a scorecard
_SLUG: Final = 60  # characters of a file's name before the hash
_HASH: Final = 8  # hexadecimal digits in a file's name: they tell apart what has one title
DEFAULT_MTU: Final = 1500


class CaseError(ValueError):
    """What is no case: `path` leads to what is wrong with it (`$.plan[2]`), `file` is where it was read, if it was."""

    def __init__(self, problem: str, *, path: str = "$", file: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path
        self.file = file

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.problem}" if self.file else f"{self.path}: {self.problem}"


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a case: its keys are known, and unknown ones are errors."""


class Passes(_Part, frozen=True, kw_only=True, tag_field="outcome", tag="pass"):
    """Both endpoints keep to the law."""

    def __str__(self) -> str:
        return "both endpoints keep to the law"


class Violates(_Part, frozen=True, kw_only=True, tag_field="outcome", tag="violation"):
    """A rule is broken; what is left out of it may be anything."""

    rule: Annotated[str, Meta(description="The rule's id, as `tcpchaos rules` prints it.")]
    blame: Annotated[Literal["client", "server"] | None, Meta(description="Who breaks it.")] = None
    states: Annotated[
        tuple[str, str] | None, Meta(description="The states before, client's first, as RFC 9293 names them.")
    ] = None
    deviation: Annotated[
        str | None, Meta(description="The known deviation that it shows: nobody expects it of other stacks.")
    ] = None

    def __post_init__(self) -> None:
        ids = [rule.id for rule in LAW]
        if self.rule not in ids:
            _wrong("$.expect.rule", "rule", self.rule, ids, "see `tcpchaos rules`")
        for number, state in enumerate(self.states or ()):
            if state not in list(State):
                _wrong(f"$.expect.states[{number}]", "state", state, list(State), f"there are {', '.join(State)}")
        known = [each.id for each in DEVIATIONS if self.rule in each.rules]
        if self.deviation is not None and self.deviation not in known:
            there = f"of {self.rule} there {'are' if len(known) > 1 else 'is'} {', '.join(known) or 'none'}"
            _wrong("$.expect.deviation", "known deviation", self.deviation, known, there)

    def __str__(self) -> str:
        where = f" in {' and '.join(self.states)}" if self.states else ""
        return f"{self.blame or 'one of them'} breaks {self.rule}{where}"


class Provenance(_Part, frozen=True, kw_only=True):
    """Where a case comes from. Nothing of it affects how it is replayed."""

    source: Annotated[
        str, Meta(description="Who or what made it: a campaign, a capture, a person; or a reference.")
    ] = ""
    version: Annotated[str, Meta(description="The version of tcpchaos that made it.")] = ""
    stacks: Annotated[tuple[str, str] | None, Meta(description="The TCPs between which it was found.")] = None
    seed: Annotated[int | None, Meta(description="The seed of the campaign.")] = None
    found: Annotated[str, Meta(description="The day, as 2026-01-31.")] = ""
    replayed: Annotated[tuple[int, int] | None, Meta(description="Reproduced so often, of so many replays.")] = None
    notes: Annotated[str, Meta(description="Whatever else is worth knowing.")] = ""


class Case(_Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag=VERSION):
    """A plan, what is played under it, and what must come of it."""

    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE, description="One line.")]
    about: Annotated[str, Meta(description="What it proves, and what a correct endpoint does.")] = ""
    workload: Annotated[str, Meta(description="What the applications do, as `tcpchaos list` names it.")] = "echo"
    plan: Annotated[tuple[str, ...], Meta(description="One rule a line, in the notation of faults.")] = ()
    family: Annotated[Literal[4, 6], Meta(description="The version of IP.")] = 4
    mtu: Annotated[int, Meta(description="Octets of the largest packet.")] = DEFAULT_MTU
    sysctls: Annotated[dict[str, str], Meta(description="Set at both endpoints.")] = msgspec.field(default_factory=dict)
    expect: Annotated[Passes | Violates, Meta(description="What must come of it.")] = Passes()
    provenance: Annotated[Provenance, Meta(description="Where it comes from; affects nothing.")] = Provenance()

    def __post_init__(self) -> None:
        if not self.title.isprintable() or self.title != self.title.strip():
            raise CaseError("a title is one line, without blanks around it", path="$.title")
        _check_workload(self.workload)
        _read(self.plan)
        if self.mtu != DEFAULT_MTU or self.family != 4:
            _check_mtu(self.mtu, self.family)
        for name in self.sysctls:
            if not re.fullmatch(r"[a-z0-9_]+([./][\w-]+)+", name):
                raise CaseError(f"{name} is no sysctl: write such as net.ipv4.tcp_sack", path="$.sysctls")

    @property
    def rules(self) -> Plan:
        """The plan that the lines say."""
        return _read(self.plan)

    @property
    def content_hash(self) -> str:
        """What tells cases apart by what they play and expect, not by the words around it: hexadecimal digits."""
        content = _sparse(self)
        for key in ("title", "about", "provenance"):
            content.pop(key, None)
        content["plan"] = str(self.rules)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def file_name(self) -> str:
        """What its file is called: the title in letters that every file system knows, and the hash."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-") or "case"
        if len(slug) > _SLUG:
            slug = slug[: _SLUG + 1].rpartition("-")[0] or slug[:_SLUG]
        return f"{slug}-{self.content_hash[:_HASH]}.json"


def encode(case: Case) -> bytes:
    """Return the one text of a case: keys in the schema's order, defaults left out, a newline at the end."""
    return (json.dumps(_sparse(case), indent=2, ensure_ascii=False) + "\n").encode()


def decode(octets: bytes, *, file: str = "") -> Case:
    """Return the case that a file holds. Octets from anywhere raise nothing but CaseError, which leads to the fault."""
    try:
        return _decode(octets)
    except CaseError as error:
        raise CaseError(error.problem, path=error.path, file=file) from None


def _decode(octets: bytes) -> Case:
    if len(octets) > MAX_OCTETS:
        raise CaseError(f"this is larger than a case can be ({MAX_OCTETS} octets)")
    document = _load(octets)
    if not isinstance(document, dict) or not isinstance(document.get("tcpchaos"), str):
        raise CaseError(f'this is no case: one begins with {{"tcpchaos": "{VERSION}"')
    try:
        document = migrate(document)
    except UnknownVersion as error:
        raise CaseError(str(error), path="$.tcpchaos") from None
    try:
        return msgspec.convert(document, Case)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, CaseError):
            raise error.__cause__ from None
        raise _translated(str(error)) from None


def _load(octets: bytes) -> Any:
    try:
        document = json.loads(octets.decode("utf-8-sig"), object_pairs_hook=_without_twins, parse_constant=_no_number)
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise CaseError(f"not a text in UTF-8 (octet {error.start})") from None
    except UnicodeEncodeError:
        raise CaseError("half of a surrogate pair (\\ud800 to \\udfff) stands alone") from None
    except json.JSONDecodeError as error:
        raise CaseError(f"no JSON from line {error.lineno}, column {error.colno} on: {error.msg}") from None
    except RecursionError:
        raise CaseError("nested more deeply than any case") from None
    except CaseError:
        raise
    except ValueError as error:  # a number of more digits than Python reads
        raise CaseError(str(error)) from None
    return document


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise CaseError(f"the key {key} stands there twice")
        found[key] = value
    return found


def _no_number(word: str) -> NoReturn:
    raise CaseError(f"{word} is no number in JSON")


def _translated(message: str) -> CaseError:
    """Return what msgspec complains of as an error with its path, and with a near key for an unknown one."""
    problem, _, path = message.partition(" - at `")
    path = path.rstrip("`") or "$"
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", problem, re.DOTALL)
    if unknown:
        keys = [field.name for field in _fields_at(path)]
        near = nearest(unknown[1], keys)
        hint = f"did you mean {near}?" if near else f"keys are {listing(keys)}"
        problem = f"there is no key {unknown[1]}; {hint}"
        if unknown[1] in keys:
            problem = f"{unknown[1]} is said of a violation, and this expects none"
    return CaseError(f"{problem[:1].lower()}{problem[1:]}", path=path)


def _fields_at(path: str) -> tuple[FieldInfo, ...]:
    if path == "$.expect":
        return fields(Violates)
    return fields(Provenance) if path == "$.provenance" else fields(Case)


def _sparse(part: Struct) -> dict[str, Any]:
    """Return a part as JSON's types: keys in order, the tag first, without what is as if it were left out."""
    config = part.__struct_config__
    found: dict[str, Any] = {config.tag_field: config.tag} if config.tag_field else {}
    for field in fields(part):
        value = getattr(part, field.name)
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if value != default:
            plain = _sparse(value) if isinstance(value, Struct) else msgspec.to_builtins(value, order="deterministic")
            found[field.encode_name] = plain
    return found


def _read(lines: tuple[str, ...]) -> Plan:
    """Return the plan; raises CaseError, which leads to the line and to the column in it."""
    for number, line in enumerate(lines):
        if "\n" in line:
            raise CaseError("a line of the plan is one line: write each rule as a string of its own", path=_nth(number))
    try:
        return parse("\n".join(lines))
    except PlanError as error:
        head, _, rest = str(error).partition("\n")
        problem = head.removeprefix(f"{error.name}, line {error.line}, ")
        raise CaseError(f"{problem}\n{rest}", path=_nth(error.line - 1)) from None


def _nth(number: int) -> str:
    return f"$.plan[{number}]"


def _check_workload(name: str) -> None:
    from tcpchaos.workloads.registry import workload  # brings trio, which who only asks for the schema never needs

    try:
        workload(name)
    except LookupError as error:
        raise CaseError(str(error.args[0]), path="$.workload") from None


def _check_mtu(mtu: int, family: int) -> None:
    from tcpchaos.backends.lab.world import LEAST_MTU, MOST_MTU
    from tcpchaos.backends.warden.addresses import IPV6_LEAST_MTU

    least = LEAST_MTU if family == 4 else IPV6_LEAST_MTU
    if not least <= mtu <= MOST_MTU:
        raise CaseError(f"{mtu}: IPv{family} needs {least} to {MOST_MTU} octets", path="$.mtu")


def _wrong(path: str, what: str, name: str, names: Sequence[str], otherwise: str) -> NoReturn:
    near = nearest(name, names)
    raise CaseError(f"no {what} is called {name}; {f'did you mean {near}?' if near else otherwise}", path=path)
