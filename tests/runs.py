"""Runs of segments as a kernel leaves them to a card, and the segments that they stand for, both made from nothing."""

import struct
from typing import Any

from tcpchaos.seq import add
from tcpchaos.wire import CWR, FIN, PSH, build
from tcpchaos.wire.checksum import pseudo_header, residue

MACS = bytes.fromhex("020000000002020000000001")
IPV4, IPV6, TAG = b"\x08\x00", b"\x86\xdd", b"\x81\x00\x60\x07"
A, B = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])
A6, B6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")

HEADER = struct.Struct("=BBHHHH")
BEGUN, TCPV4, TCPV6, WITH_CWR = 1, 1, 4, 0x80
NOTHING = HEADER.pack(0, 0, 0, 0, 0, 0)


def frame(octets: bytes, tags: bytes = b"") -> bytes:
    """A packet in a frame of which nothing is left to do."""
    return NOTHING + MACS + tags + (IPV4 if octets[0] >> 4 == 4 else IPV6) + octets


def begun(octets: bytes, tags: bytes = b"", *, size: int = 0, echo: int = 0) -> bytes:
    """The same with a checksum that holds the sum of the pseudo-header, to be cut every `size` octets of payload."""
    at, addresses = (20, octets[12:20]) if octets[0] >> 4 == 4 else (40, octets[8:40])
    whole = frame(octets, tags)
    front = len(whole) - len(octets)
    sum_of_pseudo = residue(pseudo_header(addresses, len(octets) - at, 6))
    kind = 0 if not size else (TCPV4 if at == 20 else TCPV6) | (WITH_CWR if echo else 0)
    begin = front - len(NOTHING) + at
    headers = begin + (octets[at + 12] >> 4) * 4 if size else 0
    checksum_at = front + at + 16
    return (
        HEADER.pack(BEGUN, kind, headers, size, begin, 16)
        + whole[len(NOTHING) : checksum_at]
        + sum_of_pseudo.to_bytes(2, "big")
        + whole[checksum_at + 2 :]
    )


def run(payload: bytes, size: int, tags: bytes = b"", **fields: Any) -> bytes:
    """A run of segments of `size` octets, with these fields."""
    return begun(build(payload=payload, **fields).octets, tags, size=size, echo=fields["flags"] & CWR)


def segments(payload: bytes, size: int, tags: bytes = b"", **fields: Any) -> list[bytes]:
    """The frames for which that stands."""
    found = []
    for number, at in enumerate(range(0, len(payload), size)):
        flags = fields["flags"]
        if number:
            flags &= ~CWR
        if at + size < len(payload):
            flags &= ~(FIN | PSH)
        its = {"seq": add(fields["seq"], at), "flags": flags}
        if len(fields["src"]) == 4:
            its["ip_id"] = (fields.get("ip_id", 0) + number) & 0xFFFF
        found.append(frame(build(payload=payload[at : at + size], **{**fields, **its}).octets, tags))
    return found
