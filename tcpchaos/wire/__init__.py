"""Octets and packets: reading and writing IPv4, IPv6 and TCP without loss, and the text form of a segment.

Scapy repairs what it parses, which loses the very segment that a fuzzer was about, and is fifty times slower. Here
octets and meaning are two things: whatever parses is written back to the same octets, and an edit changes only what
it names. Legality is an opinion of the law, not of this part.

`options`, `icmp`, `ip` and `checksum` are modules to be used by their names: `options.mss(1460)`, `icmp.too_big(...)`.
"""

from tcpchaos.wire import checksum, icmp, ip, options
from tcpchaos.wire.basics import ACK, CWR, ECE, FIN, FLAG_NAMES, PSH, RST, SYN, URG, WireError
from tcpchaos.wire.build import build
from tcpchaos.wire.ip import fragment
from tcpchaos.wire.options import Option
from tcpchaos.wire.packet import Packet, parse
from tcpchaos.wire.segment import Segment, decode_segment
from tcpchaos.wire.text import TextError, notation, options_text, parse_options, parse_segment

__all__ = [
    "ACK",
    "CWR",
    "ECE",
    "FIN",
    "FLAG_NAMES",
    "PSH",
    "RST",
    "SYN",
    "URG",
    "Option",
    "Packet",
    "Segment",
    "TextError",
    "WireError",
    "build",
    "checksum",
    "decode_segment",
    "fragment",
    "icmp",
    "ip",
    "notation",
    "options",
    "options_text",
    "parse",
    "parse_options",
    "parse_segment",
]
