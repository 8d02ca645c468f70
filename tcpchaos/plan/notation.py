r"""The notation of plans: one line is one rule, `WHO KIND SELECTOR...: ACTION, ACTION...`.

    plan      = lines of: [RULE | "seed" NUMBER] ["#" comment]   "#" at the start of a line or after a blank
    RULE      = SENDER KIND [ORDINAL] {SELECTOR} ":" ACTION {"," ACTION} [CHANCE]
              | "on" SIDE "=" STATE [ORDINAL] ["conn" ORDINAL] ["after" TIME] ":" DEED {"," DEED} [CHANCE]
    SENDER    = "client" | "server" | "any"                 SIDE  = "client" | "server"
    KIND      = "syn" | "syn-ack" | "ack" | "data" | "fin" | "rst" | "any"
    ORDINAL   = "#3" | "#2-5" | "#2-" | "#2-20/3"           the third; to the fifth; all from the second; every third
    SELECTOR  = "flags=" FLAGS | "first" | "again" | "has" OCTETS | "len" ("=" | "<" | ">") NUMBER
              | "when" SIDE "=" STATE {"|" STATE} | "conn" ORDINAL
    ACTION    = "drop" | "delay" TIME | "rate" BITS ["queue" NUMBER] | "duplicate" [NUMBER] ["after" TIME]
              | "coalesce" | "hold" (NUMBER | "until" [SIDE] KIND) | "split" ["every"] NUMBER
              | "truncate" NUMBER | "corrupt" NUMBER HEX
              | FIELD ("=" | "+=" | "-=") VALUE
              | "options=" OPTIONS | "add" OPTIONS | "remove" OPTION | "replace" OPTION OPTIONS
              | "garble" OPTION "length" NUMBER
              | DEED
    DEED      = "inject to" TO (SEGMENT | "icmp" ERROR ["mtu=" NUMBER] ["seq=" EXPR])
              | "blackhole" TO ["for" TIME] | "heal" TO
    TO        = "client" | "server" | "both"
    SEGMENT   = ("syn" | "syn-ack" | "ack" | "data" | "fin" | "rst" | "flags=" FLAGS)
                [OCTETS] {FIELD "=" VALUE} [OPTIONS]
    VALUE     = EXPR | FLAGS in flags and ip-flags | "bad" in checksum and ip-checksum
    FIELD     = sport dport seq ack offset reserved flags window checksum urgent, mss wscale tsval tsecr uto (in their
                options), ttl tos ecn ip-id ip-flags ip-checksum
    EXPR      = sum of numbers and [("client" | "server" | "peer") "."] VARIABLE
    VARIABLE  = rcv.nxt rcv.wnd snd.una snd.nxt snd.wnd iss irs ts.recent ts.val, seg.seq seg.ack seg.len seg.wnd
    ERROR     = net-, host-, protocol- or port-unreachable, prohibited, too-big (which has an mtu), "code=" NUMBER
    FLAGS     = "none" | names joined by "|", such as syn|ack | letters, such as S.
    OPTIONS   = "<" [an option as segments print it, with EXPR for numbers, and ["length" NUMBER]] {"," another} ">"
    OCTETS    = "\"...\"" with \n \r \t \0 \" \\ \xff | HEX
    OPTION    = eol nop mss wscale sackOK sack TS md5 uto FO, "kind" NUMBER
    TIME      = a whole number of us, ms or s: 50ms
    BITS      = a whole number of bit, kbit, mbit or gbit (a second): 10mbit
    CHANCE    = percent with up to four decimals: 10%, 0.0001%

Numbers are decimal or 0x...; a number alone in seq or ack is that very number. Printing a plan (`str`) gives the one
canonical way to write it, and reading that gives the plan again.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from tcpchaos.plan.action_reader import ACTION_WORDS, action, kind
from tcpchaos.plan.actions import Heal
from tcpchaos.plan.cursor import WORD, Cursor
from tcpchaos.plan.errors import PlanError, listing
from tcpchaos.plan.model import MAX_RULES, Action, Deed, Plan, Rule, StateRule
from tcpchaos.plan.selectors import Comparison, Kind, Length, Nth, Selector, Sending, When
from tcpchaos.plan.values import SIDES, flags, nth, octets, percent, state, time
from tcpchaos.plan.words import ALWAYS_PPM, FLAG_NAMES
from tcpchaos.trace import Side

_SENDERS: Final[dict[str, Side | None]] = {**SIDES, "any": None}
_FIRST_WORDS: Final = (*_SENDERS, "on", "seed")
_ANY_DEED: Final = (Heal(),)
_EVERYTHING: Final = Selector()
_SELECTORS: Final = ("flags", "first", "again", "has", "len", "when", "conn")


def parse(text: str, *, name: str = "plan") -> Plan:
    """Return the plan that the text says; `name` is what the text is called in errors. Raises PlanError."""
    rules: list[Rule | StateRule] = []
    seed: int | None = None
    for count, line in enumerate(text.split("\n"), 1):
        cursor = Cursor(line.removesuffix("\r"), line=count, name=name)
        if cursor.over:
            continue
        start = cursor.at
        if cursor.keyword("seed"):
            if seed is not None:
                raise cursor.error("a plan has one seed", at=start, expected="a rule")
            seed = _seed(cursor)
        elif len(rules) == MAX_RULES:
            raise cursor.error(f"a plan has at most {MAX_RULES} rules", at=start, expected="the end of the plan")
        else:
            rules.append(_rule(cursor))
        if not cursor.over:
            raise _leftover(cursor)
    return Plan(tuple(rules), seed=seed or 0)


def parse_rule(text: str, *, name: str = "rule") -> Rule | StateRule:
    """Return the one rule that the line says. Raises PlanError."""
    plan = parse(text, name=name)
    if len(plan.rules) == 1 and plan.seed == 0:
        return plan.rules[0]
    raise Cursor(text.partition("\n")[0], line=1, name=name).error(
        "this is not one rule", at=0, expected="one line such as: client syn#1: drop"
    )


def _seed(cursor: Cursor) -> int:
    start = cursor.skip()
    seed = cursor.number("a seed", "seed 7")
    with cursor.blame(start):
        return Plan(seed=seed).seed


def _rule(cursor: Cursor) -> Rule | StateRule:
    start = cursor.skip()
    if cursor.keyword("on"):
        return _state_rule(cursor, start)
    select = _selector(cursor)
    _colon(cursor, (*_SELECTORS, *ACTION_WORDS))
    actions, chance_ppm = _actions(cursor, select)
    with cursor.blame(start):
        return Rule(select=select, actions=tuple(actions), chance_ppm=chance_ppm)


def _state_rule(cursor: Cursor, start: int) -> StateRule:
    cursor.segment = False
    side = cursor.choice(SIDES, "an endpoint", example="on server=syn-received: ...")
    cursor.expect("=", "and a state: on server=syn-received: ...")
    entered = state(cursor)
    ordinal = nth(cursor)
    connection = _connection(cursor) if cursor.keyword("conn") else None
    after_us = 0
    if cursor.keyword("after"):
        at = cursor.skip()
        after_us = time(cursor, "after 10ms")
        with cursor.blame(at):
            StateRule(side=side, state=entered, after_us=after_us, actions=_ANY_DEED)
    _colon(cursor, ("conn", "after", *ACTION_WORDS))
    actions, chance_ppm = _actions(cursor)
    with cursor.blame(start):
        return StateRule(
            side=side,
            state=entered,
            nth=ordinal,
            connection=connection,
            after_us=after_us,
            actions=tuple(action for action in actions if isinstance(action, Deed)),
            chance_ppm=chance_ppm,
        )


def _selector(cursor: Cursor) -> Selector:
    start = cursor.skip()
    word = cursor.take(WORD)
    if word is None or word not in _SENDERS:
        cursor.at = start
        hint = f", before it: client {cursor.found()}" if word in set(Kind) else ""
        raise cursor.missing(
            "a sender",
            expected=f"{listing(_SENDERS)}, or on{hint}",
            near=() if hint else _FIRST_WORDS,
        )
    who = _SENDERS[word]
    what = kind(cursor)
    select = Selector(who=who, kind=what, nth=nth(cursor))
    while True:
        at = cursor.skip()
        word = cursor.take(WORD)
        if word not in _SELECTORS:
            cursor.at = at
            return select
        select = _selected(cursor, select, word, at)


def _selected(cursor: Cursor, select: Selector, word: str, at: int) -> Selector:
    """Read one more selector, whose word stands at `at`, and return what all of them select."""
    taken = {
        "flags": select.flags is not None,
        "first": select.sending is not None,
        "again": select.sending is not None,
        "conn": select.connection is not None,
    }
    if taken.get(word):
        raise cursor.error(
            "this was selected already", at=at, expected="each of flags=, first or again, and conn# once"
        )
    if word == "flags":
        cursor.expect("=", "and names: flags=syn|ack")
        at = cursor.skip()
        bits = flags(cursor, FLAG_NAMES)
        with cursor.blame(at):
            return replace(select, flags=bits)
    if word == "has":
        at = cursor.skip()
        content = octets(cursor, 'has "GET "')
        with cursor.blame(at):
            return replace(select, has=(*select.has, content))
    if word == "len":
        length = _length(cursor)
        with cursor.blame(at):
            return replace(select, lengths=(*select.lengths, length))
    if word == "when":
        when = _when(cursor)
        with cursor.blame(at):
            return replace(select, when=(*select.when, when))
    if word == "conn":
        return replace(select, connection=_connection(cursor))
    return replace(select, sending=Sending(word))


def _length(cursor: Cursor) -> Length:
    comparison = next((comparison for comparison in Comparison if cursor.symbol(comparison)), None)
    if comparison is None:
        raise cursor.missing("a comparison", expected="=, < or >: len>100")
    at = cursor.skip()
    size = cursor.number("a number of octets", "len>100")
    with cursor.blame(at):
        return Length(comparison=comparison, octets=size)


def _when(cursor: Cursor) -> When:
    side = cursor.choice(SIDES, "an endpoint", example="when server=close-wait")
    cursor.expect("=", "and a state: when server=close-wait")
    at = cursor.skip()
    states = [state(cursor)]
    while cursor.symbol("|"):
        states.append(state(cursor))
    with cursor.blame(at):
        return When(side=side, states=tuple(states))


def _connection(cursor: Cursor) -> Nth:
    ordinal = nth(cursor)
    if ordinal is None:
        raise cursor.missing("the number of a connection", expected="one or several: conn#2, conn#2-5")
    return ordinal


def _colon(cursor: Cursor, words: Iterable[str]) -> None:
    if cursor.symbol(":"):
        return
    word = cursor.found()
    hint = f": {word} ..." if word in ACTION_WORDS else ""
    raise cursor.missing(
        ":",
        expected=f"another selector, or : before the actions{hint}",
        near=() if hint else words,
    )


def _actions(cursor: Cursor, select: Selector = _EVERYTHING) -> tuple[list[Action], int]:
    actions: list[Action] = []
    while True:
        at = cursor.skip()
        actions.append(action(cursor))
        if not cursor.segment and not isinstance(actions[-1], Deed):
            raise cursor.error(
                "no segment is here to which this could be done", at=at, expected="inject, blackhole or heal"
            )
        with cursor.blame(at):
            Rule(select=select, actions=tuple(actions))
        if not cursor.symbol(","):
            break
    at = cursor.skip()
    if (chance_ppm := percent(cursor)) is None:
        return actions, ALWAYS_PPM
    with cursor.blame(at):
        return actions, Rule(select=select, actions=tuple(actions[:1]), chance_ppm=chance_ppm).chance_ppm


def _leftover(cursor: Cursor) -> PlanError:
    found = cursor.found()
    expected = "a comma and another action, a probability such as 10%, or the end of the line"
    if found == ",":
        return cursor.error("the probability stands once, after the last action", expected="the end of the line")
    if found.isdigit():
        expected = f"the end of the line; as a probability it is {found}%"
    elif found.endswith("%"):
        expected = "a probability of at most four decimals: 0.0001%"
    return cursor.error(f"{found} is more than belongs here", expected=expected)
