"""Octets and packets: reading and writing IPv4, IPv6 and TCP without loss, and the text form of a segment.

Scapy repairs what it parses, which loses the very segment that a fuzzer was about, and is fifty times slower. Here
octets and meaning are two things: whatever parses is written back to the same octets, and an edit changes only what
it names. Legality is an opinion of the law, not of this part.
"""

from tcpchaos.wire.basics import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, WireError
from tcpchaos.wire.build import build
from tcpchaos.wire.packet import Packet, parse

__all__ = ["ACK", "CWR", "ECE", "FIN", "PSH", "RST", "SYN", "URG", "Packet", "WireError", "build", "parse"]
