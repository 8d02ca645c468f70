"""What a campaign covered, as maps and a curve, and its page in a browser."""

from typing import Any

import pytest
from msgspec.structs import replace

from tcpchaos.report.document import Bug, Cell, Covered, Fuzz
from tcpchaos.report.fuzzed import fuzzed
from tcpchaos.report.html import page
from tcpchaos.report.html.campaign import HEIGHT, LEVELS, growth, heats
from tcpchaos.report.html.plot import HEADROOM
from tests.report.test_fuzzed import SETUP, came

CELLS = (
    Cell(what=("SYN-SENT", "LISTEN", "client syn", "pass", "sent"), times=9),
    Cell(what=("SYN-SENT", "SYN-RECEIVED", "client syn", "pass", "delivered"), times=8),
    Cell(what=("SYN-SENT", "SYN-RECEIVED", "server syn-ack", "edit", "sent"), times=7),
    Cell(what=("SYN-SENT", "SYN-RECEIVED", "server syn-ack", "drop", "sent"), times=6),
    Cell(what=("breach", "SA-02", "SYN-SENT", "SYN-RECEIVED"), times=2),
    Cell(what=("breach", "HS-05", "SYN-SENT", "SYN-RECEIVED"), times=1),
)


def bug(rule: str = "SA-02", **changes: Any) -> Bug:
    made = Bug(
        rule=rule,
        level="MUST",
        rfc="RFC 9293, 3.4",
        sentence="Nothing is acknowledged that was never delivered.",
        blame="server",
        states=("SYN-SENT", "SYN-RECEIVED"),
        observed="ack 27, not ack 18 at the most",
        status="shrunk",
        strategy="handshake",
        workload="echo",
        plan=("client syn#1: drop", "server syn-ack: ack+=9"),
        good=4,
        times=5,
        seen=12,
        file="corpus/a.json",
        command="tcpchaos replay corpus/a.json",
    )
    return replace(made, **changes)


def campaign(*bugs: Bug) -> Fuzz:
    return replace(
        fuzzed(came(SETUP), SETUP),
        outcome="violation" if bugs else "pass",
        findings=bugs,
        unconfirmed=(bug("RT-02", status="unconfirmed"),),
        cases=200,
        coverage=Covered(cells=CELLS, growth=((1, 2), (50, 4), (120, 6))),
    )


def test_the_map_of_states_counts_different_things_and_names_what_broke() -> None:
    states, *_ = heats(CELLS)

    assert states.columns == ["LISTEN", "SYN-RECEIVED"]
    ((row, (listening, received)),) = states.rows
    assert row == "SYN-SENT"
    assert (listening.count, received.count) == (1, 3)
    assert (listening.broken, received.broken) == ([], ["HS-05", "SA-02"])
    assert 0 < listening.level < received.level == LEVELS


def test_each_endpoint_has_a_map_of_what_it_sent_in_its_own_states() -> None:
    _, client, server = heats(CELLS)

    assert [(row, [spot.count for spot in spots]) for row, spots in client.rows] == [("SYN-SENT", [2])]
    assert [(row, [spot.count for spot in spots]) for row, spots in server.rows] == [("SYN-RECEIVED", [2])]
    assert (client.columns, server.columns) == (["syn"], ["syn-ack"])


def test_where_nothing_was_covered_there_is_no_map_and_no_curve() -> None:
    assert heats(()) == []
    assert growth(Covered(cells=(), growth=()), 3, "case") is None


def test_the_curve_climbs_to_the_top_and_goes_on_to_the_end() -> None:
    curve = growth(campaign().coverage, 200, "case")

    assert curve is not None
    assert curve.stairs == [
        *((0.0, HEIGHT), (0.5, HEIGHT), (0.5, 122.7), (25.0, 122.7), (25.0, 65.3)),
        *((60.0, 65.3), (60.0, HEADROOM), (100.0, HEADROOM)),
    ]
    assert curve.said == "6 cells covered in 200 cases, the last new one in case 120"
    assert [tick.text for tick in curve.cases] == ["0", "50", "100", "150", "200"]


def test_bugs_are_grouped_by_rule_with_plan_and_command(browser: Any) -> None:
    browser.open(page(campaign(bug(), bug(states=("ESTABLISHED", "ESTABLISHED")), bug("HS-05", plan=()))))

    assert browser.texts(".badge") == ["✗ VIOLATION"]
    assert [text.split()[0] for text in browser.texts(".finding h3")] == ["HS-05", "SA-02"]
    assert len(browser.texts(".bug")) == 3
    assert browser.texts(".bug pre")[:3] == [
        "tcpchaos replay corpus/a.json",
        "client syn#1: drop server syn-ack: ack+=9",
        "tcpchaos replay corpus/a.json",
    ]
    assert "4 of 5 replays; seen in 12 cases of handshake" in browser.texts(".bug")[0]
    assert browser.complaints() == []


def test_the_heat_map_is_a_table_that_can_be_read(browser: Any) -> None:
    browser.open(page(campaign(bug())))

    assert browser.texts(".heat caption") == [
        "States of both endpoints",
        "What the client sent, by its state",
        "What the server sent, by its state",
    ]
    assert browser.texts(".heat td.broken") == ["3, broken here: HS-05, SA-02HS-05 +1"]
    shades = browser.run(
        "return ['.h1', '.h5'].map(s => getComputedStyle(document.querySelector('.heat ' + s)).backgroundColor)"
    )
    assert shades[0] != shades[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_campaign_fits_a_telephone(browser: Any, scheme: str) -> None:
    browser.open(page(campaign(bug())), width=400, scheme=scheme)

    assert browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith(("file:", "data:"))] == []


def test_a_campaign_of_ten_thousand_cases_stays_below_two_megabytes() -> None:
    states = ("SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "TIME-WAIT")
    cells = tuple(
        Cell(what=(client, server, f"{who} {kind}", deed, where), times=1)
        for client in states
        for server in states
        for who in ("client", "server")
        for kind in ("syn", "syn-ack", "ack", "data", "fin", "rst")
        for deed in ("pass", "drop", "edit", "delay")
        for where in ("sent", "delivered")
    )
    coverage = Covered(cells=cells, growth=tuple((number, number) for number in range(1, len(cells) + 1)))
    large = replace(campaign(*[bug()] * 200), cases=10_000, coverage=coverage)

    assert len(page(large).encode()) < 2_000_000
