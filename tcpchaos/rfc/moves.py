"""What was delivered to an endpoint that may move it to another state, since when, and what must leave it as it is.

The belief about its state says what it may be in now. Somebody who asks the endpoint itself, or hears of each of its
moves some time later, needs to know besides whether there was a reason at that time.
"""

from typing import Final

from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.states import NO_CONNECTION, SYNCHRONIZED, Cause, State
from tcpchaos.seq import unwrap
from tcpchaos.wire import ACK, RST, SYN, Packet

_OPENED: Final = frozenset({State.SYN_SENT})


class Moves:
    """The reasons that one endpoint of a connection was given to leave its state, or to stay there.

    `since` says when each of them was delivered first, in microseconds; `refused` names the rule by which the last
    segment that asked for a move must not be granted it; `una` is the highest acknowledgment it can have taken in.
    """

    __slots__ = ("_iss", "refused", "since", "una")

    def __init__(self) -> None:
        self.since: dict[Cause, int] = {}
        self.refused: str | None = None
        self.una = 0
        self._iss: int | None = None

    def delivered(self, e: Endpoint, packet: Packet, at_us: int) -> None:
        """Look at a segment that is delivered to the endpoint, before anything is learnt from it."""
        flags = packet.flags
        if not packet.checksum_ok or not packet.ip_checksum_ok:
            return
        if e.iss is not None and flags & ACK:
            if e.iss != self._iss:
                self._iss = self.una = e.iss
            ack = unwrap(packet.ack, e.snd_nxt)
            # Its own segments may not have been seen yet: never more than it was allowed, a probe and a FIN.
            if self.una < ack <= max(e.snd_nxt, e.snd_limit) + 2:
                self.una = ack
                if ack > e.snd_nxt:
                    self.since.setdefault(Cause.RECEIVE_ACK_OF_FIN, at_us)  # of one that was not seen yet
        if flags & RST:
            if e.may_accept_rst(packet) or not e.states - NO_CONNECTION:
                self.since.setdefault(Cause.RECEIVE_RST, at_us)
            elif e.states <= SYNCHRONIZED:
                self.refused = "RS-03"
            elif e.states == _OPENED:
                self.refused = "RS-04"
        elif flags & SYN and e.states <= SYNCHRONIZED:
            self.refused = "ST-10"

    def learnt(self, e: Endpoint, at_us: int) -> None:
        """Note which reasons the endpoint has, now that it was learnt from the segment."""
        for cause in e.causes:
            self.since.setdefault(cause, at_us)
