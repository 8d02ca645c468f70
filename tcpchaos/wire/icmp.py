"""ICMP errors that quote a packet, of IPv4 (RFC 792) and IPv6 (RFC 4443), as routers and hosts send them.

A receiver believes an error where the quoted ports and sequence number are those of a connection of its own, which
is why an error is made from a packet that was seen (RFC 5927 tells what may follow from that).
"""

import struct
from typing import Final

from tcpchaos.wire.basics import TCP, WireError
from tcpchaos.wire.checksum import internet, pseudo_header
from tcpchaos.wire.ip import IPv4, IPv6
from tcpchaos.wire.packet import Packet

ICMP: Final = 1
ICMPV6: Final = 58

# An error is no longer than what everyone must be able to receive (RFC 1812, section 4.3.2.3; RFC 4443, section 2.4).
_MOST_OCTETS: Final = {4: 576, 6: 1280}

# Types that are errors about a packet.
_ERRORS: Final = {4: frozenset({3, 4, 5, 11, 12}), 6: frozenset({1, 2, 3, 4})}

# Type and code of those that say that the way is interrupted, and the type that says that it is too long.
_SOFT: Final = {4: frozenset({(3, 0), (3, 1), (3, 5)}), 6: frozenset({(1, 0), (1, 3)})}
_EXCEEDED: Final = {4: 11, 6: 3}

# The codes of "destination unreachable" by name, for each version.
UNREACHABLE: Final = {
    4: {"net": 0, "host": 1, "protocol": 2, "port": 3, "fragmentation-needed": 4, "source-route": 5, "admin": 13},
    6: {"net": 0, "admin": 1, "scope": 2, "host": 3, "port": 4, "policy": 5, "reject": 6},
}


def unreachable(packet: Packet, *, code: int | str, mtu: int = 0, source: bytes | None = None) -> bytes:
    """Return the IP packet that tells the sender of `packet` that its destination is unreachable.

    `code` is a number or a name out of `UNREACHABLE`; `mtu` (octets) is told by "fragmentation-needed" (RFC 1191).
    It comes from `source`, or else from the destination itself. Raises WireError where a value does not fit.
    """
    codes = UNREACHABLE[packet.version]
    if isinstance(code, str):
        if code not in codes:
            raise WireError(f"IPv{packet.version} has no unreachable code {code!r}, only {', '.join(codes)}")
        code = codes[code]
    return error(packet, 3 if packet.version == 4 else 1, code, mtu, source)


def too_big(packet: Packet, *, mtu: int, source: bytes | None = None) -> bytes:
    """Return "packet too big" or, in IPv4, "fragmentation needed", with the next link's `mtu` in octets.

    RFC 8201 and RFC 1191. Raises WireError where the MTU does not fit.
    """
    if packet.version == 4:
        return error(packet, 3, UNREACHABLE[4]["fragmentation-needed"], mtu, source)
    return error(packet, 2, 0, mtu, source)


def time_exceeded(packet: Packet, *, code: int = 0, source: bytes | None = None) -> bytes:
    """Return "time exceeded": 0 in transit, 1 in reassembly. Raises WireError where the code does not fit."""
    return error(packet, 11 if packet.version == 4 else 3, code, 0, source)


def parameter_problem(packet: Packet, *, pointer: int, code: int = 0, source: bytes | None = None) -> bytes:
    """Return "parameter problem" at the octet `pointer`. Raises WireError where a value does not fit."""
    if packet.version == 6:
        return error(packet, 4, code, pointer, source)
    if not 0 <= pointer <= 255:
        raise WireError(f"an IPv4 parameter problem cannot point at octet {pointer}")
    return error(packet, 12, code, pointer << 24, source)


def source_quench(packet: Packet, *, source: bytes | None = None) -> bytes:
    """Return "source quench", which TCP must ignore (RFC 6633). Raises WireError in IPv6, which has none."""
    if packet.version == 6:
        raise WireError("IPv6 has no source quench")
    return error(packet, 4, 0, 0, source)


def error(packet: Packet, kind: int, code: int, rest: int, source: bytes | None = None) -> bytes:
    """Return an ICMP error of any type, code and second word that quotes `packet` and is sent to its sender.

    Raises WireError where a value does not fit or `source` is of the other IP version.
    """
    src = packet.dst if source is None else source
    dst = packet.src
    if len(src) != len(dst):
        raise WireError(f"a source of {len(src)} octets is not of IPv{packet.version}")
    header = 20 if packet.version == 4 else 40
    quoted = packet.octets[: min(packet.end, _MOST_OCTETS[packet.version] - header - 8)]
    try:
        message = struct.pack("!BBHI", kind, code, 0, rest) + quoted
    except struct.error as problem:
        raise WireError(f"a field of the ICMP header cannot hold its value: {problem}") from None
    covered = message if packet.version == 4 else pseudo_header(src + dst, len(message), ICMPV6) + message
    message = message[:2] + internet(covered).to_bytes(2, "big") + message[4:]
    if packet.version == 4:
        return IPv4(src=src, dst=dst, protocol=ICMP, payload=message).encode()
    return IPv6(src=src, dst=dst, protocol=ICMPV6, payload=message).encode()


def quoted_flow(octets: bytes) -> tuple[bytes, bool] | None:
    """Return whom an ICMP error is about, and whether it is more than news of an MTU; None for what is no such error.

    That is the key of the packet that it quotes, which its receiver has sent. `octets` are an IP packet without options
    or extension headers; the packet that is quoted may be cut short behind the ports.
    """
    version, at = octets[0] >> 4, 20 if octets[0] >> 4 == 4 else 40
    protocol = octets[9 if version == 4 else 6]
    inner = octets[at + 8 :]
    if len(inner) < at + 4 or protocol != (ICMP if version == 4 else ICMPV6) or inner[0] >> 4 != version:
        return None
    kind, code = octets[at], octets[at + 1]
    if kind not in _ERRORS[version] or inner[9 if version == 4 else 6] != TCP:
        return None
    too_big = (version, kind, code) == (4, 3, UNREACHABLE[4]["fragmentation-needed"]) or (version, kind) == (6, 2)
    ports_at = (inner[0] & 15) * 4 if version == 4 else 40
    key = inner[12 if version == 4 else 8 : at] + inner[ports_at : ports_at + 4]
    return (key, not too_big) if len(key) == (12 if version == 4 else 36) else None


def is_soft(octets: bytes) -> bool:
    """Tell whether an ICMP error may pass, so that it must not end an open connection (RFC 9293, section 3.9.2.2).

    `octets` are an IP packet without options or extension headers, as `error` makes it.
    """
    version, at = octets[0] >> 4, 20 if octets[0] >> 4 == 4 else 40
    kind, code = octets[at], octets[at + 1]
    return (kind, code) in _SOFT[version] or kind == _EXCEEDED[version]


def describe(octets: bytes) -> str:
    """Return what an ICMP error says, such as `icmp unreachable port` or `icmp too-big mtu 1280`.

    `octets` are an IP packet without options or extension headers, as `error` makes it.
    """
    version, at = octets[0] >> 4, 20 if octets[0] >> 4 == 4 else 40
    kind, code, _, rest = struct.unpack_from("!BBHI", octets, at)
    if (version, kind, code) == (4, 3, UNREACHABLE[4]["fragmentation-needed"]) or (version, kind) == (6, 2):
        return f"icmp too-big mtu {rest}"
    if (version, kind) in ((4, 3), (6, 1)):
        names = {number: name for name, number in UNREACHABLE[version].items()}
        return f"icmp unreachable {names.get(code, f'code {code}')}"
    return f"icmp type {kind} code {code}"
