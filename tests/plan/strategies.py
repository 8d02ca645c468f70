"""Hypothesis strategies that draw every construct of a plan, legal for TCP or not, and nothing but valid plans."""

from functools import cache

from hypothesis import strategies as st

from tcpchaos.plan import (
    ALWAYS_PPM,
    BAD,
    STATES,
    Action,
    AddOptions,
    AnyOption,
    Blackhole,
    Coalesce,
    Comparison,
    Corrupt,
    Deed,
    Delay,
    Drop,
    Duplicate,
    Edit,
    Expr,
    Field,
    GarbleOption,
    Heal,
    Hold,
    HoldUntil,
    IcmpError,
    Inject,
    InjectIcmp,
    Kind,
    Length,
    Nth,
    Operator,
    OptionSpec,
    Plan,
    RawOption,
    RemoveOption,
    ReplaceOption,
    Rule,
    Selector,
    Sending,
    SetOptions,
    Split,
    StateRule,
    Term,
    Truncate,
    Variable,
    When,
    Whose,
    number,
)
from tcpchaos.plan.actions import MAX_COPIES, MAX_HELD, MAX_TIME_US
from tcpchaos.plan.fields import CHECKSUMS, FLAG_FIELDS
from tcpchaos.plan.inject import INJECTABLE, INJECTED
from tcpchaos.plan.model import MAX_SEED
from tcpchaos.plan.selectors import MAX_COUNT, MAX_LENGTH
from tcpchaos.trace import Side
from tcpchaos.wire.options import EOL, FAST_OPEN, MD5, MSS, NOP, SACK, SACK_PERMITTED, TIMESTAMPS, USER_TIMEOUT, WSCALE

octet = st.integers(0, 255)
who = st.sampled_from([Side.CLIENT, Side.SERVER, None])
sides = st.sampled_from(Side)
times_us = st.integers(1, MAX_TIME_US) | st.integers(1, 3_600).map(lambda seconds: seconds * 1_000_000)
payloads = st.binary(max_size=12) | st.text(st.characters(max_codepoint=126), max_size=12).map(str.encode)


fields = st.sampled_from(Field)
operators = st.sampled_from(Operator)


@cache
def nths() -> st.SearchStrategy[Nth]:
    """Draw one ordinal, ranges and steps."""
    first = st.integers(1, 9) | st.integers(1, MAX_COUNT)
    single = first.map(lambda one: Nth(first=one, last=one))
    endless = st.builds(Nth, first=first, every=st.integers(1, 9))
    ranges = st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 9)).map(
        lambda drawn: Nth(first=drawn[0], last=drawn[0] + drawn[1], every=drawn[2])
    )
    return single | endless | ranges


@cache
def exprs(bits: int, *, segment: bool, least: int = 0) -> st.SearchStrategy[Expr]:
    """Draw numbers that fit into so many bits, and sums; `segment` tells whether one is there to speak of."""
    constants = st.integers(least, (1 << bits) - 1).map(number)
    variables = [variable for variable in Variable if not variable.of_segment]
    terms = st.builds(Term, variable=st.sampled_from(variables), whose=st.sampled_from(Whose), negative=st.booleans())
    if segment:
        of_segment = [variable for variable in Variable if variable.of_segment]
        terms |= st.builds(Term, variable=st.sampled_from(of_segment), negative=st.booleans())
    sums = st.lists(terms, min_size=1, max_size=3).map(tuple)
    return constants | st.builds(Expr, terms=sums, offset=st.integers(-(1 << 32), 1 << 32))


@st.composite
def edits(draw: st.DrawFn, *, segment: bool = True) -> Edit:
    """Draw edits of every field with every operator."""
    return draw(_edit(draw(fields), draw(operators), segment))


@cache
def _edit(field: Field, operator: Operator, segment: bool) -> st.SearchStrategy[Edit]:
    least = 0 if operator is Operator.SET else 1
    if field in FLAG_FIELDS:
        value: st.SearchStrategy[object] = st.integers(least, (1 << field.width) - 1).map(number)
    else:
        value = exprs(field.width, segment=segment, least=least)
    if field in CHECKSUMS and operator is Operator.SET:
        value |= st.just(BAD)
    return st.builds(Edit, field=st.just(field), operator=st.just(operator), value=value)


