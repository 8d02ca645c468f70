"""The JSON documents: what every command that prints `--json` promises to the programs that read it.

Each kind is one strict struct, so that encoder, decoder and published schema can't drift apart. The terminal prints
from the same documents: whatever a person sees, a program gets.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from tcpchaos.corpus.case import Case

Outcome = Literal["pass", "violation", "undetermined", "broken"]
Faults = Literal["none", "survivable", "lethal"]
Endpoint = Literal["client", "server"]
Tier = Literal["hard", "soft", "remark"]
States = Annotated[tuple[str, str], Meta(description="The client's state, then the server's, named as in RFC 9293.")]

Count = Annotated[int, Meta(ge=0)]
Frame = Annotated[int, Meta(ge=0, description="The number of an event of the trace; 0 is none.")]
Microseconds = Annotated[int, Meta(ge=0, description="Microseconds since the run began.")]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a document: its keys are known, and unknown ones are errors."""


class Found(Part, frozen=True, kw_only=True):
    """One breach of a rule."""

    rule: str
    level: Annotated[str, Meta(description="How strongly the rule binds: MUST, SHOULD, ...")]
    tier: Annotated[Tier, Meta(description="How sure the finding is; a remark is never a violation.")]
    rfc: Annotated[str, Meta(description="Where the rule stands.")]
    blame: Annotated[Endpoint | None, Meta(description="Who broke it.")]
    known: Annotated[str | None, Meta(description="The known deviation of this stack that waives the finding.")]
    excused: Annotated[str | None, Meta(description="What the proxy itself did that explains the finding.")]
    connection: Count
    frame: Frame
    at_us: Microseconds
    states: Annotated[tuple[str, str], Meta(description="The states before the segment, the client's first.")]
    expected: str
    observed: str
    sentence: Annotated[str, Meta(description="The rule.")]
    segment: Annotated[str, Meta(description="The segment that shows it, as in the trace; empty where none does.")]
    times: Annotated[int, Meta(ge=1, description="How often the same was seen on this connection; this is the first.")]


class Fault(Part, frozen=True, kw_only=True):
    """One rule of the plan, and how often it fired."""

    rule: str
    actions: Annotated[tuple[str, ...], Meta(description="As they stand in the deeds of the trace's events.")]
    fired: Count
    of_workload: Annotated[bool, Meta(description="It belongs to the workload, not to the plan of the user.")]


class Planned(Part, frozen=True, kw_only=True):
    """The plan as it was run."""

    seed: int
    rules: tuple[Fault, ...]


class End(Part, frozen=True, kw_only=True):
    """One endpoint of a connection at the end of the run."""

    address: str
    port: Count
    state: Annotated[str, Meta(description="The likeliest state.")]
    states: Annotated[tuple[str, ...], Meta(description="Every state that explains the trace.")]
    iss: Annotated[int | None, Meta(description="The initial send sequence number, when it was seen.")] = None


class Link(Part, frozen=True, kw_only=True):
    """One connection that was seen."""

    number: Count
    client: End
    server: End


class Position(Part, frozen=True, kw_only=True):
    """Where a segment stands in the two streams: octets from the initial numbers on, not wrapped at 2^32."""

    seq: int
    end: Annotated[int, Meta(description="Behind its last octet; SYN and FIN count one each.")]
    ack: Annotated[int | None, Meta(description="In its receiver's stream.")]
    edge: Annotated[
        int | None,
        Meta(description="Where the window ends that it offers, as scaled by the endpoint that sent it or got it."),
    ]
    sacked: Annotated[tuple[tuple[int, int], ...], Meta(description="From and up to where, in its receiver's stream.")]


class Seen(Part, frozen=True, kw_only=True):
    """One packet at one edge of the proxy."""

    frame: Frame
    at_us: Microseconds
    connection: Count
    endpoint: Endpoint
    what: Annotated[Literal["sent", "delivered"], Meta(description="Sent by this endpoint, or delivered to it.")]
    origin: Annotated[
        int, Meta(ge=0, description="The frame at which it was sent; 0: it was injected or was sent here.")
    ]
    segment: Annotated[str, Meta(description="packetdrill's notation, sequence numbers relative to the initial ones.")]
    octets: Annotated[int, Meta(ge=0, description="Octets of payload.")]
    position: Annotated[Position | None, Meta(description="None of an ICMP error.")]
    edited: Annotated[bool, Meta(description="Not the octets that were sent.")]
    deeds: Annotated[tuple[str, ...], Meta(description="What the proxy did, in the plan's words.")]
    states: States
    kernel: Annotated[str, Meta(description="What its kernel did with it, and why; empty: unknown.")] = ""


