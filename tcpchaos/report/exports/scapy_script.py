"""A case as a script for scapy: it plays the client's part against a server of the user's, segment by segment.

Each segment that reached the server under the plan is sent again with its flags, options and payload, right or wrong;
numbers are relative to the initial ones of the new connection, and what a segment answers is waited for.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from textwrap import fill
from typing import Final

from tcpchaos.corpus.case import Case
from tcpchaos.report.exports.story import Step, Story
from tcpchaos.seq import diff
from tcpchaos.wire import ACK, FIN, SYN
from tcpchaos.wire.options import SACK, TIMESTAMPS

_LETTERS: Final = "FSRPAUEC"  # as scapy writes flags, from the lowest bit
_PAUSE_US: Final = 50_000  # a gap as long as this was meant, or is a timer of the client's

_WIDTH: Final = 115  # columns of its docstring

_HEAD: Final = '''\
#!/usr/bin/env python3
"""{title}

{about}Plays the client's part of this case against a server. The plan:

{plan}

    python3 {file} HOST PORT [SOURCE]

wants scapy and the right to send raw packets. The kernel knows nothing of this connection and would reset it: give as
SOURCE an address that no host has and the server's network leads here, or keep the kernel from sending:

    iptables -A OUTPUT -p tcp --tcp-flags RST RST -d HOST --dport PORT -j DROP
"""

import os
import struct
import sys
import threading
import time

from scapy.all import IP, TCP, AsyncSniffer, IPv6, Raw, conf, raw

ANSWER_S = 3.0  # how long an answer is waited for before the next segment is sent all the same


def say(line):
    os.write(1, f"{{line}}\\n".encode())  # at once and whole, whichever thread says it


class Client:
    """One connection, as its client has it: what was heard of the server, in numbers relative to the initial ones."""

    def __init__(self, host, port, source):
        self.ip = (IPv6 if ":" in host else IP)(dst=host, **({{"src": source}} if source else {{}}))
        self.ports = 20000 + os.getpid() % 20000, port
        self.iss, self.irs, self.ts = 4294967290, 0, 0
        self.heard = self.acked = 0
        self.news = threading.Condition()

    def hear(self, packet):
        tcp = packet.getlayer(TCP)
        if tcp is None or (tcp.dport, tcp.sport) != self.ports:
            return
        with self.news:
            if tcp.flags.S:
                self.irs = tcp.seq
            size = len(tcp.payload) if packet.getlayer(Raw) else 0
            start = (tcp.seq - self.irs) % 2**32
            self.heard = max(self.heard, start + size + bool(tcp.flags.S) + bool(tcp.flags.F))
            ack = (tcp.ack - self.iss) % 2**32 if tcp.flags.A else 0
            self.acked = max(self.acked, ack)
            self.ts = dict(tcp.options).get("Timestamp", (self.ts, 0))[0]
            say(f"< {{tcp.flags}} {{start}}:{{start + size}}({{size}}) ack {{ack}}")
            self.news.notify_all()

    def wait(self, *, heard=0, acked=0):
        """Wait until so much of the server was heard, and so much was acknowledged."""
        with self.news:
            self.news.wait_for(lambda: self.heard >= heard and self.acked >= acked, ANSWER_S)

    def send(self, flags, seq, ack=0, *, window, options=(), payload=b"", urgent=0, offset=None, reserved=0, off=0):
        """Send a segment; in options, "ecr" is the last stamp heard and a number a place in the server's stream.

        `off` are the bits in which the checksum is wrong.
        """
        rest = b"".join(part if isinstance(part, bytes) else self.number(part) for part in options)
        tcp = TCP(
            sport=self.ports[0],
            dport=self.ports[1],
            flags=flags,
            seq=(self.iss + seq) % 2**32,
            ack=(self.irs + ack) % 2**32 if "A" in flags else 0,
            window=window,
            urgptr=urgent,
            reserved=reserved,
            dataofs=5 + len(rest) // 4 if offset is None else offset,
        )
        packet = self.ip / tcp / Raw(rest + payload)
        if off:
            tcp_at = len(raw(self.ip))
            right = struct.unpack_from("!H", raw(packet), tcp_at + 16)[0]
            packet[TCP].chksum = right ^ off
        say(f"> {{flags}} {{seq}}:{{seq + len(payload)}}({{len(payload)}}) ack {{ack}}")
        self.socket.send(packet)

    def number(self, part):
        return struct.pack("!I", self.ts if part == "ecr" else (self.irs + part) % 2**32)

    def run(self):
        started = threading.Event()
        route = self.ip.route()
        sniffer = AsyncSniffer(iface=route[0], prn=self.hear, store=False, started_callback=started.set)
        sniffer.start()
        started.wait()
        self.socket = conf.L3socket(iface=route[0])
        try:
            conversation(self)
        finally:
            sniffer.stop()
            self.socket.close()


def conversation(client):
'''

_TAIL: Final = """

