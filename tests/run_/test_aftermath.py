"""What is left of a server, judged: what is plain, and what only a run without faults can explain."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from tcpchaos.backends.host import Listener
from tcpchaos.backends.lab.kernel_log import KernelLog
from tcpchaos.oracle import Finding
from tcpchaos.plan import parse
from tcpchaos.run import RunConfig, RunResult, run
from tcpchaos.run.aftermath import (
    CHEAP_US,
    FEW_FILES,
    LITTLE_MEMORY_OCTETS,
    UNKNOWN,
    USUAL,
    Evidence,
    judge_after,
    judge_log,
    signal_of,
    suspects,
)
from tcpchaos.trace import Side
from tcpchaos.workloads import After, Commands, Remains, porter, survey
from tcpchaos.workloads.porter import Porter

WELL = (Side.SERVER, "")
TRACEBACK = b"Traceback (most recent call last):\n  File 'x'\n"


def left(*, called: tuple[Side, str] | None = WELL, **what: Any) -> After:
    known = {"status": None, "listens": True, "in_background": False, **what}
    known.setdefault("said", known.get("said_before", b""))
    return After(called=called, remains=Remains(**known))


def judged(after: After, control: After | None = None, **more: Any) -> list[str]:
    return [finding.rule for finding in found(after, control, **more) if finding.counts or finding.tier == "remark"]


def excuses(after: After, control: After | None = None, **more: Any) -> set[str | None]:
    return {finding.excused for finding in found(after, control, **more)}


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
    assert excuses(gone) == {UNKNOWN}
    assert excuses(gone, gone) == {USUAL}
    assert judged(gone, left()) == ["SV-01"]


def test_without_a_plan_there_is_nothing_to_compare_with() -> None:
    gone = left(called=None, status=1, listens=False)

    assert not suspects(Evidence(after=gone, faulty=False))
    assert excuses(gone, faulty=False) == {USUAL}


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
    assert excuses(odd, left(said_before=TRACEBACK + b"KeyError: 4\n")) == {USUAL}
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
    assert excuses(left(**more), left(**more), segments=100, control_segments=100) == {USUAL}


def test_a_port_that_is_deaf_counts_where_it_is_not_without_faults() -> None:
    deaf = left(called=(Side.SERVER, "nobody listens any more"))

    assert suspects(Evidence(after=deaf))
    assert (excuses(deaf), excuses(deaf, deaf)) == ({UNKNOWN}, {USUAL})
    [finding] = found(deaf, left())
    assert (finding.rule, finding.observed, finding.counts) == ("AP-02", "nobody listens any more", True)


def test_a_server_that_still_waits_for_a_client_that_is_gone_is_excused() -> None:
    [finding] = found(left(called=(Side.SERVER, "a connection that nobody accepts within 5 s"), still_open=1), left())

    assert finding.excused == "connections that nobody has closed, as far as it knows: 1"


def test_what_a_connection_needs_that_is_still_open_is_excused() -> None:
    findings = found(left(descriptors=40, busy=0.9, still_open=3), left())

    assert [finding.rule for finding in findings] == ["SV-05", "SV-07"]
    assert {finding.excused for finding in findings} == {"connections that nobody has closed, as far as it knows: 3"}


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


# What goes wrong with a server, in a lab.

SERVER = f"{sys.executable} -u {Path(__file__).with_name('faulty_server.py')} {{host}} {{port}} '{{how}}'"
# Comes four times, and takes it calmly when it is reset.
CLIENT = f'''{sys.executable} -c "
import os, socket
for turn in range(4):
    try:
        with socket.create_connection((os.environ['TCPCHAOS_HOST'], int(os.environ['TCPCHAOS_PORT'])), 5) as peer:
            for word in range(3):
                peer.sendall(b'word')
                if not peer.recv(4): break
    except OSError:
        pass
"'''
RESET = "on server=established: inject to server rst seq=rcv.nxt"


async def ran(how: str, *plan: str, **more: Any) -> RunResult:
    commands = Commands(server=SERVER.replace("{how}", how), client=CLIENT)
    return await run(RunConfig(plan=parse("\n".join(plan)), play=commands, **more))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long for servers of which it is known that they will never do what is waited for."""
    for patience, seconds in (("CALL_S", 1.0), ("LEAK_S", 1.0), ("FINISH_S", 1.5)):
        monkeypatch.setattr(survey, patience, seconds)


