"""A run as a document."""

from dataclasses import replace
from typing import Any

import pytest

from tcpchaos.oracle import Finding, Oracle
from tcpchaos.plan import parse
from tcpchaos.report.document import decode, encode
from tcpchaos.report.outcome import broken, lived, not_lived, ran
from tcpchaos.rfc import Breach
from tcpchaos.rfc.rules.runs import PROMISE
from tcpchaos.run import Fired, RunConfig, RunResult
from tcpchaos.run.live import LiveConfig, LiveResult
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import SYN, build
from tcpchaos.workloads import Application, Commands

SYN_PACKET = build(src=b"\x0a\x09\0\1", dst=b"\x0a\x09\0\2", sport=40312, dport=80, seq=0xFFFFFFF0, flags=SYN)


def result(**changes: Any) -> RunResult:
    oracle, trace = Oracle(), Trace()
    connection = oracle.connection(Side.CLIENT, SYN_PACKET)
    oracle.sent(connection, Side.CLIENT, SYN_PACKET, 100, 1)
    trace.add(Event(1, 100, Side.CLIENT, False, SYN_PACKET, 1, 0, ("drop",), connection.states))
    verdict = oracle.verdict()
    known: dict[str, Any] = {
        "config": RunConfig(plan=parse("client syn#1: drop")),
        "outcome": "pass",
        "findings": (),
        "notes": ("a note",),
        "verdict": verdict,
        "trace": trace,
        "overheard": True,
        "reasons": {1: "dropped by the server's kernel: TCP_OLD_SEQUENCE"},
        "counters": ({}, {"TcpOutRsts": 1}),
        "connections": tuple(oracle.connections),
        "fired": (Fired("client syn#1: drop", 1, False),),
        "applications": tuple(Application(side=side, what="echo", ok=True, ended="eof") for side in Side),
        "accounts": (),
        "backend": "lab",
        "stacks": ("linux 6.18.44", "sim"),
        "conditions": {"net.ipv4.tcp_sack": "1"},
        "took_us": 1_000_000,
        "interrupted": False,
        "timed_out": False,
    }
    return RunResult(**{**known, **changes})


def test_a_run_as_a_document() -> None:
    document = ran(result())

    assert (document.outcome, document.faults, document.stacks) == ("pass", "survivable", ("linux 6.18.44", "sim"))
    assert [(rule.rule, rule.actions, rule.fired) for rule in document.plan.rules] == [
        ("client syn#1: drop", ("drop",), 1)
    ]
    assert [(event.segment, event.deeds) for event in document.trace.events] == [("S 0:0(0) win 65535", ("drop",))]
    assert [each.endpoint for each in document.applications] == ["client", "server"]
    assert document.trace.events[0].kernel == "dropped by the server's kernel: TCP_OLD_SEQUENCE"
    assert document.counters == {"client": {}, "server": {"TcpOutRsts": 1}}
    assert decode(encode(document)) == document


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Both endpoints kept to the law, and the applications noticed nothing of the faults."),
        ({"outcome": "undetermined"}, "No rule was broken, but not all of it could be judged."),
        ({"outcome": "undetermined", "interrupted": True}, "Interrupted; nothing that was seen so far breaks the law."),
        (
            {"outcome": "undetermined", "timed_out": True},
            "The run was cut off before all had come to its end; no rule was broken.",
        ),
    ],
)
def test_the_verdict_in_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert ran(result(**changes)).sentence == sentence


def finding(**changes: Any) -> Finding:
    breach = Breach("no more than 536 octets", "1460 octets", changes.pop("excuse", ""))
    return replace(Finding.of(PROMISE, breach, blame=Side.SERVER), **changes)


def test_known_deviations_are_counted_and_named_in_the_sentence() -> None:
    document = ran(result(findings=(finding(known="linux-old-ack", times=3), finding(excuse="a reset"))))

    assert document.known == {"linux-old-ack": 3}
    assert document.sentence.startswith("Both endpoints kept to the law but for 1 known deviation, and")


def test_the_sentence_is_about_what_counts() -> None:
    findings = (
        finding(known="linux-old-ack"),
        finding(excuse="a reset"),
        finding(tier="remark"),
        finding(rule="SV-01"),
    )

    assert "broke SV-01" in ran(result(outcome="violation", findings=findings)).sentence
    assert "more finding" not in ran(result(outcome="violation", findings=findings)).sentence


def test_commands_are_named_client_first() -> None:
    config = RunConfig(play=Commands(server="nginx", client="curl"))

    assert ran(result(config=config, fired=())).workload == "curl to nginx"


def test_a_run_that_never_came_about() -> None:
    document = broken(RunConfig(plan=parse("client syn#1: drop")), "no user namespaces", "run as root")

    assert document.outcome == "broken"
    assert document.broken is not None
    assert document.broken.remedy == "run as root"
    assert document.plan.rules[0].fired == 0
    assert decode(encode(document)) == document


def of_flows(**changes: Any) -> LiveResult:
    run = result()
    known: dict[str, Any] = {
        "config": LiveConfig(flows="port 80", plan=parse("client syn#1: drop")),
        "outcome": "pass",
        "findings": (),
        "notes": (),
        "verdict": run.verdict,
        "trace": run.trace,
        "connections": run.connections,
        "seen": 12_000,
        "fired": run.fired,
        "backend": "queue",
        "stacks": run.stacks,
        "took_us": 9_000_000,
    }
    return LiveResult(**{**known, **changes})


def test_flows_that_others_made_as_a_document() -> None:
    document = lived(of_flows(), "tcpchaos attach --port 80")

    assert decode(encode(document)) == document
    assert (document.workload, document.backend) == ("port 80", "queue")
    assert document.command == "tcpchaos attach --port 80"
    assert document.sentence == "12,000 connections seen; both ends kept to the law."
    assert document.plan.rules[0].fired == 1


def test_of_flows_that_nobody_saw_nothing_is_said() -> None:
    assert lived(of_flows(seen=0, outcome="undetermined"), "").sentence == "No segment of these flows was seen."
    assert "not all of it could be judged" in lived(of_flows(outcome="undetermined"), "").sentence

    document = not_lived(LiveConfig(flows="port 80"), "queue", "tcpchaos attach", "no queue", "sudo modprobe")
    assert (document.outcome, document.workload, document.backend) == ("broken", "port 80", "queue")
    assert document.broken is not None
    assert document.broken.remedy == "sudo modprobe"
