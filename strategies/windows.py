"""Windows that shut, shrink, lie, and never open again because the update was lost.

A sender may send what was offered and no more, must ask again when nothing is offered, and must take a window back
that its receiver takes back. What is looked for: octets beyond the window, transfers that stand still for ever, silly
windows, and a scale that is used by one side only.
"""

import tcpchaos.search as chaos

offers = chaos.selectors("client ack", "server ack", "client data", "server data", nth=(1, 2, 4, 6, 10))
stretches = chaos.selectors("client any#4-8", "server any#4-8", "client ack#3-6", "server syn-ack", "client syn")
sizes = chaos.edits("window", to=(0, 1, 2000, 65_535), by=(1, -1, 100))
trouble = chaos.actions("delay 20ms", "drop", "duplicate", "hold 1", "delay 300ms")

plans = chaos.plans(
    chaos.rules(offers, sizes, trouble),
    chaos.rules(stretches, sizes, chaos.actions("drop", "delay 300ms")),
    chaos.rules(
        chaos.selectors("client syn", "server syn-ack"),
        chaos.actions("remove wscale", "wscale=0", "wscale=14", "wscale=15", "window=0", "window=100"),
    ),
    chaos.state_rules(
        chaos.entries("server=established", "client=established"),
        chaos.deeds("blackhole client for 300ms", "blackhole both for 1s", "blackhole client for 20s"),
        chaos.injections(
            "ack", to=("client", "server"), seq=("rcv.nxt", "rcv.nxt-1"), more=("window=0", "window=65535")
        ),
        after_us=(0, 300_000, 900_000, 2_000_000),
    ),
    scenes=("", "client syn: remove wscale"),
    # Where endpoints are simulated, this one has the server's numbers pass 2^32 while windows are shut and opened.
    seeds=(0, 19_420),
)
workloads = ("slow-reader", "bulk-down", "bulk-up", "keepalive")
