"""The matrix as tables."""

from typing import Any

from msgspec.structs import replace

from tcpchaos.report.document import Matrix, MatrixCell
from tcpchaos.report.fuzzed import fuzzed
from tcpchaos.report.html import page
from tcpchaos.report.html.conformance import VERDICTS, tables
from tests.report.test_fuzzed import SETUP, came


def cell(state: str, flags: str, position: str, verdict: str, endpoint: str = "server") -> MatrixCell:
    return MatrixCell(
        endpoint="client" if endpoint == "client" else "server",
        state=state,
        flags=flags,
        position=position,
        workload="echo",
        plan=("on server=established: inject to server rst",),
        verdict=verdict,  # type: ignore[arg-type]
        rules=(),
    )


MATRIX = Matrix(
    stacks=("sim", "linux 6.18"),
    cells=(
        cell("established", "syn", "seq left", "ok"),
        cell("established", "syn", "seq right", "violation"),
        cell("established", "rst", "seq left", "lethal"),
        cell("last-ack", "syn", "seq left", "not reached"),
    ),
)


def test_an_endpoint_that_was_not_asked_has_no_table() -> None:
    assert [each.endpoint for each in tables(MATRIX)] == ["server"]


def test_a_place_holds_its_positions_and_one_that_was_not_asked_is_empty() -> None:
    (table,) = tables(MATRIX)

    assert (table.stack, table.flags) == ("linux 6.18", ["syn", "rst"])
    assert table.said == "1 ok, 1 lethal, 1 not reached, 1 violation"
    assert [(state, [place.said for place in places]) for state, places in table.rows] == [
        ("ESTABLISHED", ["1 ok, 1 violation", "1 lethal"]),
        ("LAST-ACK", ["1 not reached", ""]),
    ]
    assert [each.position for each in table.rows[0][1][0].cells] == ["seq left", "seq right"]


def test_every_verdict_has_its_place_in_the_order() -> None:
    for verdict in VERDICTS:
        (table,) = tables(Matrix(stacks=("", ""), cells=(cell("established", "syn", "seq left", verdict),)))
        assert table.said == f"1 {verdict}"


def test_a_campaign_shows_its_table_with_a_mark_for_each_position(browser: Any) -> None:
    browser.open(page(replace(fuzzed(came(SETUP), SETUP), matrix=MATRIX)))

    assert browser.texts(".conformance caption") == [
        "The server, linux 6.18: 1 ok, 1 lethal, 1 not reached, 1 violation"
    ]
    assert browser.texts("table.conformance td i") == ["✓", "✗", "†", "·"]
    assert browser.texts("table.conformance td .vh")[0] == "1 ok, 1 violation"
    assert browser.complaints() == []
