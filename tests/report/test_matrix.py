"""The scorecards of the matrix."""

from rich.text import Text

from tcpchaos.plan import STATES
from tcpchaos.report.matrix import compose, lines
from tcpchaos.search.matrix import FLAGS, POSITIONS, Answer, Cell, Position, Table, Verdict, cells
from tcpchaos.trace import Side

STACKS = ("linux 6.18", "sim")


def asked(state: str, flags: str, verdict: Verdict, *rules: str, position: Position = POSITIONS[2]) -> Answer:
    cell = Cell(side=Side.SERVER, state=state, flags=flags, position=position)
    return Answer(cell=cell, verdict=verdict, rules=rules)


def printed(table: Table, width: int = 80) -> list[str]:
    made: list[Text] = list(lines(compose(table, stacks=STACKS), width=width))
    return [line.plain for line in made]


def test_a_line_for_each_state_and_a_column_for_each_set_of_flags() -> None:
    table = Table()
    table.answers += [
        asked("listen", "none", "ok"),
        asked("listen", "syn-fin-ack", "known", "HS-01"),
        asked("time-wait", "none", "undetermined"),
        asked("time-wait", "syn-fin-ack", "lethal"),
        asked("time-wait", "all", "not reached"),
    ]

    assert printed(table) == [
        "server  sim, 5 cells: 1 ok, 1 lethal, 1 known, 1 not reached, 1 undetermined",
        "              -   SF. all",
        "LISTEN        ✓   ~",
        "TIME-WAIT     ?   †   ·",
        "",
        "? nobody can tell;  · not reached;  ~ a known deviation;",
        "† may end it, and did it well;  ✓ as it should be",
    ]


def test_the_gravest_is_shown_and_how_often_the_law_was_broken() -> None:
    table = Table()
    table.answers += [
        asked("closing", "ack", "ok", position=POSITIONS[0]),
        asked("closing", "ack", "violation", "SA-02", position=POSITIONS[1]),
        asked("closing", "ack", "violation", "SA-02", position=POSITIONS[9]),
    ]

    assert printed(table) == [
        "server  sim, 3 cells: 1 ok, 2 violation",
        "              .",
        "CLOSING       ✗2",
        "",
        "✗ breaks the law;  ✓ as it should be",
        "",
        "server in CLOSING, ack at seq left-1, ack left-1: SA-02",
        "    tcpchaos run -w simultaneous-close \\",
        "    -f 'server ack#1 when server=closing: inject to server ack seq=rcv.nxt-1'",
    ]


def test_the_whole_table_fits_into_eighty_columns() -> None:
    table = Table()
    table.answers += [Answer(cell=cell, verdict="violation", rules=("SA-02", "HS-01")) for cell in cells()]

    made = printed(table)

    assert max(len(line) for line in made if not line.startswith("    -f")) <= 80
    assert len([line for line in made if line.startswith("SYN-SENT ")]) == 2
    assert made[-1] == f"and {2 * len(STATES) * len(FLAGS) - 12} more"


def test_the_document_has_every_cell() -> None:
    table = Table()
    table.answers.append(asked("last-ack", "fin", "violation", "SA-02"))

    (cell,) = compose(table, stacks=STACKS).cells

    assert (cell.endpoint, cell.state, cell.flags, cell.position) == ("server", "last-ack", "fin", "seq left")
    assert cell.plan[-1] == "on server=last-ack: inject to server flags=fin seq=rcv.nxt"
    assert (cell.workload, cell.verdict, cell.rules) == ("handshake", "violation", ("SA-02",))
