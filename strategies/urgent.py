"""Urgent pointers that appear, vanish, point backwards, at nothing, or beyond what was sent.

Nobody uses urgent data and every stack still has it, in its oldest code. What is looked for: octets that get lost or
change their place, a pointer that is taken back, and readers that stand still before a mark that never comes.
"""

import tcpchaos.search as chaos

segments = chaos.selectors("client data", "server data", "any any flags=psh|ack|urg", "client ack", nth=(1, 2, 3))
marks = chaos.actions(
    "flags-=urg", "urgent+=1", "urgent-=1", "urgent=0", "urgent=65535", "flags+=urg", "flags+=urg, urgent=0",
    "flags+=urg, urgent=1", "flags+=urg, urgent=2", "flags+=urg, urgent=65535", "flags+=urg|fin, urgent=1",
)  # fmt: skip
trouble = chaos.actions("delay 20ms", "drop", "duplicate", "split 1", "hold 1", "blackhole both for 500ms")
forged = chaos.injections(
    "flags=ack|urg", 'flags=psh|ack|urg "x"', to=("client", "server"),
    seq=("rcv.nxt", "rcv.nxt-1", "rcv.nxt+1", "rcv.nxt+100"), more=("urgent=1", "urgent=0", "urgent=65535"),
)  # fmt: skip

plans = chaos.plans(chaos.rules(segments, trouble, marks, forged))
workloads = ("urgent", "echo")
