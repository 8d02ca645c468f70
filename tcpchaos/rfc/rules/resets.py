"""Rules about resets: which an endpoint sends, and what it does after it had to accept one (group RS)."""

from tcpchaos.rfc.endpoint import MOST_PROVOKED, Endpoint
from tcpchaos.rfc.law import PASS_EACH_OTHER_US, Breach, Sent, sends
from tcpchaos.rfc.states import NO_CONNECTION, OPENING
from tcpchaos.wire import RST, SYN


@sends("RS-05", "9293, 3.10.7.1", vantage="both")
def reset_fits_what_provoked_it(e: Endpoint, m: Sent) -> Breach | None:
    """Where there is no connection, a reset has the acknowledged number as seq, or seq 0 and acknowledges it all."""
    if not m.packet.flags & RST or e.iss is not None or not e.states <= NO_CONNECTION | OPENING:
        return None
    answer = e.answer(m.packet)
    if answer in e.provoked or answer in e.unprovoked or len(e.provoked) >= MOST_PROVOKED:
        return None
    return Breach("the numbers of a segment that was delivered", f"seq {m.packet.seq} ack {m.packet.ack}")


@sends("RS-01", "9293, 3.10.7.4", vantage="both")
def accepts_an_exact_reset(e: Endpoint, m: Sent) -> Breach | None:
    """After a reset whose number is RCV.NXT nothing more of the connection is sent."""
    if m.packet.flags & (RST | SYN) or e.reset_at_us is None or m.at_us - e.reset_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach("nothing after the reset", "a segment of the connection that was reset")
