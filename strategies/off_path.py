"""What a blind attacker can send: right addresses and ports, and numbers that are only guessed.

Someone who sees nothing of a connection must not be able to end it, slow it down for long, or slip octets in:
segments are challenged or dropped, and not challenged without end (RFC 5961), ICMP errors about numbers that are not
under way are ignored (RFC 5927). What is looked for: a guess that works.
"""

import tcpchaos.search as chaos

either = ("client", "server")
guesses = chaos.numbers(
    "rcv.nxt+100000000", "rcv.nxt-100000000", "rcv.nxt+1000000000", "rcv.nxt+2147483648", "rcv.nxt+2147483647",
)  # fmt: skip
blind = chaos.injections(
    "rst", "syn", "ack", 'data "x"', "fin", "flags=rst|ack", "syn-ack", "flags=none", "flags=syn|fin", to=either,
    seq=guesses, ack=("snd.nxt+100000000", "snd.nxt-100000000", "snd.nxt+2147483648", 0),
)  # fmt: skip
moments = chaos.selectors("client data", "server data", "client ack", "server ack", nth=(1, 2, 4))
floods = chaos.selectors("any ack", "client data", "server data", "server ack#1-60")

plans = chaos.plans(
    chaos.rules(moments, blind),
    chaos.rules(floods, blind),
    chaos.rules(
        moments,
        chaos.icmp_errors(
            "port-unreachable", "host-unreachable", "too-big", to=either, mtu=(1280, 68), seq=guesses
        ),
    ),
    chaos.state_rules(
        chaos.entries("server=established", "client=established"), blind, after_us=(0, 10_000, 500_000)
    ),

)  # fmt: skip
workloads = ("echo", "keepalive", "bulk-up", "bulk-down")
