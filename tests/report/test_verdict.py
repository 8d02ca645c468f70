"""The verdict in words."""

from typing import Any

import pytest
from msgspec.structs import replace

from tcpchaos.report.document import Application, Run
from tcpchaos.report.verdict import FINDINGS_SHOWN, verdict


def said(run: Run, *, width: int = 80, everything: bool = False) -> str:
    lines = list(verdict(run, width=width, everything=everything))
    assert all(line.cell_len <= width for line in lines)
    return "\n".join(line.plain.rstrip() for line in lines)


def test_a_run_without_faults_passes_in_a_sentence(handshake: Any) -> None:
    assert said(handshake.run()) == "PASS  Both endpoints kept to the law.\n"


def test_a_violation_says_who_broke_what_where_and_how(handshake: Any) -> None:
    run = handshake.run(handshake.found(5), rules=(("client syn#1: drop", 1),))

    assert (
        said(run)
        == """\
VIOLATION  The client broke a rule.

  SA-02  MUST  RFC 9293, section 3.4
  rule       Nothing is acknowledged that was never delivered.
  who        client
  where      #5, 0.300 ms
  segment    . 1:1(0) ack 27 win 512
  states     client ESTABLISHED, server ESTABLISHED
  expected   an ack of at most 18
  observed   ack 27

  faults     survivable: the applications must not notice more than time
  fired      once            client syn#1: drop"""
    )


def test_a_waived_finding_is_shown_as_waived(handshake: Any) -> None:
    text = said(replace(handshake.run(handshake.found(5, known="linux-old-ack")), outcome="pass"))

    assert "waived     a known deviation of this stack: linux-old-ack" in text
    assert "known      linux-old-ack (once)" in text


def test_repeated_findings_say_how_often(handshake: Any) -> None:
    assert "#5, 0.300 ms; seen 12 times, here first" in said(handshake.run(replace(handshake.found(5), times=12)))


def test_a_finding_at_the_end_belongs_to_no_frame(handshake: Any) -> None:
    assert "where      at the end" in said(handshake.run(handshake.found(0)))


def test_connections_are_named_where_there_are_several(handshake: Any) -> None:
    run = handshake.run(handshake.found(5))

    assert "connection 1, #5" in said(replace(run, connections=run.connections * 2))


def test_of_very_many_findings_the_first_are_shown(handshake: Any) -> None:
    text = said(handshake.run(*[handshake.found(5)] * (FINDINGS_SHOWN + 3)))

    assert "and 3 more findings: --json has them all" in text


def test_each_rule_says_how_often_it_fired_under_its_number(handshake: Any) -> None:
    run = handshake.run(rules=(("client syn#1: drop", 0), ("any data: drop 5%", 21)))

    assert said(run).splitlines()[-2:] == [
        "  fired       1  never       client syn#1: drop",
        "              2  21 times    any data: drop 5%",
    ]


def test_an_application_that_failed_says_its_last_words(handshake: Any) -> None:
    curl = Application(endpoint="client", what="curl", ok=False, ended="exit 22", output="a\n" * 20 + "404")

    lines = said(replace(handshake.run(), applications=(curl,))).splitlines()

    assert "  failed     the client (curl): exit 22" in lines
    assert lines[-1].split() == ["404"]
    assert len(lines) < 20


@pytest.mark.parametrize("everything", [False, True])
def test_conditions_are_for_those_who_want_everything(handshake: Any, everything: bool) -> None:
    text = said(handshake.run(), everything=everything)
    assert ("in force   net.ipv4.tcp_sack = 1" in text) is everything
    assert ("counted    server: TcpExtTCPChallengeACK 2" in text) is everything
