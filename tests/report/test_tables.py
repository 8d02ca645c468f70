"""What `list` and `doctor` print."""

from collections.abc import Iterable

from rich.text import Text

from tcpchaos.report.catalogue import listing
from tcpchaos.report.document import Broken, Doctor, Listing, Named, Probe
from tcpchaos.report.tables import doctor, mutants, workloads


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
