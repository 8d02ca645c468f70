"""A night as GitHub shows it."""

from tcpchaos.report.github import annotations, summary
from tests.report.nights import case, found, night

BAD = night(
    outcome="violation",
    sentence="Bugs: 1 new, 1 flaky.",
    failures=("1 new bug: SA-02, server.", "2 cells covered, and at least 3 were asked for."),
    findings=(found(), found("flaky", rule="FL-03", good=3), found("fixed", rule="SA-01")),
    cases=(case("failed", before="held", worse=True), case()),
    least=3,
)


def test_an_annotation_is_one_line_with_everything_escaped() -> None:
    new, flaky, worse, gate = annotations(BAD)

    assert new.startswith(
        "::error file=corpus/found/x-0123abcd.json,title=new%3A SA-02%2C server::"
        "Nothing is acknowledged that was never sent.%0Aexpected 1; observed 2%0Aplan: client data#1: drop%0A"
    )
    assert flaky.startswith("::warning file=")
    assert "3 of 20 replays fail" in flaky
    assert worse.startswith("::error file=corpus/pack/lost.json,title=failed%3A pack/lost::Title of pack/lost%0A")
    assert gate == "::error title=coverage::2 cells covered, and at least 3 were asked for."
    assert not any("\n" in line for line in (new, flaky, worse, gate))


def test_a_percent_sign_is_none_of_githubs() -> None:
    [line] = annotations(night(findings=(found(plan=("any data: drop 3%",), file="/elsewhere/x.json"),)))
    assert line.startswith("::error title=")
    assert "plan: any data: drop 3%25%0A" in line


def test_a_quiet_night_has_no_annotation() -> None:
    assert list(annotations(night(cases=(case(),), least=2))) == []


def test_the_summary_is_markdown_whose_tables_hold() -> None:
    odd = found(plan=("client data#1: flags+=fin|urg", "any ack#1: drop"))
    text = summary(night(findings=(odd,), cases=(case("failed", before="held", worse=True),)))

    assert "| SA-02 | server | new | 20 of 20 | `client data#1: flags+=fin\\|urg`<br>`any ack#1: drop` |" in text
    assert "| pack/lost | failed | held | the server broke SA-02 at #4 |" in text
    assert "| handshake | 30 | 2 | 12 |" in text
    assert text.endswith("2 cells covered. The same night again: `tcpchaos nightly --time 60s --seed 4`\n")
