"""ICMP errors about segments that were sent or never were, from routers that are right, wrong, or made up.

An error may be passing (and must not end a connection that works, RFC 5927), may be about a segment of long ago, and
may come from someone who guesses. What is looked for: a connection that dies of one, a path MTU that shrinks to
nothing, and an application that is told what its TCP must have swallowed.
"""

import tcpchaos.search as chaos

moments = chaos.selectors(
    "client data", "server data", "client syn", "server syn-ack", "client ack", "any fin", nth=(1, 2)
)
errors = chaos.icmp_errors(
    "host-unreachable", "net-unreachable", "prohibited", "port-unreachable", "protocol-unreachable", "too-big", 9,
    to=("client", "server"), mtu=(1280, 576, 296, 68, 0, 1400, 65_535),
    seq=(None, "snd.una", "snd.nxt", "snd.una-1", "snd.nxt+1", "snd.una-100000000", 0),
)  # fmt: skip

plans = chaos.plans(
    chaos.rules(moments, errors),
    chaos.rules(moments, chaos.actions("delay 20ms", "drop", "blackhole both for 300ms")),
    chaos.state_rules(
        chaos.entries("client=established", "server=established", "client=syn-sent", "server=close-wait"),
        errors,
        after_us=(0, 10_000, 300_000),
    ),
)
workloads = ("echo", "bulk-up", "bulk-down", "keepalive", "half-close-client")
