"""A rule's case: a transcript that breaks it, and the nearest one that does not."""

from tests.transcript import Playback

# Rule, who breaks it, the transcript that breaks it, the nearest one that does not.
Case = tuple[str, str, str, str]

OPEN = """
    client> S 0:0(0) win 65535 <mss 1460>
    server> S. 0:0(0) ack 1 win 65535 <mss 1460>
    client> . 1:1(0) ack 1 win 65535
"""
OPEN_WITH_OPTIONS = """
    client> S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>
    server> S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 700 ecr 100,nop,wscale 7>
    client> . 1:1(0) ack 1 win 512 <nop,nop,TS val 101 ecr 700>
"""
TS = "<nop,nop,TS val 102 ecr 700>"


def assert_caught(case: Case) -> None:
    """The rule names the endpoint that breaks it."""
    rule, who, breaks, _ = case
    assert f"{rule} {who}" in Playback(breaks).broken


def assert_silent(case: Case) -> None:
    """No rule at all says anything of the legal transcript."""
    assert Playback(case[3]).broken == []
