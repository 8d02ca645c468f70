"""Both open or both close at the same time, and what goes wrong between the two SYNs or the two FINs.

The arrows of figure 5 that nobody's test ever takes: SYN-SENT to SYN-RECEIVED, FIN-WAIT-1 to CLOSING. What is looked
for: an endpoint that begins anew where it must go on, that waits for a state it has passed, or that takes the
crossing for an attack.
"""

import tcpchaos.search as chaos

crossing = chaos.selectors(
    "client syn#1", "server syn#1", "client syn-ack#1", "server syn-ack#1", "client fin#1", "server fin#1",
    "client ack", "server ack", "any fin", nth=(1, 2),
)  # fmt: skip
stretches = chaos.selectors("client any#2-4", "server any#2-4", "client any#2-20", "server any#2-20")
either = ("client", "server")

trouble = chaos.actions(
    "delay 20ms", "drop", "duplicate", "delay 500ms", "delay 900ms", "ack-=1", "ack+=1", "seq+=1", "seq-=1",
    "flags=ack", "flags=syn", "remove TS", "remove wscale", "options=<>",
)  # fmt: skip
strangers = chaos.injections("rst", "syn", "syn-ack", "ack", "fin", to=either, seq=chaos.seqs())

plans = chaos.plans(
    chaos.rules(crossing, trouble, strangers, chaos.injections("rst", to=either, seq=(4711, "rcv.nxt"))),
    chaos.rules(stretches, chaos.actions("delay 20ms", "ack-=1", "delay 900ms", "duplicate")),
    chaos.state_rules(
        chaos.entries(
            "client=syn-sent", "server=syn-sent", "client=syn-received", "server=syn-received", "client=closing",
            "server=closing", "client=fin-wait-1", "server=fin-wait-1", "client=time-wait", "server=time-wait",
        ),
        strangers,
        after_us=(0, 10_000),
    ),
)  # fmt: skip
workloads = ("simultaneous-open", "simultaneous-close")
