"""Resets at every position, in every state, once and in floods; and real ones that are lost.

RFC 5961 asks for one number: the exact one ends the connection, the rest of the window is challenged, and everything
else is dropped. What is looked for: a connection that dies of a guess, one that outlives an exact reset, challenges
without end, silence where a challenge is due, and applications that never learn why it ended.
"""

import tcpchaos.search as chaos

either = ("client", "server")
forged = chaos.injections("rst", "flags=rst|ack", to=either, seq=chaos.seqs())
close = chaos.injections("rst", to=either, seq=chaos.near("rcv.nxt", within=9))

plans = chaos.plans(
    chaos.rules(
        chaos.selectors("client data", "server data", "client ack", "client syn#1", "server syn-ack#1", nth=(1, 2)),
        forged,
        close,
    ),
    chaos.rules(
        chaos.selectors("any rst", "client rst", "server rst"),
        chaos.actions("delay 20ms", "drop", "duplicate", "seq+=1", "seq-=1", "flags+=fin", "duplicate 1 after 1s"),
    ),
    chaos.rules(chaos.selectors("server ack#2-60", "client ack#2-60"), close),
    chaos.rules(
        chaos.selectors("client data", "server data", "any ack", nth=(1, 2)),
        chaos.actions("delay 20ms", "drop", "flags=rst", "flags=rst|ack", "blackhole both for 300ms"),
    ),
    chaos.state_rules(
        chaos.entries(
            "server=established", "client=established", "server=syn-received", "client=syn-sent", "client=fin-wait-1",
            "client=time-wait", "server=close-wait", "server=last-ack", "server=closed", "client=closed",
        ),
        forged,
        close,
        chaos.injections("rst", "flags=rst|ack", to=either, seq=("snd.nxt", 0, 4711), ack=("snd.nxt", 4711)),
        after_us=(0, 10_000, 500_000, 700_000, 1_000_000),
    ),
)  # fmt: skip
workloads = ("echo", "keepalive", "abort", "abort-server", "half-close-client", "request-response")
