"""What is left of a server, judged: what is plain, and what only a run without faults can explain."""

from typing import Any

import pytest

from tcpchaos.oracle import Finding
from tcpchaos.run.aftermath import (
    CHEAP_US,
    FEW_FILES,
    LITTLE_MEMORY_OCTETS,
    Evidence,
    judge_after,
    judge_log,
    signal_of,
    suspects,
)
from tcpchaos.trace import Side
from tcpchaos.workloads import After, Remains

WELL = (Side.SERVER, "")
TRACEBACK = b"Traceback (most recent call last):\n  File 'x'\n"


def left(*, called: tuple[Side, str] | None = WELL, **what: Any) -> After:
    known = {"status": None, "listens": True, "in_background": False, **what}
    known.setdefault("said", known.get("said_before", b""))
    return After(called=called, remains=Remains(**known))


def judged(after: After, control: After | None = None, **more: Any) -> list[str]:
    return [finding.rule for finding in found(after, control, **more)]


def found(after: After, control: After | None = None, **more: Any) -> tuple[Finding, ...]:
    return judge_after(Evidence(after=after, control=control, **more), ())


def test_a_server_that_is_well_needs_no_second_run_and_no_word() -> None:
    assert not suspects(Evidence(after=left()))
    assert judged(left()) == judged(left(), left()) == []


@pytest.mark.parametrize(("status", "name"), [(-11, "SIGSEGV"), (-6, "SIGABRT"), (-13, "SIGPIPE"), (139, "SIGSEGV")])
def test_a_server_that_a_signal_ends_is_at_fault_whatever_was_done_to_it(status: int, name: str) -> None:
    [finding] = found(left(called=None, status=status, said_before=b"serving\nparsing 7 octets\n"), lethal="a reset")

    assert (finding.rule, finding.blame, finding.excused) == ("SV-01", Side.SERVER, None)
    assert finding.observed == f"it was ended by {name}; its last words: parsing 7 octets"
    assert finding.counts


def test_a_server_that_exits_is_at_fault_only_if_it_outlives_a_client_without_faults() -> None:
    gone = left(called=None, status=1, listens=False)

    assert suspects(Evidence(after=gone))
    assert judged(gone) == []
    assert judged(gone, gone) == []
    assert judged(gone, left()) == ["SV-01"]


def test_a_server_that_takes_one_client_and_ends_well_is_not_even_suspected() -> None:
    assert not suspects(Evidence(after=left(called=None, status=0, listens=False)))


def test_a_damaged_memory_is_plain() -> None:
    [finding] = found(left(said=b"double free or corruption (out)\nfree(): invalid size\n"))

    assert (finding.rule, finding.observed) == ("SV-02", "double free or corruption (out) (and 1 more)")


def test_an_uncaught_error_counts_where_it_does_not_show_without_faults() -> None:
    odd = left(said_before=TRACEBACK + b"KeyError: 17\n")

    assert suspects(Evidence(after=odd))
    [finding] = found(odd, left())
    assert (finding.rule, finding.observed, finding.counts) == ("SV-03", "KeyError: 17", True)
    assert judged(odd, left(said_before=TRACEBACK + b"KeyError: 4\n")) == []
    [excused] = found(odd, left(), lethal="other octets than were sent")
    assert (excused.excused, excused.counts) == ("other octets than were sent", False)


def test_an_error_that_tells_only_of_a_peer_that_is_gone_is_none() -> None:
    assert not suspects(Evidence(after=left(said_before=TRACEBACK + b"ConnectionResetError: [Errno 104]\n")))


def test_what_it_printed_when_it_was_stopped_is_looked_at_for_damage_alone() -> None:
    said = TRACEBACK + b"KeyboardInterrupt\n==1==ERROR: LeakSanitizer: detected memory leaks\n"

    assert judged(left(said=said), left()) == ["SV-02"]


@pytest.mark.parametrize(
    ("rule", "less", "more", "counts"),
    [
        ("SV-04", {"unclosed": 0}, {"unclosed": 1}, True),
        ("SV-05", {"descriptors": FEW_FILES - 1}, {"descriptors": FEW_FILES}, True),
        ("SV-06", {"memory_octets": LITTLE_MEMORY_OCTETS - 1}, {"memory_octets": LITTLE_MEMORY_OCTETS}, False),
        ("SV-07", {"busy": 0.79}, {"busy": 0.8}, True),
        ("SV-08", {"processor_us": CHEAP_US - 1}, {"processor_us": CHEAP_US}, False),
    ],
)
def test_what_grows_counts_from_a_bound_on_and_beyond_what_it_grows_without_faults(
    rule: str, less: dict[str, Any], more: dict[str, Any], counts: bool
) -> None:
    assert not suspects(Evidence(after=left(**less), segments=100))
    assert suspects(Evidence(after=left(**more), segments=100))
    [finding] = found(left(**more), left(), segments=100)
    assert (finding.rule, finding.counts, finding.blame) == (rule, counts, Side.SERVER)
    assert judged(left(**more), left(**more), segments=100, control_segments=100) == []


def test_a_port_that_is_deaf_counts_where_it_is_not_without_faults() -> None:
    deaf = left(called=(Side.SERVER, "nobody listens any more"))

    assert suspects(Evidence(after=deaf))
    assert judged(deaf) == judged(deaf, deaf) == []
    [finding] = found(deaf, left())
    assert (finding.rule, finding.observed, finding.counts) == ("AP-02", "nobody listens any more", True)


def test_a_server_that_still_waits_for_a_client_that_is_gone_is_excused() -> None:
    [finding] = found(left(called=(Side.SERVER, "a connection that nobody accepts within 5 s"), halves=1), left())

    assert finding.excused == "a connection is still open at the server of which the client's end is gone"


def test_a_workload_s_listener_needs_no_second_run() -> None:
    after = After(called=(Side.CLIENT, "no connection within 5 s"))

    assert not suspects(Evidence(after=after))
    [finding] = judge_after(Evidence(after=after), ())
    assert (finding.rule, finding.blame) == ("AP-02", Side.CLIENT)
    assert judge_after(Evidence(after=After(called=(Side.CLIENT, ""))), ()) == ()
    assert judge_after(Evidence(after=After()), ()) == ()


def test_an_alarm_in_the_kernel_s_log_is_nobody_s_fault_in_particular() -> None:
    [finding] = judge_log(["TCP: Impossible, sk->sk_state=7", "Oops"], ())

    assert (finding.rule, finding.blame, finding.observed) == (
        "KX-01",
        None,
        "TCP: Impossible, sk->sk_state=7 (and 1 more)",
    )
    assert judge_log([], ()) == ()


def test_a_shell_tells_of_a_signal_by_a_status() -> None:
    assert [signal_of(status) for status in (None, 0, 1, 127, 129, 134, -9, -40)] == [
        *[None] * 5,
        "SIGABRT",
        "SIGKILL",
        "signal 40",
    ]
