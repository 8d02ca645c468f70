"""What is said to the kernel's packet queues, and what they say: netlink messages as octets, without a socket.

Layouts: linux/netlink.h, linux/netfilter/nfnetlink.h, linux/netfilter/nfnetlink_queue.h. Headers are in the machine's
order of octets, what is inside of attributes in the network's.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

NETLINK_NETFILTER: Final = 12
# The lengths of an attribute are 16 bits and count its header: a packet that is longer than this comes cut.
MOST_OCTETS: Final = 0xFFFF - 4

# Where in the kernel a packet was when it was queued (enum nf_inet_hooks).
LOCAL_IN, FORWARD, LOCAL_OUT = 1, 2, 3
DROP, ACCEPT = 0, 1

_QUEUE: Final = 3 << 8  # NFNL_SUBSYS_QUEUE, the upper half of a type
_PACKET, _VERDICT, _CONFIG = _QUEUE | 0, _QUEUE | 1, _QUEUE | 2
_ERROR: Final = 2
_REQUEST, _ACKNOWLEDGE = 1, 4

_HEADER: Final = struct.Struct("=IHHII")  # length, type, flags, number, port
_FAMILY: Final = struct.Struct("!BBH")  # struct nfgenmsg: any family, version 0, the queue's number
_ATTRIBUTE: Final = struct.Struct("=HH")
_BODY_AT: Final = _HEADER.size + _FAMILY.size
_KIND: Final = 0x3FFF  # the upper two bits of an attribute's kind are flags

# NFQA_CFG_*
_COMMAND, _PARAMETERS, _MOST_WAITING, _MASK, _FLAGS = 1, 2, 3, 4, 5
_BIND: Final = struct.pack("!BxH", 1, 0)
_UNBIND: Final = struct.pack("!BxH", 2, 0)
_COPY_WHOLE: Final = struct.pack("!IB", 0xFFFF, 2)
_FAIL_OPEN: Final = 1
_UNCUT: Final = 4  # NFQA_CFG_F_GSO

# NFQA_*
_PACKET_HEADER, _VERDICT_HEADER, _INDEV, _OUTDEV, _PAYLOAD, _WHOLE_OCTETS = 1, 2, 5, 6, 10, 13
_PLACE: Final = struct.Struct("!IHB")  # number, protocol, hook
_NUMBER: Final = struct.Struct("!I")
_number: Final = _NUMBER.pack
_DECISION: Final = struct.Struct("!II")
_VERDICT_AT: Final = _ATTRIBUTE.pack(_ATTRIBUTE.size + _DECISION.size, _VERDICT_HEADER)


class Queued(NamedTuple):
    """A packet that waits in a queue for a verdict.

    `hook` is where in the kernel, `indev` and `outdev` are the numbers of the interfaces that it came in by and goes
    out by, 0 for none. `whole_octets` is how long it is, and `octets` may be less.
    """

    number: int
    hook: int
    indev: int
    outdev: int
    octets: bytes
    whole_octets: int


def bind(queue: int, most_waiting: int) -> list[bytes]:
    """Ask for a queue in which so many packets may wait: whole ones, which pass where they cannot be queued.

    What a network card would have had to cut into segments comes cut, and with its checksums finished. Each message
    is answered with an error number (`errors`).
    """
    return [
        _config(queue, _attribute(_COMMAND, _BIND)),
        _config(queue, _attribute(_PARAMETERS, _COPY_WHOLE)),
        _config(queue, _attribute(_FLAGS, _number(_FAIL_OPEN)) + _attribute(_MASK, _number(_FAIL_OPEN | _UNCUT))),
        _config(queue, _attribute(_MOST_WAITING, _number(most_waiting))),
    ]


def unbind(queue: int) -> bytes:
    """Give a queue back: what still waits in it is dropped."""
    return _config(queue, _attribute(_COMMAND, _UNBIND))


def verdict(queue: int, number: int, decision: int, octets: bytes | None = None) -> bytes:
    """Say what becomes of a queued packet: DROP or ACCEPT, with other octets in the place of its own where given."""
    decided = _VERDICT_AT + _DECISION.pack(decision, number)
    if octets is not None:
        decided += _attribute(_PAYLOAD, octets)
    return _HEADER.pack(_BODY_AT + len(decided), _VERDICT, _REQUEST, 0, 0) + _FAMILY.pack(0, 0, queue) + decided


def errors(octets: bytes) -> Iterator[int]:
    """The answers in a datagram: 0 for a request that was done, or the error number of one that was not."""
    at = 0
    while at + _HEADER.size + 4 <= len(octets):
        length, kind, _, _, _ = _HEADER.unpack_from(octets, at)
        if kind == _ERROR:
            yield -struct.unpack_from("=i", octets, at + _HEADER.size)[0]
        at += max(length, _HEADER.size) + 3 & ~3


def packets(octets: bytes | memoryview) -> Iterator[Queued]:
    """The queued packets in a datagram; what is not understood is left out."""
    at = 0
    while at + _BODY_AT <= len(octets):
        length, kind, _, _, _ = _HEADER.unpack_from(octets, at)
        end = min(at + length, len(octets))
        if kind == _PACKET:
            found = _packet(octets, at + _BODY_AT, end)
            if found is not None:
                yield found
        at += max(length, _HEADER.size) + 3 & ~3


def _packet(octets: bytes | memoryview, at: int, end: int) -> Queued | None:
    place: tuple[int, int, int] | None = None
    indev = outdev = 0
    payload = b""
    whole = 0
    while at + 4 <= end:
        size, kind = _ATTRIBUTE.unpack_from(octets, at)
        if size < 4:
            return None
        kind &= _KIND
        body = at + 4
        if kind == _PAYLOAD:
            payload = bytes(octets[body : at + size])
        elif kind == _PACKET_HEADER:
            place = _PLACE.unpack_from(octets, body)
        elif kind == _INDEV:
            (indev,) = _NUMBER.unpack_from(octets, body)
        elif kind == _OUTDEV:
            (outdev,) = _NUMBER.unpack_from(octets, body)
        elif kind == _WHOLE_OCTETS:
            (whole,) = _NUMBER.unpack_from(octets, body)
        at += size + 3 & ~3
    if place is None:
        return None
    return Queued(place[0], place[2], indev, outdev, payload, whole or len(payload))


def _attribute(kind: int, body: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(body), kind) + body + bytes(-len(body) % 4)


def _config(queue: int, attributes: bytes) -> bytes:
    size = _BODY_AT + len(attributes)
    return _HEADER.pack(size, _CONFIG, _REQUEST | _ACKNOWLEDGE, 0, 0) + _FAMILY.pack(0, 0, queue) + attributes
