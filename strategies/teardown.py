"""The last segments of a connection: FINs and their acknowledgments lost, late, doubled, or followed by more.

Each direction ends for itself, and the last acknowledgment is never acknowledged. What is looked for: octets lost
behind a FIN, a FIN that is sent once and never again, states that are never left, and a TIME-WAIT that forgets its
duty.
"""

import tcpchaos.search as chaos

closing = chaos.selectors(
    "client fin", "server fin", "client ack when client=time-wait|closing|fin-wait-2", "client data", "server data",
    "client ack when client=close-wait|last-ack", "server ack when server=close-wait|last-ack|fin-wait-2", "client ack",
    "server ack", nth=(1, 2),
)  # fmt: skip
ends = chaos.selectors("client fin#1", "server fin#1")
ranges = chaos.selectors("client data#2-5", "server data#1-10", "server data", "client data", "any fin")
times = (10_000, 300_000, 500_000, 1_000_000, 2_000_000)

trouble = chaos.actions(
    "delay 20ms", "drop", "duplicate", "hold 1", "delay 300ms", "delay 500ms", "duplicate 1 after 500ms",
    "duplicate 1 after 2s", "blackhole both for 500ms", "flags-=fin", "seq+=1", "seq-=1", "ack-=1",
)  # fmt: skip
more = chaos.injections(
    'data "more"', "fin", "ack", "rst", "syn", to=("client", "server"), seq=("rcv.nxt", "rcv.nxt-1", "rcv.nxt+1")
)

plans = chaos.plans(
    chaos.rules(ends, trouble),
    chaos.rules(closing, trouble, more),
    chaos.rules(ranges, chaos.actions("delay 20ms", "drop", "delay 300ms")),
    chaos.state_rules(
        chaos.entries(
            "client=fin-wait-1", "client=fin-wait-2", "client=time-wait", "client=close-wait", "client=last-ack",
            "server=close-wait", "server=last-ack", "server=fin-wait-1", "server=fin-wait-2", "server=time-wait",
        ),
        more,
        after_us=(0, *times),
    ),
    scenes=("", "client syn: remove TS"),
)  # fmt: skip
workloads = ("echo", "request-response", "half-close-client", "half-close-server", "bulk-both", "keepalive")
