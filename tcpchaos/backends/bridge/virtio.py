"""What a sender leaves for its network card to do, and how it is done here.

A kernel's TCP hands its card runs of segments, with the checksum begun, and says in a header of ten octets before the
frame (linux/virtio_net.h) how the card is to cut and to finish them. Within one machine nobody ever does: the frame
reaches the other end as it is, and that is what makes it fast. Whoever wants the segments cuts them as a card would
have: there is one way to do that, or a kernel could not leave it to cards.
"""

import struct
from collections.abc import Iterator
from typing import Final

from tcpchaos.backends.lab.frames import IPV4, TAG_OCTETS, ip_at, tagged
from tcpchaos.seq import add
from tcpchaos.wire import CWR, FIN, PSH
from tcpchaos.wire.basics import TCP_HEADER_OCTETS
from tcpchaos.wire.checksum import internet, residue

_HEADER: Final = struct.Struct("=BBHHHH")  # flags, kind of run, headers' octets, octets a segment, checksum from and at
OCTETS: Final = _HEADER.size
# Before a frame of which nothing is left to do.
DONE: Final = bytes(OCTETS)

_BEGUN: Final = 1  # VIRTIO_NET_HDR_F_NEEDS_CSUM: the field holds the sum of the pseudo-header
_TCP_RUNS: Final = frozenset((1, 4))  # VIRTIO_NET_HDR_GSO_TCPV4 and GSO_TCPV6
_WITH_CWR: Final = 0x80  # VIRTIO_NET_HDR_GSO_ECN
_TCP_CHECKSUM_AT: Final = 16
_IPV4_HEADER_OCTETS: Final = 20
_IPV6_HEADER_OCTETS: Final = 40
_ONES: Final = 0xFFFF
# What only one segment of a run has: CWR says something once (RFC 3168, section 6.1.2).
_FIRST_ALONE: Final = CWR
_LAST_ALONE: Final = FIN | PSH

_pack_word = struct.Struct("!H").pack_into
_pack_words = struct.Struct("!HH").pack_into
_pack_number = struct.Struct("!I").pack_into
_word = struct.Struct("!H").unpack_from
_number = struct.Struct("!I").unpack_from


def unfinished(frame: bytes) -> bool:
    """Tell whether something is left to do of a frame behind its header."""
    return bool(frame[0] & _BEGUN or frame[1])


def with_tag(frame: bytes, kind: int, tag: int) -> bytes:
    """Return a frame behind its header with its outer VLAN tag back at its place, as `frames.tagged` does."""
    flags, run, headers, size, begin, at = _HEADER.unpack_from(frame)
    if headers:
        headers += TAG_OCTETS
    if flags & _BEGUN:
        begin += TAG_OCTETS
    return _HEADER.pack(flags, run, headers, size, begin, at) + tagged(frame[OCTETS:], kind, tag)


def finished(frame: bytes) -> list[bytes] | None:
    """Do what is left to do of a frame behind its header: return the frames that it stands for, each behind its own.

    One that isn't TCP's stands for itself. None where it is TCP's, and says what cannot be.
    """
    flags, run, _, size, begin, at = _HEADER.unpack_from(frame)
    if run & ~_WITH_CWR not in _TCP_RUNS and at != _TCP_CHECKSUM_AT:
        return [frame]
    tcp_at = OCTETS + begin
    if not flags & _BEGUN or at != _TCP_CHECKSUM_AT or tcp_at + TCP_HEADER_OCTETS > len(frame):
        return None
    if not run:
        return [_summed(frame, tcp_at)]
    if run & ~_WITH_CWR not in _TCP_RUNS or not size:
        return None
    ip = ip_at(frame, OCTETS)
    data_at = tcp_at + (frame[tcp_at + 12] >> 4) * 4
    if not ip or not tcp_at + TCP_HEADER_OCTETS <= data_at < len(frame):
        return None
    is_ipv4 = frame[ip - 2 : ip] == IPV4
    length_at, least = (ip + 2, _IPV4_HEADER_OCTETS) if is_ipv4 else (ip + 4, _IPV6_HEADER_OCTETS)
    # A run of more than 64 KiB does not say how long it is, or in an option that its segments don't have.
    if ip + least > tcp_at or not any(frame[length_at : length_at + 2]):
        return None
    return list(_cut(frame, ip, tcp_at, data_at, size, is_ipv4=is_ipv4))


def _summed(frame: bytes, tcp_at: int) -> bytes:
    at = tcp_at + _TCP_CHECKSUM_AT
    return DONE + frame[OCTETS:at] + internet(frame[tcp_at:]).to_bytes(2, "big") + frame[at + 2 :]


def _cut(frame: bytes, ip: int, tcp_at: int, data_at: int, size: int, *, is_ipv4: bool) -> Iterator[bytes]:
    """Yield the segments of a run: each has `size` octets, the last one what is left.

    Each has the headers of the run, but for the lengths, the identification of IPv4, the number, the checksums, and the
    flags that the first or the last has alone. What a checksum covers is summed once where it is the same in all.
    """
    head = bytearray(DONE + frame[OCTETS:data_at])
    number, flags = _number(head, tcp_at + 4)[0], head[tcp_at + 13]
    identification = _word(head, ip + 4)[0] if is_ipv4 else 0
    _pack_number(head, tcp_at + 4, 0)
    head[tcp_at + 13] = 0
    same = residue(bytes(head[tcp_at:])) - (len(frame) - tcp_at)  # the pseudo-header in it has the length of the run
    same_in_ip = 0
    if is_ipv4:
        _pack_number(head, ip + 2, 0)
        _pack_word(head, ip + 10, 0)
        same_in_ip = residue(bytes(head[ip:tcp_at]))
    tcp_octets, ip_octets = data_at - tcp_at, tcp_at - ip
    last = len(frame) - size
    for at in range(data_at, len(frame), size):
        payload = frame[at : at + size]
        octets = tcp_octets + len(payload)
        its_flags = flags if at >= last else flags & ~_LAST_ALONE
        its_flags = its_flags if at == data_at else its_flags & ~_FIRST_ALONE
        if is_ipv4:
            length = ip_octets + octets
            _pack_words(head, ip + 2, length, identification)
            _pack_word(head, ip + 10, -(same_in_ip + length + identification) % _ONES)
            identification = identification + 1 & 0xFFFF
        else:
            _pack_word(head, ip + 4, ip_octets - _IPV6_HEADER_OCTETS + octets)
        _pack_number(head, tcp_at + 4, number)
        head[tcp_at + 13] = its_flags
        covered = same + octets + (number >> 16) + (number & 0xFFFF) + its_flags + residue(payload)
        _pack_word(head, tcp_at + _TCP_CHECKSUM_AT, -covered % _ONES)
        number = add(number, len(payload))
        yield bytes(head) + payload