class Seens(Part, frozen=True, kw_only=True):
    """The events of a run in their order; of a very long run, its beginning and its end."""

    seen: Count
    left_out: Count
    events: tuple[Seen, ...]


class Application(Part, frozen=True, kw_only=True):
    """How one of the two applications ended."""

    endpoint: Endpoint
    what: Annotated[str, Meta(description="The workload's name, or the command.")]
    ok: bool
    ended: str
    output: Annotated[str, Meta(description="The last of what a command printed.")]


class Talk(Part, frozen=True, kw_only=True):
    """What the two applications of one connection said and heard; pairs are the client's and the server's."""

    client_port: Count
    server_port: Count
    wrote: Annotated[tuple[int, int], Meta(description="Octets handed to TCP.")]
    read: Annotated[tuple[int, int], Meta(description="Octets taken from TCP.")]
    ended: Annotated[tuple[str, str], Meta(description="How hearing ended: eof, or an error; empty while it has not.")]


class Lack(Part, frozen=True, kw_only=True):
    """What was missing in the environment, and how to get it."""

    missing: str
    remedy: str


class Run(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="run/1"):
    """One run through the proxy, judged."""

    outcome: Outcome
    faults: Faults
    findings: tuple[Found, ...]
    sentence: Annotated[str, Meta(description="The verdict in one sentence.")]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    workload: str
    command: Annotated[str, Meta(description="What to type to make the same run again.")]
    plan: Planned
    connections: tuple[Link, ...]
    trace: Seens
    stacks: Annotated[
        tuple[str, str] | None,
        Meta(description="The TCPs of the client and the server: a kernel's, or sim or sim:NAME."),
    ]
    known: Annotated[dict[str, Count], Meta(description="How often each known deviation of a stack was seen.")]
    counters: Annotated[
        dict[str, dict[str, int]],
        Meta(description="By how much the counters of each endpoint's kernel have grown, named as nstat names them."),
    ]
    conditions: Annotated[dict[str, str | int | bool | None], Meta(description="Settings in force at both.")]
    applications: tuple[Application, ...]
    talks: tuple[Talk, ...]
    took_us: Microseconds
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]
    timed_out: Annotated[bool, Meta(description="Ended by its timeout.")]
    broken: Annotated[Lack | None, Meta(description="Why the environment failed.")]
    notes: tuple[str, ...]


class Replayed(Part, frozen=True, kw_only=True):
    """What came of one case."""

    name: str
    file: str
    status: Annotated[
        Literal["reproduced", "held", "known", "fixed", "failed", "flaky", "undetermined", "broken", "not applicable"],
        Meta(
            description="A violation that was expected is there, or is covered by a known deviation, or is gone; none"
            " was expected, and none is there, or only known deviations; another or an unexpected one is there; not the"
            " same each time; nobody can tell; the environment failed; the case means nothing for this server."
        ),
    ]
    as_expected: Annotated[bool, Meta(description="reproduced, held or known.")]
    reason: str
    times: Annotated[int, Meta(ge=0, description="How often it was played.")]
    good: Annotated[int, Meta(ge=0, description="How often of these it was as expected.")]
    faults: Faults
    findings: Annotated[tuple[Found, ...], Meta(description="Of the run that tells most.")]
    idle: Annotated[tuple[str, ...], Meta(description="Rules of the plan that met no segment in that run.")]
    case: Case


class Replay(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="replay/1"):
    """Saved cases, replayed."""

    outcome: Annotated[Outcome, Meta(description="pass: every case that could be played is as it expects.")]
    sentence: Annotated[str, Meta(description="The outcome in one sentence.")]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    stacks: Annotated[tuple[str, str] | None, Meta(description="The TCPs of the client and the server.")]
    played: Annotated[str, Meta(description="The programs that took the place of the workloads; empty without any.")]
    counts: Annotated[dict[str, Count], Meta(description="How many cases have each status.")]
    cases: tuple[Replayed, ...]
    took_us: Microseconds
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]


