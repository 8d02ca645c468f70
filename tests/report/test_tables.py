"""What `list` and `doctor` print."""

from collections.abc import Iterable

from rich.text import Text

from tcpchaos.report.catalogue import listing
from tcpchaos.report.document import Broken, Doctor, Filed, Listing, Named, Probe
from tcpchaos.report.tables import cases, doctor, everything, mutants, strategies, workloads


def printed(lines: Iterable[Text], width: int) -> str:
    made = list(lines)
    assert all(line.cell_len <= width for line in made)
    return "\n".join(line.plain.rstrip() for line in made)


def test_workloads() -> None:
    document = Listing(
        workloads=(Named(name="echo", sentence="What one says."), Named(name="bulk-up", sentence="Much.")), mutants=()
    )

    assert (
        printed(workloads(document, width=40), 40)
        == """\
echo     What one says.
bulk-up  Much."""
    )


def test_mutants() -> None:
    fault = "Acknowledges what never came, and that again and again."
    plan = "client syn#1: drop\nany data: delay 5ms"
    broken = Broken(name="eager", fault=fault, rule="SA-02", plan=plan, workload="echo", side="client")

    lines = [line.plain for line in mutants(Listing(workloads=(), mutants=(broken,)), width=40)]

    assert lines == [
        "eager  SA-02",
        "    Acknowledges what never came, and",
        "    that again and again.",
        "    tcpchaos run --backend sim -w echo \\",
        "        --client sim:eager \\",
        "        -f 'client syn#1: drop' \\",
        "        -f 'any data: delay 5ms'",
        "1 mutant",
    ]


def test_doctor_says_what_is_missing_and_what_to_do() -> None:
    probes = (
        Probe(name="kernel", ok=True, needed=True, found="Linux 6.18", remedy="unneeded"),
        Probe(name="the lab", ok=False, needed=True, found="no user namespaces", remedy="sudo sysctl -w x=1"),
        Probe(name="tracefs", ok=False, needed=False, found="can't be read", remedy=None),
    )

    assert (
        printed(doctor(Doctor(ok=False, version="0.1.0", kernel="linux", probes=probes), width=80), 80)
        == """\
ok       kernel   Linux 6.18
MISSING  the lab  no user namespaces
                     sudo sysctl -w x=1
without  tracefs  can't be read

The lab does not work here."""
    )


def test_all_workloads_fit_80_columns() -> None:
    printed(workloads(listing(), width=80), 80)


FILED = Listing(
    workloads=(Named(name="echo", sentence="What one says."),),
    mutants=(),
    strategies=(
        Filed(name="weather", sentence="Loss and delay.", file="weather.py", builtin=True),
        Filed(name="torn", sentence="", file="torn.py", builtin=False, trouble="line 1: invalid syntax"),
    ),
    cases=(
        Filed(name="pack/a-1a2b3c4d", sentence="A lost SYN", file="a.json", builtin=True, expects="all is well"),
        Filed(name="pack/b-1a2b3c4d", sentence="A lost FIN", file="b.json", builtin=True, expects="all is well"),
        Filed(name="c-1a2b3c4d", sentence="", file="c.json", builtin=False, trouble="no title"),
    ),
)


def test_strategies_and_cases() -> None:
    assert (
        printed(strategies(FILED, width=40), 40)
        == """\
weather  Loss and delay.
torn     can't be read: line 1: invalid
         syntax"""
    )
    assert (
        printed(cases(FILED, width=40), 40)
        == """\
pack
    A lost SYN
      all is well
    A lost FIN
      all is well
.
    c-1a2b3c4d
      can't be read: no title"""
    )


def test_everything_counts_the_cases_of_each_folder() -> None:
    assert (
        printed(everything(FILED, width=90), 90)
        == """\
strategies
weather  Loss and delay.
torn     can't be read: line 1: invalid syntax

workloads
echo  What one says.

cases
pack  2 cases
.     1 case

`tcpchaos list cases` names the cases, `tcpchaos list mutants` the broken endpoints"""
    )
