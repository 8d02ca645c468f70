"""The same range twice with other octets: what came first, what came last, or what fits?

Receivers differ in which of two copies they believe, which is how attackers slip past whoever watches. What is looked
for: octets that mix both copies wrongly, are read twice or out of place, holes that close in the wrong way, and
senders that send other octets the second time.
"""

import tcpchaos.search as chaos

either = ("client", "server")
data = chaos.selectors("client data", "server data", nth=(1, 2, 3, 5))
places = (
    "seg.seq", "seg.seq-1", "seg.seq+1", "seg.seq+seg.len-1", "seg.seq+seg.len", "seg.seq-50", "seg.seq+50",
    "rcv.nxt", "rcv.nxt-5", "rcv.nxt+50", "rcv.nxt+1000",
)  # fmt: skip
forged = chaos.injections('data "forged"', 'data "x"', 'flags=fin|psh|ack "end"', to=either, seq=places)

plans = chaos.plans(
    chaos.rules(data, forged),
    chaos.rules(
        data,
        chaos.actions(
            "duplicate", "split 1", "truncate 5", "truncate 700", "hold 1", "delay 20ms", "drop", "seq-=1", "seq+=1",
            "seq-=50", "seq+=50", "coalesce", "split every 100", "corrupt 0 0xff", "corrupt 0 0xff, checksum=bad",
            "duplicate 1 after 20ms",
        ),
    ),
    chaos.rules(
        chaos.selectors("client data again", "server data again"),
        chaos.actions("split 1", "corrupt 0 0xff", "truncate 5", "seq-=1", "duplicate"),
    ),
    scenes=("", "client data#2: drop", "server data#2: drop", "client syn: remove TS", "client syn: remove sackOK"),
)  # fmt: skip
workloads = ("echo", "bulk-both", "request-response")