BugStatus = Literal["new", "confirmed", "shrunk", "unconfirmed"]


class Bug(Part, frozen=True, kw_only=True):
    """One thing that a campaign found, however often."""

    rule: str
    level: Annotated[str, Meta(description="How strongly the rule binds: MUST, SHOULD, ...")]
    rfc: Annotated[str, Meta(description="Where the rule stands.")]
    sentence: Annotated[str, Meta(description="The rule.")]
    blame: Annotated[Endpoint | None, Meta(description="Who broke it.")]
    states: Annotated[tuple[str, str], Meta(description="The states where it was seen first, the client's first.")]
    observed: Annotated[str, Meta(description="What was expected and what was observed.")]
    status: Annotated[
        BugStatus,
        Meta(description="Not looked into yet; seen again; seen again and made small; never seen again."),
    ]
    strategy: str
    workload: str
    plan: Annotated[tuple[str, ...], Meta(description="The smallest plan that shows it.")]
    good: Annotated[int, Meta(ge=0, description="So many of the replays of that plan showed it.")]
    times: Count
    seen: Annotated[int, Meta(ge=1, description="Trials of the campaign that showed it.")]
    file: Annotated[str, Meta(description="The case that was saved; empty where none was.")]
    command: Annotated[str, Meta(description="What to type to see it.")]


class Cell(Part, frozen=True, kw_only=True):
    """One thing that was covered, and how many trials covered it."""

    what: Annotated[
        tuple[str, ...],
        Meta(
            description="Client's state, server's state, whose segment of what kind, what was done to it, where it was"
            " seen; or breach, a rule, and the states."
        ),
    ]
    times: Annotated[int, Meta(ge=1)]


class Covered(Part, frozen=True, kw_only=True):
    """What a campaign has covered."""

    cells: tuple[Cell, ...]
    growth: Annotated[
        tuple[tuple[int, int], ...], Meta(description="After so many trials so many cells; where that grew.")
    ]


class Drawn(Part, frozen=True, kw_only=True):
    """How one strategy fared."""

    name: str
    cases: Count
    new: Annotated[int, Meta(ge=0, description="Cells that it was the first to cover.")]


class MatrixCell(Part, frozen=True, kw_only=True):
    """One forged segment in one state of one endpoint, and what came of it."""

    endpoint: Endpoint
    state: Annotated[str, Meta(description="As plans write it: syn-received.")]
    flags: Annotated[str, Meta(description="The set of flags by name.")]
    position: Annotated[str, Meta(description="Which number is where: seq left-1, ack right+1.")]
    workload: str
    plan: Annotated[tuple[str, ...], Meta(description="The rules that reach the state; the last one injects.")]
    verdict: Annotated[
        Literal["ok", "known", "violation", "lethal", "undetermined", "not reached"],
        Meta(description="`lethal`: the segment may end the connection, and did no other harm."),
    ]
    rules: Annotated[tuple[str, ...], Meta(description="What was broken, or is known to be.")]


class Matrix(Part, frozen=True, kw_only=True):
    """A conformance table: each state of either endpoint, each set of flags, each position."""

    stacks: Annotated[tuple[str, str], Meta(description="The TCPs of the client and the server.")]
    cells: tuple[MatrixCell, ...]


