"""A bench as people see it: the bars, and ratios before absolute figures."""

from tcpchaos.bench.text import lines, number
from tcpchaos.report.document import Bar, Bench, Beside, Figure, Machine

DOCUMENT = Bench(
    version="0.1.0",
    machine=Machine(kernel="linux 6.18", processor="Some CPU", cores=2, python="CPython 3.11.2", load=0.25),
    quick=True,
    rounds=3,
    took_us=141_400_000,
    plan=("client data: drop 1%",),
    figures=(
        Figure(
            what="bulk transfer",
            of="proxy, empty plan",
            unit="segments/s",
            value=40_000.0,
            samples=(40_000.0,),
            beside=(Beside(baseline="bridge", value=400_000.0, ratio=0.1, added=-360_000.0, samples=(400_000.0,)),),
        ),
        Figure(
            what="round trip",
            of="proxy, empty plan",
            unit="us",
            value=111.4,
            samples=(111.4,),
            beside=(Beside(baseline="bridge", value=68.0, ratio=1.64, added=43.4, samples=(68.0,)),),
        ),
    ),
    bars=(
        Bar(bar="of the forwarder", figure=0.31, at="least", limit=0.25, unit="", met=True),
        Bar(bar="added", figure=151.0, at="most", limit=150.0, unit="us", met=False),
    ),
)


def test_a_bench_is_printed() -> None:
    assert [line.plain for line in lines(DOCUMENT)] == [
        "linux 6.18, Some CPU, 2 cores, CPython 3.11.2",
        "3 rounds in 141 s, load 0.25 before; medians",
        "measured too shortly to mean much",
        "",
        "met          0.31  of the forwarder, at least 0.25",
        "NOT MET       151 us  added, at most 150",
        "",
        "bulk transfer, segments/s",
        "  proxy, empty plan                           40,000",
        "       0.10 of bridge                         400,000",
        "",
        "round trip, us",
        "  proxy, empty plan                              111",
        "       1.64 of bridge                            68.0  +43.4",
    ]


def test_numbers_have_three_digits_that_count() -> None:
    assert [number(value) for value in (1_234_567.8, 123.4, 12.34, 1.234, -0.05)] == [
        "1,234,568",
        "123",
        "12.3",
        "1.23",
        "-0.05",
    ]