@pytest.mark.usefixtures("lab_or_skip", "impatient")
class TestInALab:
    async def test_a_server_that_takes_a_reset_calmly_has_nothing_held_against_it(self) -> None:
        result = await ran("well", RESET)

        assert (result.outcome, result.verdict.faults) == ("pass", "lethal")
        assert result.findings == ()
        assert result.notes == ()

    @pytest.mark.parametrize(
        ("how", "rule", "observed"),
        [
            ("segfault", "SV-01", "it was ended by SIGSEGV; it said nothing"),
            ("exits", "SV-01", "it ended by itself, exit 1; its last words: cannot go on"),
            ("memory", "SV-02", "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010"),
            ("leaks", "SV-04", "of its sockets are never closed"),
            ("files", "SV-05", "more files are open"),
            ("spins", "SV-07", "of a processor while nothing happens"),
            ("deaf", "AP-02", "a connection that nobody accepts within"),
            ("closes the port", "AP-02", "nobody listens any more"),
        ],
    )
    async def test_a_server_that_goes_wrong_when_it_is_reset(self, how: str, rule: str, observed: str) -> None:
        result = await ran(how, RESET)

        found = {finding.rule: finding for finding in result.findings if finding.counts}
        assert observed in found[rule].observed
        assert found[rule].blame is Side.SERVER
        assert result.outcome == "violation"

    async def test_what_the_kernel_says_in_its_log_during_a_run_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = tmp_path / "kmsg"
        log.write_bytes(b"4,1,100,-;WARNING: before it began\n")
        says = tmp_path / "says"
        says.write_text(f"echo '4,2,200,-;WARNING: CPU: 0 PID: 1 at net/ipv4/tcp.c:2600 tcp_close' >> {log}\n")
        monkeypatch.setattr("tcpchaos.backends.lab.kernel_log.KernelLog", partial(KernelLog, str(log)))
        commands = Commands(server=SERVER.replace("{how}", "well"), client=f"sh {says}")

        result = await run(RunConfig(play=commands))

        [finding] = [finding for finding in result.findings if finding.rule == "KX-01"]
        assert (finding.blame, finding.counts) == (None, True)
        assert finding.observed == "WARNING: CPU: 0 PID: 1 at net/ipv4/tcp.c:2600 tcp_close"
        assert result.outcome == "violation"

    async def test_what_may_be_the_reset_s_own_doing_is_excused_by_it(self) -> None:
        result = await ran("traceback", RESET)

        [finding] = [finding for finding in result.findings if finding.rule == "SV-03"]
        assert (finding.observed, finding.blame) == ("KeyError: 7", Side.SERVER)
        assert finding.excused is not None
        assert finding.excused.startswith("a reset that must be accepted was delivered to the server at #")

    async def test_memory_that_is_taken_is_worth_a_remark(self) -> None:
        result = await ran("hog", RESET)

        [finding] = [finding for finding in result.findings if finding.rule == "SV-06"]
        assert (finding.tier, finding.counts) == ("remark", False)
        assert "MiB more are taken" in finding.observed

    @pytest.mark.parametrize(("how", "excused"), [("never closes", {USUAL}), ("once", set())])
    async def test_what_a_server_does_without_faults_too_is_excused(self, how: str, excused: set[str]) -> None:
        result = await ran(how, "client data#1: duplicate")

        assert (result.outcome, result.verdict.faults) == ("pass", "survivable")
        of_server = [finding for finding in result.findings if finding.rule.startswith(("SV-", "AP-"))]
        assert {finding.excused for finding in of_server} == excused

    async def test_without_a_control_nothing_is_known_of_what_is_usual(self) -> None:
        result = await ran("leaks", RESET, control=False)

        assert {finding.excused for finding in result.findings} == {UNKNOWN}
        assert result.notes == ()

    async def test_a_workload_s_listener_is_called_when_all_is_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def never(self: Porter, listener: Listener) -> None:
            await trio.sleep_forever()

        monkeypatch.setattr(porter, "CALL_S", 0.5)
        well = await run(RunConfig(plan=parse("any any: duplicate")))
        monkeypatch.setattr(Porter, "_mind", never)
        deaf = await run(RunConfig(plan=parse("any any: duplicate")))

        assert (well.outcome, well.findings, len(well.connections)) == ("pass", (), 1)
        [finding] = deaf.findings
        assert (finding.rule, finding.blame, deaf.outcome) == ("AP-02", Side.SERVER, "violation")
        assert finding.observed == "a connection, but no answer within 0.5 s"
        assert len(deaf.connections) == 1