class Fuzz(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="fuzz/1"):
    """A campaign: what was drawn, what it covered, and what it found."""

    outcome: Outcome
    findings: Annotated[tuple[Bug, ...], Meta(description="Each bug once, as far as it was seen again.")]
    unconfirmed: Annotated[tuple[Bug, ...], Meta(description="What no replay showed again, or was not replayed.")]
    sentence: Annotated[str, Meta(description="The outcome in one sentence.")]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    stacks: Annotated[tuple[str, str] | None, Meta(description="The TCPs of the client and the server.")]
    played: Annotated[str, Meta(description="The programs that took the place of the workloads; empty without any.")]
    strategies: tuple[Drawn, ...]
    cases: Annotated[int, Meta(ge=0, description="Plans that were played.")]
    idle: Annotated[int, Meta(ge=0, description="Of these, so many of which no rule met a segment.")]
    segments: Count
    seconds: Annotated[float, Meta(ge=0, description="For how long it searched.")]
    seed: int
    shard: Annotated[str, Meta(description="Which part of the campaign it was: 1/1 is all of it.")]
    guided: Annotated[bool, Meta(description="What showed something new was drawn from again.")]
    outcomes: Annotated[dict[str, Count], Meta(description="How many cases had each outcome.")]
    known: Annotated[dict[str, Count], Meta(description="How often each known deviation of a stack was seen.")]
    coverage: Covered
    matrix: Annotated[Matrix | None, Meta(description="The table of what was enumerated, if anything was.")]
    saved: Annotated[tuple[str, ...], Meta(description="The files of the cases that were saved.")]
    command: Annotated[str, Meta(description="What to type to make the same campaign again.")]
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]
    notes: tuple[str, ...]


class NightlyBug(Part, frozen=True, kw_only=True):
    """One thing that a night found, or that the night before had found."""

    status: Annotated[
        Literal["new", "still there", "flaky", "known", "fixed", "undetermined"],
        Meta(
            description="The last night did not have it; it did; it did, and not every replay shows it; a case of the"
            " corpus or a known deviation has it; no replay shows it any more; nobody can tell tonight."
        ),
    ]
    bug: Annotated[Bug, Meta(description="As it was found tonight, or else in the last night.")]


class NightlyCase(Part, frozen=True, kw_only=True):
    """A case of the corpus in this night and in the one before."""

    before: Annotated[str, Meta(description="Its status in the last night; empty where it was not played then.")]
    worse: Annotated[bool, Meta(description="It is not as it expects, and the last night does not excuse it.")]
    replayed: Replayed


class Turns(Part, frozen=True, kw_only=True):
    """How one strategy fared in a night."""

    name: str
    turns: Annotated[int, Meta(ge=0, description="How often it had its turn.")]
    seconds: Annotated[float, Meta(ge=0, description="For how long it searched in all.")]
    cases: Count
    new: Annotated[int, Meta(ge=0, description="Cells that it was the first to cover.")]


class Nightly(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="nightly/1"):
    """A night: the corpus replayed, strategies searched, and both compared with the night before."""

    outcome: Annotated[Outcome, Meta(description="violation: a bug is new, or a case is worse than it was.")]
    sentence: Annotated[str, Meta(description="The outcome in one sentence.")]
    failures: Annotated[
        tuple[str, ...], Meta(description="Why the exit code is 1, a sentence each; none where it isn't.")
    ]
    findings: Annotated[tuple[NightlyBug, ...], Meta(description="Each bug once, what is new first.")]
    unconfirmed: Annotated[tuple[Bug, ...], Meta(description="What no replay showed again, or was not replayed.")]
    cases: tuple[NightlyCase, ...]
    version: Annotated[str, Meta(description="The version of tcpchaos.")]
    backend: str
    stacks: Annotated[tuple[str, str] | None, Meta(description="The TCPs of the client and the server.")]
    played: Annotated[str, Meta(description="The programs that took the place of the workloads; empty without any.")]
    strategies: tuple[Turns, ...]
    plans: Annotated[int, Meta(ge=0, description="Plans that the strategies drew and that were played.")]
    idle: Annotated[int, Meta(ge=0, description="Of these, so many of which no rule met a segment.")]
    segments: Count
    seconds: Annotated[float, Meta(ge=0, description="How long the night was.")]
    replaying: Annotated[float, Meta(ge=0, description="Of these seconds, so many for cases and bugs that were known.")]
    seed: int
    shard: Annotated[str, Meta(description="Which part of the night it was: 1/1 is all of it.")]
    outcomes: Annotated[dict[str, Count], Meta(description="How many plans had each outcome.")]
    known: Annotated[dict[str, Count], Meta(description="How often each known deviation of a stack was seen.")]
    coverage: Covered
    least: Annotated[int, Meta(ge=0, description="Cells that had to be covered; 0 is no bound.")]
    baseline: Annotated[str, Meta(description="The document of the last night; empty without one.")]
    saved: Annotated[tuple[str, ...], Meta(description="The files of the cases that were saved.")]
    command: Annotated[str, Meta(description="What to type for the same night again.")]
    interrupted: Annotated[bool, Meta(description="Ended by hand before its end.")]
    notes: tuple[str, ...]


