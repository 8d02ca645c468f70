"""The notation: what is printed reads back, what is read is a plan or one clear error."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tcpchaos.plan import (
    Bad,
    Corrupt,
    Delay,
    Drop,
    Duplicate,
    Edit,
    Expr,
    Field,
    Hold,
    Inject,
    Kind,
    Nth,
    Operator,
    Plan,
    PlanError,
    Rule,
    Selector,
    Split,
    StateRule,
    Variable,
    When,
    number,
    parse,
    parse_rule,
    variable,
)
from tcpchaos.plan.action_reader import ACTION_WORDS
from tcpchaos.plan.model import MAX_RULES
from tcpchaos.search import plans
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, FIN, PSH, RST, SYN, URG

CLIENT, SERVER = Side.CLIENT, Side.SERVER


def only(line: str) -> Rule | StateRule:
    (rule,) = parse(line).rules
    return rule


def segments(who: Side | None, kind: Kind, nth: int | None = None, when: tuple[When, ...] = ()) -> Selector:
    ordinal = None if nth is None else Nth(first=nth, last=nth)
    return Selector(who=who, kind=kind, nth=ordinal, when=when)


def rule(select: Selector, *actions: object, chance_ppm: int = 1_000_000) -> Rule:
    return Rule(select=select, actions=actions, chance_ppm=chance_ppm)  # type: ignore[arg-type]


MUST_WORK = [
    ("client syn#1: drop", rule(segments(CLIENT, Kind.SYN, 1), Drop())),
    (
        "server syn-ack: ack+=1000",
        rule(segments(SERVER, Kind.SYN_ACK), Edit(field=Field.ACK, operator=Operator.ADD, value=number(1000))),
    ),
    ("client data#2: delay 50ms", rule(segments(CLIENT, Kind.DATA, 2), Delay(us=50_000))),
    (
        "client data#2: hold 3                          # released after 3 more segments of that side",
        rule(segments(CLIENT, Kind.DATA, 2), Hold(segments=3)),
    ),
    ("any data: duplicate", rule(segments(None, Kind.DATA), Duplicate())),
    (
        "server data#1: corrupt 0 0xff                  # octet 0 of the payload; checksum made right again",
        rule(segments(SERVER, Kind.DATA, 1), Corrupt(at=0, xor=b"\xff")),
    ),
    (
        "server data#1: corrupt 0 0xff, checksum=bad",
        rule(segments(SERVER, Kind.DATA, 1), Corrupt(at=0, xor=b"\xff"), Edit(field=Field.CHECKSUM, value=Bad.BAD)),
    ),
    (
        "client ack#1: flags+=fin|urg",
        rule(segments(CLIENT, Kind.ACK, 1), Edit(field=Field.FLAGS, operator=Operator.ADD, value=number(FIN | URG))),
    ),
    (
        "client syn#1: mss=0, wscale=15",
        rule(
            segments(CLIENT, Kind.SYN, 1),
            Edit(field=Field.MSS, value=number(0)),
            Edit(field=Field.WSCALE, value=number(15)),
        ),
    ),
    ("client data#1: split 1", rule(segments(CLIENT, Kind.DATA, 1), Split(at=1))),
    (
        "client data: drop 10%                          # a pure function of the plan's seed: equal on every replay",
        rule(segments(CLIENT, Kind.DATA), Drop(), chance_ppm=100_000),
    ),
    (
        "client data when server=close-wait: drop",
        rule(segments(CLIENT, Kind.DATA, when=(When(side=SERVER, states=("close-wait",)),)), Drop()),
    ),
    (
        "on server=syn-received: inject to client rst seq=rcv.nxt+1",
        StateRule(
            side=SERVER,
            state="syn-received",
            actions=(
                Inject(to=CLIENT, flags=RST, fields=(Edit(field=Field.SEQ, value=variable(Variable.RCV_NXT, 1)),)),
            ),
        ),
    ),
    (
        'on client=established: inject to client data "hello" seq=rcv.nxt',
        StateRule(
            side=CLIENT,
            state="established",
            actions=(
                Inject(
                    to=CLIENT,
                    flags=PSH | ACK,
                    payload=b"hello",
                    fields=(Edit(field=Field.SEQ, value=variable(Variable.RCV_NXT)),),
                ),
            ),
        ),
    ),
    (
        "on client=established #1: inject to both syn seq=rcv.nxt ack=snd.nxt",
        StateRule(
            side=CLIENT,
            state="established",
            nth=Nth(first=1, last=1),
            actions=(
                Inject(
                    to=None,
                    flags=SYN,
                    fields=(
                        Edit(field=Field.SEQ, value=variable(Variable.RCV_NXT)),
                        Edit(field=Field.ACK, value=variable(Variable.SND_NXT)),
                    ),
                ),
            ),
        ),
    ),
]


@pytest.mark.parametrize(("line", "meant"), MUST_WORK)
def test_the_lines_that_must_work_mean_what_they_say(line: str, meant: Rule | StateRule) -> None:
    assert only(line) == meant
    assert str(meant) == line.partition(" #")[0].rstrip() or "#1:" in line


def test_probability_stands_behind_any_action() -> None:
    assert only("server data: hold 3 10%") == rule(segments(SERVER, Kind.DATA), Hold(segments=3), chance_ppm=100_000)
    assert str(only("server data: hold 3, checksum=bad 0.0001%")) == "server data: hold 3, checksum=bad 0.0001%"


@given(plans())
def test_what_is_printed_reads_back(plan: Plan) -> None:
    assert parse(str(plan)) == plan


@given(plans())
def test_printing_is_canonical(plan: Plan) -> None:
    assert str(parse(str(plan))) == str(plan)


@given(plans(), st.data())
def test_comments_and_blanks_mean_nothing(plan: Plan, data: st.DataObject) -> None:
    spoiled = ["# a plan", ""]
    for line in str(plan).split("\n"):
        spoiled.append(line and f"\t {line} {data.draw(st.sampled_from(['', '# drop', '#drop']))}")
    assert parse("\r\n".join(spoiled)) == plan


NOTATION = """
client server any syn syn-ack data ack #1 #2- #3-1 : : , = += -= | < > <> <mss wscale TS val ecr sack length kind raw
has len when conn first again flags= on established close-wait after 10ms -5ms 1e3 10% 130% 0x 0xff 0xf 99999999999
inject to both icmp too-big mtu= code= seq= "hello" "\\x41" "half until every 7 -1 rcv.nxt peer.snd.una+1 seg.len
checksum bad options seed # \u0663 \u00e9
"""
PIECES = st.sampled_from([*NOTATION.split(), *ACTION_WORDS])


def is_plan_or_error(text: str) -> None:
    error = None
    try:
        plan = parse(text)
    except PlanError as wrong:
        error = wrong
    if error is None:
        assert parse(str(plan)) == plan
        return
    source = text.split("\n")[error.line - 1].removesuffix("\r")
    assert source.startswith(error.source)
    assert 1 <= error.column <= len(source) + 1
    assert error.width >= 1
    assert "^" in str(error)


@given(st.text())
@example('client data has "\ud800": drop')
@example("client data: corrupt 0 0xffffffffffffffffffffffffffffffffffffff")
@example("seed " + "9" * 5000)
@example("client data#" + "9" * 5000 + ": drop")
@example("client data: drop " + "9" * 5000 + "%")
@example("x" * 100_000)
def test_any_text_is_a_plan_or_an_error(text: str) -> None:
    is_plan_or_error(text)


@given(st.lists(PIECES, max_size=12), st.sampled_from(["", " "]))
def test_any_words_of_the_notation_are_a_plan_or_an_error(pieces: list[str], between: str) -> None:
    is_plan_or_error(between.join(pieces))


@given(plans().filter(lambda plan: plan.rules), st.data())
def test_a_plan_with_a_slip_is_a_plan_or_an_error(plan: Plan, data: st.DataObject) -> None:
    text = str(plan)
    at = data.draw(st.integers(0, len(text) - 1))
    is_plan_or_error(text[:at] + data.draw(PIECES | st.just("")) + text[at + data.draw(st.integers(0, 3)) :])


def test_a_misspelt_kind_is_pointed_at() -> None:
    with pytest.raises(PlanError) as caught:
        parse("client sny#1: drop", name="--fault")
    error = caught.value
    assert (error.line, error.column, error.width, error.suggestion) == (1, 8, 3, "syn")
    assert str(error) == (
        "--fault, line 1, column 8: sny is not a kind of segment; did you mean syn?\n"
        "    client sny#1: drop\n"
        "           ^^^\n"
        "    expected syn, syn-ack, ack, data, fin, rst or any"
    )


def test_the_line_counts_from_the_top_of_the_file() -> None:
    with pytest.raises(PlanError) as caught:
        parse("# lossy\n\nclient data: drop 3%\n\tclient data: dorp\n")
    assert (caught.value.line, caught.value.column, caught.value.suggestion) == (4, 15, "drop")
    assert "\n    \tclient data: dorp\n    \t             ^^^^" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "pointed_at", "said"),
    [
        ("cleint syn: drop", "cleint", "did you mean client"),
        ("syn#1: drop", "syn", "client syn"),
        ("client: drop", ":", "expected syn, syn-ack"),
        ("client syn drop", "drop", "stands where : belongs"),
        ("client reset: drop", "reset", "did you mean rst"),
        ("client syn#0: drop", "#", "counting begins at 1"),
        ("client data#5-2: drop", "#", "#2-5"),
        ("client data frist: drop", "frist", "did you mean first"),
        ("client data first again: drop", "again", "selected already"),
        ('client data has "": drop', '""', "leave it out"),
        ('client data has "abc: drop', '"abc: drop', "has no end"),
        ("client data len>70000: drop", "70000", "0 to 65535"),
        ("client data len<1: drop", "len", "no data has such a payload"),
        ("client syn flags=ack: drop", "ack", "no syn has exactly these flags"),
        ("client ack: split 1", "split", "select data"),
        ("client data when server=CLOSE_WAIT: drop", "CLOSE_WAIT", "did you mean close-wait"),
        ("client data when server=close-wait|clossing: drop", "clossing", "did you mean closing"),
        ("client data when server=listen when server=closed: drop", "when", "one state at a time"),
        ("client data conn: drop", ":", "conn#2"),
        ("client data: drop 130%", "130%", "at most 100%"),
        ("client data: drop 0%", "0%", "more than 0%"),
        ("client data: drop 0.00001%", "0.00001%", "four decimals"),
        ("client data: drop 10", "10", "10%"),
        ("client data: drop 10%, delay 5ms", ",", "once, after the last action"),
        ("client data: drop, delay 5ms", "delay", "a rule of its own"),
        ("client data: delay 5", "5", "with its unit"),
        ("client data: delay 1.5s", "1.5s", "whole number"),
        ("client data: delay -5ms", "-5ms", "not negative"),
        ("client data: delay 0ms", "0ms", "at least 1us"),
        ("client data: hold 0", "0", "1 to 10000"),
        ("client data: duplicate 0", "0", "how many copies"),
        ("client data: split 0", "0", "split 1"),
        ("client data: corrupt 0 255", "255", "corrupt 0 0xff"),
        ("client data: corrupt 0 0xf", "0xf", "two hexadecimal digits"),
        ("client data: corrupt 0 0x00", "0x00", "changes nothing"),
        ("client syn: wscale=999", "999", "0 to 255"),
        ("client syn: sport=70000", "70000", "0 to 65535"),
        ("client syn: offset=16", "16", "0 to 15"),
        ("client syn: window=bad", "bad", "not a variable"),
        ("client syn: seq=rcv.nxx", "rcv.nxx", "did you mean rcv.nxt"),
        ("client syn: seq+=0", "0", "changes nothing"),
        ("client syn: win=5", "win", "did you mean window"),
        ("client syn: flags=syn|akc", "akc", "did you mean ack"),
        ("client syn: remove timestamps", "timestamps", "did you mean TS"),
        ("client syn: garble mss 3", "3", "garble mss length 3"),
        ("client syn: garble nop length 3", "nop", "no length octet"),
        ("client syn: add <mss 70000>", "70000", "0 to 65535"),
        ("client syn: add <>", "<", "add <nop>"),
        ("client syn: add <nop,,nop>", ",", "an option"),
        (f"client syn: add <{','.join(['nop'] * 41)}>", "<", "room for 40"),
        ("client syn: inject rst", "rst", "expected to"),
        ("client syn: inject to any rst", "any", "did you mean both"),
        ("client syn: inject to client data", "", 'data "hello"'),
        ("client syn: inject to client rst sqe=5", "sqe", "did you mean seq"),
        ("client syn: inject to client rst seq=5 seq=6", "seq", "twice"),
        ("client syn: inject to client rst flags=fin", "flags", "inject to client flags=syn|fin"),
        ("client syn: inject to client rst seq+=1", "+", "=: seq=1"),
        ("client syn: inject to client icmp too-big", "too-big", "mtu=1280"),
        ("client syn: inject to client icmp port-unreachabel", "port-unreachabel", "did you mean port-unreachable"),
        ("client syn: blackhole all", "all", "client, server or both"),
        ("on client=estab: heal both", "estab", "did you mean established"),
        ("on client=established: drop", "drop", "inject, blackhole or heal"),
        ("on client=established: inject to client rst seq=seg.seq", "seg.seq", "no segment"),
        ("on client established: heal both", "established", "stands where = belongs"),
        ("seed 7\nseed 8", "seed", "one seed"),
        ("seed x", "x", "a seed"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(line: str, pointed_at: str, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse(line)
    error = caught.value
    assert error.source[error.column - 1 :].startswith(pointed_at)
    assert said in str(error)
    assert "\n" not in error.problem


def test_one_rule_is_one_rule() -> None:
    assert parse_rule("client syn: drop  # lost") == rule(segments(CLIENT, Kind.SYN), Drop())
    for text in ("", "seed 3", "client syn: drop\nclient syn: drop"):
        with pytest.raises(PlanError, match="not one rule"):
            parse_rule(text)


def test_numbers_of_the_moment_are_sums() -> None:
    found = only("server data: seq=client.snd.una + 0x10 - peer.iss - 1 - 2")
    assert isinstance(found, Rule)
    (edit,) = found.actions
    assert isinstance(edit, Edit)
    assert isinstance(edit.value, Expr)
    assert str(edit.value) == "client.snd.una-peer.iss+13"


def test_a_plan_without_end_is_refused_at_the_line_that_is_too_much() -> None:
    parse("any any: drop\n" * MAX_RULES)

    with pytest.raises(PlanError, match="a plan has at most 4096 rules") as caught:
        parse("any any: drop\n" * (MAX_RULES + 1))
    assert (caught.value.line, caught.value.column) == (MAX_RULES + 1, 1)
    with pytest.raises(ValueError, match="a plan has at most 4096 rules"):
        Plan(rules=(only("any any: drop"),) * (MAX_RULES + 1))
