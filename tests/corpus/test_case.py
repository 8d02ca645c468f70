"""A case: read strictly, written in one way, and named after what it says."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcpchaos.corpus.case import MAX_OCTETS, Case, CaseError, Passes, Provenance, Violates, decode, encode
from tcpchaos.plan import Plan
from tcpchaos.report.document import schema
from tcpchaos.search import plans

LOST_SYN = Case(title="A lost SYN", plan=("client syn#1: drop",))
FULL = Case(
    title="Three SYNs cross",
    about="Each has its answer.",
    workload="simultaneous-open",
    plan=("seed 7", "# the first two", "any syn#1-2: delay 1ms 50%  # each"),
    family=6,
    mtu=1280,
    sysctls={"net.ipv4.tcp_timestamps": "0", "net.ipv4.tcp_sack": "0"},
    expect=Violates(rule="SA-02", blame="client", states=("SYN-SENT", "LISTEN")),
    provenance=Provenance(source="by hand", stacks=("linux 6.18", "sim"), seed=3, replayed=(19, 20)),
)
# What else JSON can say.
VALUES = st.recursive(st.none() | st.integers() | st.text(), st.lists)


def text(**changes: Any) -> bytes:
    return json.dumps({"tcpchaos": "case/1", "title": "A lost SYN", **changes}).encode()


def complaint(octets: bytes) -> str:
    with pytest.raises(CaseError) as caught:
        decode(octets)
    return str(caught.value)


@pytest.mark.parametrize("case", [LOST_SYN, FULL])
def test_a_case_comes_back_and_fits_the_schema(case: Case) -> None:
    assert decode(encode(case)) == case
    jsonschema.Draft202012Validator(schema("case")).validate(json.loads(encode(case)))


@given(plans())
def test_whatever_plan_can_be_drawn_can_be_kept(plan: Plan) -> None:
    case = Case(title="Drawn", plan=tuple(str(plan).splitlines()))

    assert decode(encode(case)).rules == plan


def test_defaults_are_left_out_and_a_newline_stands_at_the_end() -> None:
    assert encode(LOST_SYN).decode() == (
        '{\n  "tcpchaos": "case/1",\n  "title": "A lost SYN",\n  "plan": [\n    "client syn#1: drop"\n  ]\n}\n'
    )


def test_keys_stand_in_the_order_of_the_schema_and_sysctls_in_that_of_their_names() -> None:
    found = json.loads(encode(FULL))

    assert list(found) == list(schema("case")["$defs"]["Case"]["properties"])
    assert list(found["sysctls"]) == ["net.ipv4.tcp_sack", "net.ipv4.tcp_timestamps"]


def test_what_is_said_as_it_would_be_anyway_is_not_written_again() -> None:
    said = text(mtu=1500, family=4, workload="echo", expect={"outcome": "pass"}, provenance={}, sysctls={}, about="")

    assert encode(decode(said)) == encode(Case(title="A lost SYN"))


def test_the_name_is_of_the_title_and_of_what_is_played() -> None:
    assert LOST_SYN.file_name == f"a-lost-syn-{LOST_SYN.content_hash[:8]}.json"
    assert Case(title="Ⅻ").file_name.startswith("case-")
    assert Case(title="x" * 120).file_name.startswith("x" * 60 + "-")
    assert Case(title="word " * 12 + "cut off").file_name.startswith("word-" * 12 + Case(title="x").content_hash[:8])


def test_words_around_it_do_not_change_what_a_case_is() -> None:
    same = Case(title="Other", about="Words.", plan=("client  syn#1:drop  # why",), provenance=Provenance(seed=1))
    others = (
        Case(title="A lost SYN", plan=("client syn#2: drop",)),
        Case(title="A lost SYN", plan=LOST_SYN.plan, family=6),
        Case(title="A lost SYN", plan=LOST_SYN.plan, expect=Violates(rule="SA-02")),
    )

    assert same.content_hash == LOST_SYN.content_hash
    assert len({case.content_hash for case in (LOST_SYN, *others)}) == 4


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (text(plan=["client syn#1: drop", "# x", "client sny#1: drop"]), "$.plan[2]: column 8: sny is not a kind"),
        (text(plan=["seed 1", "seed 2"]), "$.plan[1]: column 1: a plan has one seed"),
        (text(plan=["client syn#1: drop\nany any: drop"]), "$.plan[0]: a line of the plan is one line"),
        (text(plan=[3]), "$.plan[0]: expected `str`, got `int`"),
        (text(pln=[]), "$: there is no key pln; did you mean plan?"),
        (text(target="x"), "$: there is no key target; keys are title, about,"),
        (text(title=""), "$.title: expected `str` of length >= 1"),
        (text(title="two\nlines"), "$.title: a title is one line"),
        (text(workload="eco"), "$.workload: no workload is called eco: did you mean echo?"),
        (text(family=5), "$.family: invalid enum value 5"),
        (text(mtu=1000, family=6), "$.mtu: 1000: IPv6 needs 1280 to"),
        (text(sysctls={"tcp_sack": "0"}), "$.sysctls: tcp_sack is no sysctl"),
        (text(expect={"outcome": "violation"}), "$.expect: object missing required field `rule`"),
        (
            text(expect={"outcome": "violation", "rule": "OP-02", "deviation": "linux-least"}),
            "$.expect.deviation: no known deviation is called linux-least; did you mean linux-least-segment?",
        ),
        (
            text(expect={"outcome": "violation", "rule": "SA-01", "deviation": "x"}),
            "$.expect.deviation: no known deviation is called x; of SA-01 there is none",
        ),
        (text(expect={"outcome": "violation", "rule": "SA-2"}), "$.expect.rule: no rule is called SA-2; did you"),
        (text(expect={"outcome": "pass", "rule": "SA-02"}), "$.expect: rule is said of a violation, and this expec"),
        (text(expect={"outcome": "violation", "rule": "SA-02", "states": ["x", "LISTEN"]}), "$.expect.states[0]: no"),
        (text(provenance={"seeds": 1}), "$.provenance: there is no key seeds; did you mean seed?"),
        (b'{"tcpchaos": "case/1"}', "$: object missing required field `title`"),
        (b'{"tcpchaos": "case/2", "title": "x"}', "$.tcpchaos: case/2 is newer than this program, which knows case/1"),
        (b'{"tcpchaos": "run/1"}', "$.tcpchaos: this is a document run/1 and no case"),
        (b'{"tcpchaos": 1}', '$: this is no case: one begins with {"tcpchaos": "case/1"'),
        (b"[]", '$: this is no case: one begins with {"tcpchaos": "case/1"'),
        (b'{"tcpchaos": "case/1",', "$: no JSON from line 1, column 2"),
        (b'{"tcpchaos": "case/1", "title": "a", "title": "b"}', "$: the key title stands there twice"),
        (b'{"tcpchaos": "case/1", "title": "a", "mtu": NaN}', "$: NaN is no number in JSON"),
        (b'{"tcpchaos": "case/1", "title": "\\ud800"}', "$: half of a surrogate pair"),
        (b'{"tcpchaos": "case/1", "mtu": ' + b"1" * 5000 + b"}", "$: Exceeds the limit"),
        (b"[" * 100_000, "$: nested more deeply than any case"),
        (b"\xff", "$: not a text in UTF-8 (octet 0)"),
        (b" " * (MAX_OCTETS + 1), "$: this is larger than a case can be"),
    ],
)
def test_a_mistake_is_answered_with_the_way_to_it(octets: bytes, answer: str) -> None:
    assert complaint(octets).startswith(answer)


def test_a_line_of_the_plan_is_shown_with_a_caret() -> None:
    assert complaint(text(plan=["client sny#1: drop"])).splitlines()[1:3] == [
        "    client sny#1: drop",
        "           ^^^",
    ]


def test_the_file_stands_before_the_path() -> None:
    with pytest.raises(CaseError) as caught:
        decode(b"[]", file="corpus/x.json")

    assert str(caught.value).startswith("corpus/x.json: $: this is no case")


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_octets_from_anywhere_are_a_case_or_a_mistake(octets: bytes) -> None:
    with pytest.raises(CaseError):
        decode(octets)


@given(st.sampled_from(list(json.loads(encode(FULL)))), VALUES)
def test_any_value_under_any_key_is_read_or_a_mistake(key: str, value: Any) -> None:
    document = {**json.loads(encode(FULL)), key: value}
    try:
        case = decode(json.dumps(document).encode())
    except CaseError:
        return
    assert decode(encode(case)) == case


def test_an_expectation_reads_as_a_sentence() -> None:
    assert str(Passes()) == "both endpoints keep to the law"
    assert str(FULL.expect) == "client breaks SA-02 in SYN-SENT and LISTEN"
    assert str(Violates(rule="SA-02")) == "one of them breaks SA-02"