class Packets(Part, frozen=True, kw_only=True):
    """What became of the packets of a capture."""

    read: Count
    judged: Count
    not_tcp: Count
    fragments: Count
    unreadable: Count
    truncated: Annotated[int, Meta(ge=0, description="Kept only in part by whoever captured them.")]
    damaged: Annotated[int, Meta(ge=0, description="With wrong checksums, so that nothing in them was believed.")]
    elsewhere: Annotated[int, Meta(ge=0, description="Captured in a second place too, and judged once.")]


class Check(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="check/1"):
    """A capture that someone else made, judged."""

    outcome: Outcome
    faults: Faults
    findings: tuple[Found, ...]
    suspected: Annotated[tuple[Found, ...], Meta(description="Breaches, if nothing came by but what was captured.")]
    sentence: Annotated[str, Meta(description="The verdict in one sentence.")]
    version: str
    file: str
    command: Annotated[str, Meta(description="What to type to judge it again.")]
    format: Annotated[str, Meta(description="pcap or pcapng.")]
    vantage: Annotated[Literal["one", "both"], Meta(description="both: tcpchaos wrote it, on both sides of the proxy.")]
    packets: Packets
    torn: Annotated[str | None, Meta(description="What is amiss with the file and where; what came before was judged.")]
    connections: tuple[Link, ...]
    trace: Seens
    undecided: Annotated[tuple[str, ...], Meta(description="What one vantage point can't decide.")]
    notes: tuple[str, ...]


class RuleEntry(Part, frozen=True, kw_only=True):
    """One rule of the law."""

    id: str
    kind: Annotated[
        Literal["sent", "owed", "state", "told", "run"],
        Meta(
            description="What it judges: a segment that was sent; something owed that did not come in time; the state"
            " an endpoint says it is in; what an application was told; what only a whole run shows."
        ),
    ]
    level: Annotated[str, Meta(description="How strongly it binds: MUST, must (said without a label), SHOULD.")]
    tier: Annotated[
        Tier, Meta(description="How sure it is: certain; right but for a deadline or a profile; never a violation.")
    ]
    rfc: Annotated[str, Meta(description="Document and section; empty for what stands in no RFC.")]
    labels: Annotated[tuple[str, ...], Meta(description="The requirements of RFC 9293 that it judges: MUST-66, ...")]
    vantage: Annotated[str, Meta(description="any: decided from one capture; both: from both sides of the proxy.")]
    sentence: str
    excuses: Annotated[str | None, Meta(description="What looks like a breach and is let pass.")]


class Label(Part, frozen=True, kw_only=True):
    """One of the requirements that RFC 9293 labels, and whether an observer can tell that it is broken."""

    label: str
    section: Annotated[str, Meta(description="Of RFC 9293.")]
    subject: str
    sight: Annotated[
        Literal["judged", "application", "unobservable"],
        Meta(description="A rule judges it; only an application can see a breach; or nobody can tell one."),
    ]
    judged_by: Annotated[tuple[str, ...], Meta(description="The ids of the rules that judge it.")]
    why: Annotated[
        str | None, Meta(description="Why no rule judges it; of one that is judged, what the rules don't see of it.")
    ]


class Rules(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="rules/1"):
    """The law, and what becomes in it of the requirements that RFC 9293 labels."""

    rules: tuple[RuleEntry, ...]
    labels: tuple[Label, ...]


class Named(Part, frozen=True, kw_only=True):
    """Something that can be named on the command line."""

    name: str
    sentence: str


class Broken(Part, frozen=True, kw_only=True):
    """A simulated endpoint with a fault, and how that is brought to light."""

    name: str
    fault: str
    rule: Annotated[str, Meta(description="The id of the rule that must name it.")]
    plan: str
    workload: str
    side: Endpoint