if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    Client(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) == 4 else None).run()
"""


def scapy_script(case: Case, story: Story, *, file: str) -> str:
    """Return the script; the story is the server's, since the script is its client."""
    about = fill(case.about, _WIDTH) + "\n\n" if case.about else ""
    plan = "\n".join(f"    {line}" for line in case.plan) or "    (none)"
    title, about, plan = (text.replace("\\", "\\\\").replace('"""', "'''") for text in (case.title, about, plan))
    head = _HEAD.format(title=title, about=about, plan=plan, file=file)
    return head + "".join(f"    {line}\n" for line in _conversation(story)) + _TAIL


def _conversation(story: Story) -> Iterator[str]:
    heard = acked = 0
    known = (0, 0)
    yield '"""Play the client; what is waited for is how far the server had come when a segment reached it."""'
    for before, step in pairwise((None, *story.steps)):
        assert step is not None
        if step.icmp:
            yield f"# an ICMP error came here, at {step.at_us} us"
        elif step.sent:
            packet = step.packet
            heard = max(heard, story.seq(step) + packet.size + bool(packet.flags & SYN) + bool(packet.flags & FIN))
            acked = max(acked, story.ack(step) if packet.flags & ACK else 0)
        else:
            if (heard, acked) != known:
                known = heard, acked
                yield f"client.wait(heard={heard}, acked={acked})"
            if before is not None and step.at_us - before.at_us >= _PAUSE_US:
                yield f"time.sleep({(step.at_us - before.at_us) / 1_000_000:.3f})"
            yield _send(story, step)


def _send(story: Story, step: Step) -> str:
    packet = step.packet
    flags = "".join(letter for bit, letter in enumerate(_LETTERS) if packet.flags >> bit & 1)
    words = [repr(flags), str(story.seq(step))]
    words += [str(story.ack(step))] if packet.flags & ACK else []
    words.append(f"window={packet.window}")
    parts = _options(story, step)
    words += [f"options=[{', '.join(map(repr, parts))}]"] if parts else []
    words += [f"payload={packet.payload!r}"] if packet.size else []
    words += [f"urgent={packet.urgent}"] if packet.urgent else []
    words += [f"offset={packet.offset}"] if packet.segment.offset is not None else []
    words += [f"reserved={packet.reserved}"] if packet.reserved else []
    words += [] if packet.checksum_ok else [f"off={packet.checksum ^ packet.right_checksum:#06x}"]
    return f"client.send({', '.join(words)})"


def _options(story: Story, step: Step) -> Sequence[bytes | str | int]:
    """Return the octets of the options, with a place held for each number that is another on each connection."""
    parts: list[bytes | str | int] = []
    for option in step.packet.options:
        if option.kind == TIMESTAMPS and len(option.body) == 8:
            parts += [bytes((TIMESTAMPS, 10)) + option.body[:4], "ecr" if any(option.body[4:]) else bytes(4)]
        elif option.kind == SACK and len(option.body) % 8 == 0:
            edges = [int.from_bytes(option.body[at : at + 4], "big") for at in range(0, len(option.body), 4)]
            parts += [bytes((SACK, len(option.body) + 2)), *(diff(edge, story.iss) for edge in edges)]
        else:
            parts.append(option.octets)
    return [piece for kind, group in groupby(parts, type) for piece in _joined(kind, list(group))]


def _joined(kind: type, parts: Sequence[bytes | str | int]) -> Sequence[bytes | str | int]:
    """Return octets that follow each other as one."""
    return [b"".join(part for part in parts if isinstance(part, bytes))] if kind is bytes else parts
