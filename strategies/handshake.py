"""The first segments of a connection: lost, late, doubled, answered wrongly, or not what they claim to be.

Endpoints are at their weakest here: one side believes in a connection of which the other knows nothing yet, options
are agreed on once and for all, and every number is new. What is looked for: a connection that opens on the wrong
answer, one that is given up too soon or half open for ever, and options that only one side believes in.
"""

import tcpchaos.search as chaos

opening = chaos.selectors("client syn", "server syn-ack", "client ack", "client data", nth=(1, 2))
first = chaos.selectors("client syn#1", "server syn-ack#1", "client ack#1")
either = ("client", "server")

trouble = chaos.actions(
    "delay 20ms", "drop", "duplicate", "hold 1", "delay 500ms", "delay 900ms", "blackhole both for 300ms"
)  # fmt: skip
lies = chaos.actions(
    "ack+=1", "ack-=1", "ack+=100", "ack+=1000", "seq+=1", "seq-=1", "flags=ack", "flags=fin", "flags=rst",
    "flags=syn", "flags=syn|fin", "flags=none", "flags+=psh", "flags+=ece|cwr", "flags=ack, ack=4711",
    "corrupt 0 0xff", "checksum=bad", "window=0", "window=2000", "sport=1",
)  # fmt: skip
terms = chaos.actions(
    "remove wscale", "remove TS", "remove sackOK", "remove mss", "mss=600", "mss=0", "wscale=15", "options=<>",
    "add <FO 0102030405060708>", "garble mss length 1", "tsval=0",
)  # fmt: skip
strangers = chaos.injections("rst", "syn", "ack", "syn-ack", 'data "x"', "fin", to=either, seq=chaos.seqs())
refusals = chaos.injections("flags=rst|ack", "syn-ack", "ack", to=either, seq=(0, "rcv.nxt"), ack=chaos.acks())

plans = chaos.plans(
    chaos.rules(first, trouble, lies, terms),
    chaos.rules(opening, trouble, strangers),
    chaos.state_rules(
        chaos.entries("client=syn-sent", "server=syn-received", "client=established"),
        strangers,
        refusals,
        after_us=(0, 10_000, 500_000),
    ),
)
workloads = ("handshake", "echo", "bulk-down", "keepalive")