class Filed(Part, frozen=True, kw_only=True):
    """A strategy or a case, which is a file of a project."""

    name: str
    sentence: Annotated[str, Meta(description="The first line of a strategy's docstring, or the title of a case.")]
    file: str
    builtin: Annotated[bool, Meta(description="It comes with tcpchaos.")]
    expects: Annotated[str, Meta(description="What a case expects.")] = ""
    trouble: Annotated[str, Meta(description="Why it can't be read; empty where it can.")] = ""


class Listing(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="list/1"):
    """What there is to choose from."""

    workloads: tuple[Named, ...]
    mutants: tuple[Broken, ...]
    strategies: tuple[Filed, ...] = ()
    cases: tuple[Filed, ...] = ()


class Probe(Part, frozen=True, kw_only=True):
    """One thing that a machine has or lacks."""

    name: str
    ok: bool
    needed: Annotated[bool, Meta(description="Runs fail without it; otherwise something is merely missed.")]
    found: str
    remedy: Annotated[str | None, Meta(description="What to do about it, where something is amiss.")]


class Doctor(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="doctor/1"):
    """What works on this machine and what to do about the rest."""

    ok: Annotated[bool, Meta(description="The lab works from end to end.")]
    version: str
    kernel: str
    probes: tuple[Probe, ...]


class Beside(Part, frozen=True, kw_only=True):
    """A baseline of the same run, and what a figure is to it; ratios and differences are medians over the rounds."""

    baseline: str
    value: float
    ratio: Annotated[float, Meta(description="The figure divided by the baseline's.")]
    added: Annotated[float, Meta(description="The figure minus the baseline's.")]
    samples: Annotated[tuple[float, ...], Meta(description="One for each round.")]


class Figure(Part, frozen=True, kw_only=True):
    """One thing that was measured of the proxy: the median over the rounds."""

    what: str
    of: str
    unit: str
    value: float
    samples: Annotated[tuple[float, ...], Meta(description="One for each round.")]
    beside: tuple[Beside, ...]


class Bar(Part, frozen=True, kw_only=True):
    """A promise about a figure, and whether it is kept on this machine."""

    bar: Annotated[str, Meta(description="What the figure is.")]
    figure: float
    at: Literal["least", "most"]
    limit: float
    unit: Annotated[str, Meta(description="Empty for a ratio.")]
    met: bool


class Machine(Part, frozen=True, kw_only=True):
    """Where something was measured."""

    kernel: str
    processor: str
    cores: Annotated[int, Meta(ge=1, description="Those that this process may use.")]
    python: str
    load: Annotated[float, Meta(description="Processes that wanted a processor in the minute before.")]


class Bench(Part, frozen=True, kw_only=True, tag_field="tcpchaos", tag="bench/1"):
    """What the proxy costs on a machine, beside the baselines of the same run."""

    version: str
    machine: Machine
    quick: Annotated[bool, Meta(description="Measured too shortly for its figures to mean much.")]
    rounds: Annotated[int, Meta(ge=1)]
    took_us: Annotated[int, Meta(ge=0, description="Microseconds from the first measurement to the last.")]
    plan: Annotated[tuple[str, ...], Meta(description="The plan of ten rules.")]
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]


Document = Run | Replay | Fuzz | Nightly | Check | Rules | Listing | Doctor | Bench

# Whatever has a published schema: what is printed, and the files that people write.
KINDS: Final[dict[str, type[Document | Case]]] = {
    "run": Run,
    "replay": Replay,
    "fuzz": Fuzz,
    "nightly": Nightly,
    "check": Check,
    "rules": Rules,
    "list": Listing,
    "doctor": Doctor,
    "bench": Bench,
    "case": Case,
}


def encode(document: Document) -> str:
    """Return the document as indented JSON that ends with a newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def decode(text: str | bytes) -> Document:
    """Return the document that a JSON text holds; raises msgspec.DecodeError, which says where it is wrong."""
    document: Document = msgspec.json.decode(text, type=Document)
    return document


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of one kind of document; raises KeyError for an unknown kind."""
    described = msgspec.json.schema(KINDS[kind])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"tcpchaos {KINDS[kind].__struct_config__.tag}",
        **described,
    }