@st.composite
def options(draw: st.DrawFn, *, segment: bool = True) -> AnyOption:
    """Draw options: right ones, lying ones, unknown ones, raw octets."""
    return draw(_options(segment))


@cache
def _options(segment: bool) -> st.SearchStrategy[AnyOption]:
    body = st.binary(max_size=8)
    length = st.none() | octet
    edges = st.lists(exprs(32, segment=segment), min_size=1, max_size=2).map(lambda half: (*half, *half))
    numbers = {
        MSS: st.tuples(exprs(16, segment=segment)),
        WSCALE: st.tuples(exprs(8, segment=segment)),
        SACK: edges,
        TIMESTAMPS: st.tuples(exprs(32, segment=segment), exprs(32, segment=segment)),
        USER_TIMEOUT: st.tuples(st.integers(0, 0xFFFF).map(number)),
    }
    drawn: list[st.SearchStrategy[AnyOption]] = [
        st.builds(OptionSpec, kind=st.just(kind), values=values, length=length) for kind, values in numbers.items()
    ]
    return st.one_of(
        *drawn,
        st.sampled_from([EOL, NOP]).map(lambda kind: OptionSpec(kind=kind)),
        st.builds(OptionSpec, kind=st.sampled_from([SACK_PERMITTED, MD5, FAST_OPEN]), body=body, length=length),
        st.builds(OptionSpec, kind=st.integers(2, 255), body=body, length=length),
        st.builds(RawOption, body=st.binary(min_size=1, max_size=8)),
    )


@cache
def option_lists(*, segment: bool = True, least: int = 0) -> st.SearchStrategy[tuple[AnyOption, ...]]:
    """Draw lists of options that fit into a header."""
    drawn = st.lists(options(segment=segment), min_size=least, max_size=4).map(tuple)
    return drawn.filter(lambda found: sum(option.size for option in found) <= 40)


injected_fields = st.lists(st.sampled_from(INJECTABLE), unique=True, max_size=4)
injected_flags = st.sampled_from(sorted(INJECTED.values())) | octet


@st.composite
def injects(draw: st.DrawFn, *, segment: bool = True) -> Inject:
    """Draw injected segments of every kind with any fields."""
    fields = draw(injected_fields)
    return Inject(
        to=draw(who),
        flags=draw(injected_flags),
        payload=draw(payloads),
        fields=tuple(draw(_edit(field, Operator.SET, segment)) for field in INJECTABLE if field in fields),
        options=draw(option_lists(segment=segment)),
    )


@cache
def icmps(*, segment: bool = True) -> st.SearchStrategy[InjectIcmp]:
    """Draw ICMP errors by name and by code."""
    seq = st.none() | exprs(32, segment=segment)
    named = st.sampled_from([error for error in IcmpError if error is not IcmpError.TOO_BIG])
    too_big = st.builds(InjectIcmp, to=who, error=st.just(IcmpError.TOO_BIG), mtu=st.integers(0, 0xFFFF), seq=seq)
    coded = st.builds(InjectIcmp, to=who, error=octet, mtu=st.none() | st.integers(0, 0xFFFF), seq=seq)
    return too_big | coded | st.builds(InjectIcmp, to=who, error=named, seq=seq)


@st.composite
def deeds(draw: st.DrawFn, *, segment: bool = True) -> Deed:
    """Draw what needs no segment."""
    return draw(_deeds(segment))


@cache
def _deeds(segment: bool) -> st.SearchStrategy[Deed]:
    holes = st.builds(Blackhole, who=who, for_us=st.none() | times_us)
    return st.one_of(injects(segment=segment), icmps(segment=segment), holes, st.builds(Heal, who=who))


@cache
def changes() -> st.SearchStrategy[Action]:
    """Draw what rewrites a segment."""
    xor = st.binary(min_size=1, max_size=4).filter(any)
    return st.one_of(
        edits(),
        st.builds(Corrupt, at=st.integers(0, MAX_LENGTH), xor=xor),
        st.builds(Truncate, to=st.integers(0, MAX_LENGTH)),
        st.builds(RemoveOption, kind=octet),
        st.builds(AddOptions, options=option_lists(least=1)),
        st.builds(ReplaceOption, kind=octet, options=option_lists(least=1)),
        st.builds(SetOptions, options=option_lists()),
        st.builds(GarbleOption, kind=st.integers(2, 255), length=octet),
    )


