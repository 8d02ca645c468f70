"""Losses that have to be repaired: of data, of acknowledgments, of SACKs, of retransmissions themselves.

Timers, back-off, fast retransmission, and what a receiver tells of its holes. What is looked for: octets that are
never sent again, other octets than the first time, storms, a sender that trusts a SACK for good, and one that gives
up early.
"""

import tcpchaos.search as chaos

data = chaos.selectors("client data", "server data", nth=(1, 2, 3, 5, 6, 11))
openings = chaos.selectors("client syn#1", "server syn-ack#1", "client fin#1", "server fin#1", "client ack#1")
repeats = chaos.selectors("client data again", "server data again", "client data#1 again", "server data#1-2 again")
acknowledgments = chaos.selectors("client ack", "server ack", nth=(1, 2, 5))
stretches = chaos.selectors("client data#2-5", "server data#2-5", "server data#1-10", "client ack#2-9")

lost = chaos.actions(
    "drop", "hold 1", "delay 20ms", "hold 3", "duplicate", "truncate 700", "truncate 5", "split 1",
    "corrupt 0 0xff, checksum=bad", "duplicate 1 after 20ms", "duplicate 1 after 300ms", "delay 200ms", "delay 2s",
)  # fmt: skip
dark = chaos.actions("blackhole both for 100ms", "blackhole both for 500ms", "blackhole both for 5s")

plans = chaos.plans(
    chaos.rules(data, lost, dark),
    chaos.rules(openings, chaos.actions("drop", "delay 500ms")),
    chaos.rules(repeats, chaos.actions("drop", "delay 200ms", "delay 2s", "duplicate")),
    chaos.rules(acknowledgments, chaos.actions("drop", "delay 20ms", "duplicate", "remove sack")),
    chaos.rules(stretches, chaos.actions("drop", "delay 20ms", "hold 1")),
    chaos.state_rules(
        chaos.entries("server=established", "client=established"),
        chaos.injections("ack", to=("client", "server"), seq=("rcv.nxt-1", "rcv.nxt")),
        after_us=(0, 300_000, 1_500_000),
    ),
    max_size=4,
    scenes=(
        "", "any any: delay 150ms", "client syn: remove TS", "client syn: remove sackOK",
        "client data again: delay 200ms",
    ),
)  # fmt: skip
workloads = ("bulk-up", "bulk-down", "echo", "keepalive", "half-close-client")
