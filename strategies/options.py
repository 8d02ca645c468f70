"""Options that are missing, wrong, doubled, out of place, or say what is not true.

Options are agreed on in two segments and then trusted; their lengths are written by the peer. What is looked for: an
endpoint that uses what was never agreed on, believes a timestamp from the future or a SACK of what was never sent,
reads beyond the header, or lets one bad option spoil a good connection.
"""

import tcpchaos.search as chaos

opening = chaos.selectors("client syn", "server syn-ack")
segments = chaos.selectors("client data", "server data", "client ack", "server ack", nth=(1, 2))
stretches = chaos.selectors("client ack", "client any", "server any", "client data", "server data", "client data again")
lists = (
    "<>", "<nop>", "<mss 0>", "<mss 600>", "<wscale 15>", "<wscale 0>", "<kind 254 dead>", "<mss 1460,mss 9>",
    "<nop,nop,sack snd.una:snd.una+3000>", "<nop,nop,sack snd.una-9:snd.una>", "<nop,nop,TS val 1000000000 ecr 0>",
    "<sackOK,sackOK>", "<md5 00112233445566778899aabbccddeeff>", "<uto 30s>", "<FO>", "<raw 0200>", "<raw 08>",
)  # fmt: skip

plans = chaos.plans(
    chaos.rules(opening, chaos.option_changes("wscale", "TS", "sackOK", "mss", lists=lists)),
    chaos.rules(segments, chaos.edits("tsval", "tsecr", by=(1, -1, 1000, -1000, -5000, 1 << 30, 1 << 31))),
    chaos.rules(
        segments,
        chaos.option_changes("TS", "sack", lists=lists),
        chaos.actions("drop", "tsval-=1000, corrupt 0 0xff", "delay 20ms", "duplicate"),
    ),
    chaos.rules(
        stretches,
        chaos.actions(
            "tsval-=1000", "remove TS", "remove sack", "add <nop,nop,sack snd.una:snd.una+3000>", "garble TS length 1",
            "remove sack, add <nop,nop,sack snd.una:snd.una+3000>", "tsecr-=1", "drop 20%",
        ),
    ),
    chaos.rules(
        segments,
        chaos.injections(
            "ack", 'data "forged"', to=("client", "server"), seq=("rcv.nxt", "rcv.nxt+50", "rcv.nxt+100000000"),
            more=("<nop,nop,TS val 1000000000 ecr 0>", "<nop,nop,TS val 1100 ecr 1000>", "<raw 0800>"),
        ),
    ),
    scenes=("", "client syn: remove TS", "client syn: remove sackOK"),
)  # fmt: skip
workloads = ("echo", "bulk-up", "bulk-down", "keepalive", "slow-reader")