@cache
def waits() -> st.SearchStrategy[Action]:
    """Draw what makes a segment wait; a rule has one of them at most."""
    return st.one_of(
        st.builds(Delay, us=times_us),
        st.builds(Hold, segments=st.integers(1, MAX_HELD)),
        st.builds(HoldUntil, kind=st.sampled_from(Kind), who=who),
        st.just(Coalesce()),
    )


@st.composite
def action_lists(draw: st.DrawFn) -> tuple[Action, ...]:
    """Draw lists of actions that can all do something in one rule."""
    return draw(_action_lists())


@cache
def _action_lists() -> st.SearchStrategy[tuple[Action, ...]]:
    copies = st.builds(Duplicate, copies=st.integers(1, MAX_COPIES), after_us=st.just(0) | times_us)
    splits = st.builds(Split, at=st.integers(1, MAX_LENGTH), every=st.booleans())
    several = st.lists(changes() | copies | splits | deeds(), max_size=3)
    lossy = st.lists(deeds(), max_size=2).map(lambda others: (Drop(), *others))
    waiting = st.tuples(several, waits()).map(lambda drawn: (*drawn[0], drawn[1]))
    return lossy | waiting | several.filter(bool).map(tuple)


state_lists = st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True).map(tuple)
whens = st.lists(st.builds(When, side=sides, states=state_lists), max_size=2, unique_by=lambda each: each.side)
contents = st.lists(payloads.filter(bool), max_size=2).map(tuple)
flag_octets = {kind: st.none() | st.sampled_from(list(filter(kind.flagged, range(256)))) for kind in Kind}


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    """Draw selectors that something can match."""
    kind = draw(st.sampled_from(Kind))
    flags = draw(flag_octets[kind])
    has: tuple[bytes, ...] = ()
    lengths: tuple[Length, ...] = ()
    if kind is not Kind.ACK:
        has = draw(contents)
        size = draw(st.integers(max(map(len, has), default=1), 2_000))
        bounds = [(Comparison.EQUAL, size), (Comparison.LESS, size + 1), (Comparison.MORE, size - 1)]
        drawn = draw(st.lists(st.sampled_from(bounds), max_size=2))
        lengths = tuple(Length(comparison=comparison, octets=octets) for comparison, octets in drawn)
    when = draw(whens)
    return Selector(
        who=draw(who),
        kind=kind,
        nth=draw(st.none() | nths()),
        flags=flags,
        sending=draw(st.none() | st.sampled_from(Sending)),
        has=has,
        lengths=lengths,
        when=tuple(when),
        connection=draw(st.none() | nths()),
    )


chances_ppm = st.just(ALWAYS_PPM) | st.integers(1, ALWAYS_PPM)


def _possible(drawn: tuple[Selector, tuple[Action, ...]]) -> bool:
    select, actions = drawn
    on_payload = any(isinstance(action, Split | Coalesce | Truncate | Corrupt) for action in actions)
    return select.sizes[1] > 0 or not on_payload


@cache
def rules() -> st.SearchStrategy[Rule]:
    """Draw rules for segments."""
    bodies = st.tuples(selectors(), action_lists()).filter(_possible)
    return st.tuples(bodies, chances_ppm).map(
        lambda drawn: Rule(select=drawn[0][0], actions=drawn[0][1], chance_ppm=drawn[1])
    )


@cache
def state_rules() -> st.SearchStrategy[StateRule]:
    """Draw rules for states that are entered."""
    return st.builds(
        StateRule,
        side=sides,
        state=st.sampled_from(STATES),
        nth=st.none() | nths(),
        connection=st.none() | nths(),
        after_us=st.just(0) | times_us,
        actions=st.lists(deeds(segment=False), min_size=1, max_size=3).map(tuple),
        chance_ppm=chances_ppm,
    )


@cache
def plans() -> st.SearchStrategy[Plan]:
    """Draw whole plans."""
    several = st.lists(rules() | state_rules(), max_size=4).map(tuple)
    return st.builds(Plan, several, seed=st.just(0) | st.integers(0, MAX_SEED))
