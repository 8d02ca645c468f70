"""What stands in the header: options of the handshake, windows, timestamps."""

import pytest

from tcpchaos.sim.tcp import Settings
from tests.sim.tcp.script import Script


def test_syn_offers_everything_it_is_set_to() -> None:
    Script("""
        open
        > S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,nop,TS val 2000 ecr 0,nop,wscale 7>
    """, settings=Settings())  # fmt: skip


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("mss 1000", "mss 1460"),
        ("mss 1000,wscale 0", "mss 1460,nop,wscale 7"),
        ("sackOK", "mss 1460,nop,nop,sackOK"),
        ("TS val 5 ecr 0", "mss 1460,nop,nop,TS val 2000 ecr 5"),
    ],
)
def test_syn_ack_offers_only_what_the_syn_did(offered: str, answered: str) -> None:
    Script(f"""
        < S 0:0(0) win 10000 <{offered}>
        > S. 0:0(0) ack 1 win 65535 <{answered}>
    """, settings=Settings())  # fmt: skip


def test_timestamps_are_refused_where_they_leave_no_room_for_data() -> None:
    Script("""
        < S 0:0(0) win 10000 <mss 12,TS val 5 ecr 0>
        > S. 0:0(0) ack 1 <mss 1460>
        < . 1:1(0) ack 1 win 10000
        send 20
        > . 1:13(12) ack 1
        < . 1:1(0) ack 13 win 10000
        > P. 13:21(8) ack 1
    """, settings=Settings())  # fmt: skip


def test_every_segment_has_the_agreed_timestamps() -> None:
    Script("""
        open
        > S 0:0(0)
        < S. 0:0(0) ack 1 win 10000 <TS val 5 ecr 2000>
        > . 1:1(0) ack 1 <nop,nop,TS val 2000 ecr 5>
        +3
        send "a"
        > P. 1:2(1) ack 1 <nop,nop,TS val 2003 ecr 5>
        abort
        > R. 2:2(0) ack 1 win 0 <nop,nop,TS val 2003 ecr 5>
    """, settings=Settings(sack=False, wscale=None))  # fmt: skip


def test_windows_are_shifted_only_where_both_agreed() -> None:
    Script("""
        open
        > S 0:0(0) win 65535
        < S. 0:0(0) ack 1 win 10000 <wscale 2>
        > . 1:1(0) ack 1 win 16384
    """, settings=Settings(sack=False, timestamps=False, wscale=4))  # fmt: skip
    Script("""
        open
        > S 0:0(0) win 65535
        < S. 0:0(0) ack 1 win 10000
        > . 1:1(0) ack 1 win 65535
    """, settings=Settings(sack=False, timestamps=False, wscale=4))  # fmt: skip


def test_small_buffer_is_what_the_syn_offers() -> None:
    Script("""
        < S 0:0(0) win 10000
        > S. 0:0(0) ack 1 win 512
    """, settings=Settings(sack=False, timestamps=False, receive_buffer=512))  # fmt: skip


def test_no_longer_segments_than_fit() -> None:
    script = Script("""
        < S 0:0(0) win 10000 <mss 9000>
        > S. 0:0(0) ack 1 <mss 560>
    """, settings=Settings(sack=False, timestamps=False, wscale=None, mtu=600))  # fmt: skip
    assert script.tcp.snd_mss == 560
