"""Whether a segment that the proxy made up or changed can hurt: the line between survivable and lethal faults.

Loss, duplication, reordering, delay, re-segmentation, a wrong checksum, and whatever the receiver must discard or
challenge leave the applications' octets as they were: a promise that can be checked. An exact reset or forged octets
inside the window take that promise away.
"""

from typing import Final

from tcpchaos.rfc import Endpoint, State
from tcpchaos.rfc.rules.options import illegal_length
from tcpchaos.rfc.states import SYNCHRONIZED
from tcpchaos.rfc.timestamps import HALF
from tcpchaos.seq import unwrap
from tcpchaos.wire import ACK, FIN, RST, SYN, URG, Packet

_OTHER_OCTETS: Final = "other octets than were sent"
# RFC 9293, section 3.1 (MUST-7), suggests to reset the connection for one.
_ILLEGAL_LENGTH: Final = "an option of illegal length"
_MORE_OCTETS: Final = "octets that were never sent"
_NEW_FIN: Final = "a FIN that was never sent"
# What of it makes an application read what its peer never wrote; all else ends the stream early, if it does anything.
SPOILS: Final = frozenset({_OTHER_OCTETS, _MORE_OCTETS})

# After so long an endpoint on a busy machine has taken in an acknowledgment.
_TAKEN_IN_US: Final = 1_000_000


def harm(receiver: Endpoint, sender: Endpoint, packet: Packet) -> str | None:
    """Say what a packet that `sender` did not send in these octets does to `receiver`, None if nothing that lasts.

    To be asked before the receiver's knowledge learns of the packet.
    """
    if not packet.checksum_ok or not packet.ip_checksum_ok:
        return None
    flags = packet.flags
    if flags & RST:
        return "a reset that must be accepted" if receiver.may_accept_rst(packet) else None
    if flags & SYN:
        return _harm_of_syn(receiver, sender, packet)
    if receiver.irs is None or receiver.must_discard(packet) is not None:
        return None
    edge = receiver.promised + (receiver.rcv_wnd or 0)
    if unwrap(packet.seq, receiver.possible.nxt) > edge:
        return None  # beyond any window that may have been offered: it is dropped with all that its header says
    octets = _harm_of_octets(receiver, sender, packet)
    if octets is not None:
        return octets
    return _ILLEGAL_LENGTH if illegal_length(packet) is not None else _harm_of_header(receiver, sender, packet)


def may_end(receiver: Endpoint, seq: int | None, at_us: int, *, soft: bool) -> bool:
    """Tell whether an ICMP error that quotes this number, None for an unknown one, may end the connection.

    It has to be about what is in flight (RFC 5927, section 4.1), and hard or early: an application that has not taken
    over its connection yet may be told of a soft one, too, when it asks how its attempt went.
    """
    if soft and receiver.states <= SYNCHRONIZED and (receiver.passive or receiver.sent_payload):
        return False
    if seq is None or receiver.iss is None:
        return True
    # What was acknowledged just now may have been taken out of flight, or not yet.
    settled = at_us - receiver.duties.una_at_us > _TAKEN_IN_US
    first = receiver.snd_una if settled else receiver.iss
    return first <= unwrap(seq, receiver.snd_nxt) <= receiver.outermost()


def _harm_of_syn(receiver: Endpoint, sender: Endpoint, packet: Packet) -> str | None:
    if receiver.may_listen_again(packet):
        return "a SYN that ends what is being opened"
    opening = receiver.states & {State.CLOSED, State.LISTEN, State.SYN_SENT, State.SYN_RECEIVED}
    if not opening or (packet.flags & ACK and not receiver.acks_syn(packet)):
        return None
    if illegal_length(packet) is not None:
        return _ILLEGAL_LENGTH
    if sender.iss is None or sender.offered is None:
        return "a SYN that was never sent"
    if packet.seq != sender.iss:
        return "a SYN with another initial sequence number"
    # What comes with a SYN waits for the connection to be open, and is taken in then (section 3.10.7.2, third).
    first, last = sender.iss + 1, sender.iss + 1 + packet.size
    if packet.flags & FIN and last != sender.fin_sent:
        return _NEW_FIN
    if sender.flight.difference(first, packet.payload) is not None:
        return _OTHER_OCTETS
    if not sender.flight.holds(first, last):
        return _MORE_OCTETS
    offered = sender.offered
    if packet.wscale is not None and packet.wscale != offered.wscale:
        return "a window scale that was never offered"
    if packet.sack_permitted and not offered.sack:
        return "SACK permitted that was never offered"
    stamps = packet.timestamps
    if stamps is not None and stamps[0] != sender.timestamps.offered:
        return "a timestamp that was never sent"
    return None


def _harm_of_octets(receiver: Endpoint, sender: Endpoint, packet: Packet) -> str | None:
    left = unwrap(packet.seq, receiver.possible.nxt)
    right = left + packet.size
    # What was taken in already changes nothing, nor what lies beyond the window; but the receiver may have opened it
    # by as much again in a segment that is on its way.
    edge = receiver.promised + (receiver.rcv_wnd or 0)
    low, high = max(left, receiver.received.nxt), min(right, edge)
    if low < high:
        payload = packet.payload[low - left : high - left]
        if sender.flight.difference(low, payload) is not None:
            return _OTHER_OCTETS
        if not sender.flight.holds(low, high):
            return _MORE_OCTETS
        if packet.flags & URG and not sender.sent_urgent:
            return "an urgent mark that was never sent"
    if packet.flags & FIN and receiver.received.nxt <= right <= edge and right != sender.fin_sent:
        return _NEW_FIN
    return None


def _harm_of_header(receiver: Endpoint, sender: Endpoint, packet: Packet) -> str | None:
    if unwrap(packet.ack, receiver.snd_nxt) > max(sender.possible.nxt, receiver.snd_una):
        return "an acknowledgment of octets that were never delivered"
    stamps = packet.timestamps
    if stamps is not None and receiver.timestamps.agreed:
        newest = sender.timestamps.value
        if newest is None or not 0 <= newest - unwrap(stamps[0], newest) < HALF:
            return "a timestamp from the future"
    return None
