"""Which of a kernel's words are an alarm."""

import pytest

from tcpchaos.run.kernel_words import alarms


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: CPU: 1 PID: 7 at net/ipv4/tcp_input.c:3472 tcp_fastretrans_alert+0x123/0x456",
        "WARNING: net/ipv4/tcp.c:2100 at tcp_recvmsg_locked+0x3c6/0x8f0, CPU#1: server/811",
        "kernel BUG at net/ipv4/tcp_output.c:1420!",
        "BUG: KASAN: slab-use-after-free in tcp_retransmit_timer+0x1/0x2",
        "BUG: kernel NULL pointer dereference, address: 0000000000000008",
        "Oops: general protection fault, probably for non-canonical address",
        "divide error: 0000 [#1] PREEMPT SMP NOPTI",
        "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [server:811]",
        "INFO: task server:811 blocked for more than 120 seconds.",
        "rcu: INFO: rcu_preempt self-detected stall on CPU",
        "TCP: Impossible, sk->sk_state=7",
        "UBSAN: shift-out-of-bounds in net/ipv4/tcp_input.c:400:3",
    ],
)
def test_alarms(line: str) -> None:
    assert alarms(["before", line, "after"]) == [line]


def test_what_is_no_alarm() -> None:
    said = [
        "va: left promiscuous mode",
        "TCP: request_sock_TCP: Possible SYN flooding on port 192.0.2.2:80. Sending cookies.",
        "TCP: eth0: Driver has suspect GRO implementation, TCP performance may be compromised.",
        "server[811]: segfault at 0 ip 000055 sp 00007f error 4 in server[55,1000]",
        "WARNING: CPU: 0 PID: 1 at drivers/gpu/drm/drm_gem.c:10 drm_x+0x1/0x2",
        "TCP: out of memory -- consider tuning tcp_mem",
        "debugfs: Directory 'x' already present",
    ]
    assert alarms(said) == []
