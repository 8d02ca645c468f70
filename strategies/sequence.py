"""Sequence and acknowledgment numbers at, beside and beyond every edge of the window, and at the wrap.

TCP compares numbers on a circle, and each comparison has two edges where one too many or one too few goes unnoticed
for years. What is looked for: octets taken from outside of the window, acknowledgments believed that cover what was
never sent, answers that are owed and not given, and arithmetic that ends at 2^31 or 2^32.
"""

import tcpchaos.search as chaos

either = ("client", "server")
segments = chaos.selectors("client data", "server data", "client ack", "server ack", "any fin", nth=(1, 2))
steps = (1, -1, 50, 1000, -1000, 65_536, 1_000_000, -300_000, 1 << 30, 1 << 31)
pure = chaos.injections("ack", 'data "x"', "fin", "syn", "flags=none", to=either, seq=chaos.seqs())
both = chaos.injections('data "x"', "ack", "fin", to=either, seq=("rcv.nxt", "rcv.nxt-1"), ack=chaos.acks())

plans = chaos.plans(
    chaos.rules(segments, chaos.edits("seq", "ack", by=steps), pure, both),
    chaos.rules(segments, chaos.edits("ack", to=chaos.acks())),
    chaos.rules(segments, chaos.actions("flags-=ack", "flags+=psh", "flags+=fin", "flags+=syn", "flags=none")),
    chaos.rules(segments, chaos.edits("seq", to=chaos.seqs())),
    chaos.state_rules(
        chaos.entries("server=established", "client=established", "server=syn-received", "client=fin-wait-1"),
        pure,
        both,
        after_us=(0, 10_000, 700_000, 1_200_000),
    ),
    scenes=("", "client syn: remove TS", "client ack#1: delay 1s"),
    # Where endpoints are simulated the seed chooses their initial numbers: with these two, the client's pass 2^32 after
    # two segments of data, and then the server's.
    seeds=(0, 103_772, 243_009),
)
workloads = ("echo", "keepalive", "bulk-up", "bulk-down")
