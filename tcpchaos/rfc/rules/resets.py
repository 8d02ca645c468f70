"""Rules about resets: which an endpoint sends, and what it does after it had to accept one (group RS)."""

from typing import Final

from tcpchaos.rfc.endpoint import MOST_PROVOKED, Endpoint
from tcpchaos.rfc.law import PASS_EACH_OTHER_US, Breach, Sent, relative, sends
from tcpchaos.rfc.states import NO_CONNECTION, OPENING, SYNCHRONIZED, State
from tcpchaos.wire import ACK, RST, SYN

# States that nobody leaves without a sign, but for giving up what is never acknowledged.
_LASTING: Final = frozenset({State.ESTABLISHED, State.CLOSE_WAIT})
# How soon, at the earliest, a connection is given up for that.
_PATIENCE_US: Final = 1_000_000


@sends("RS-05", "9293, 3.10.7.1", vantage="both", on="rst")
def reset_fits_what_provoked_it(e: Endpoint, m: Sent) -> Breach | None:
    """Where there is no connection, a reset has the acknowledged number as seq, or seq 0 and acknowledges it all."""
    if not m.packet.flags & RST or e.iss is not None or not e.states <= NO_CONNECTION | OPENING:
        return None
    answer = e.answer(m.packet)
    if answer in e.provoked or answer in e.unprovoked or len(e.provoked) >= MOST_PROVOKED:
        return None
    return Breach("the numbers of a segment that was delivered", f"seq {m.packet.seq}{_acked(m)}")


def _acked(m: Sent) -> str:
    return f" ack {m.packet.ack}" if m.packet.flags & ACK else " without ACK"


@sends(
    "RS-01",
    "9293, 3.10.7.4",
    label="MUST-66, SHLD-2",
    vantage="both",
    on="ack",
    excuses="for a moment, segments that passed the reset",
)
def accepts_an_exact_reset(e: Endpoint, m: Sent) -> Breach | None:
    """After a reset whose number is RCV.NXT nothing more of the connection is sent."""
    if m.packet.flags & (RST | SYN) or e.reset_at_us is None or m.earliest_us - e.reset_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach("nothing after the reset", "a segment of the connection that was reset")


@sends("HS-04", "9293, 3.10.7.3", vantage="both", on="rst")
def refuses_an_answer_by_its_number(e: Endpoint, m: Sent) -> Breach | None:
    """While a connection opens, a reset has the number of a bad acknowledgment, or ends the attempt."""
    if e.iss is None or not e.states <= OPENING or m.position == e.snd_nxt or len(e.provoked) >= MOST_PROVOKED:
        return None
    if e.answer(m.packet) in e.provoked:
        return None
    number = relative(m.position, e.iss)
    if (m.packet.seq, None) in e.provoked:
        return Breach(f"seq {number} without ACK, for a bad acknowledgment", f"seq {number}{_acked(m)}")
    expected = f"the number of a bad acknowledgment, without ACK, or seq {relative(e.snd_nxt, e.iss)}"
    return Breach(expected, f"seq {number}{_acked(m)}")


@sends("RS-06", "9293, 3.10.5", vantage="both", on="rst")
def a_reset_stands_in_its_stream(e: Endpoint, m: Sent) -> Breach | None:
    """A reset that ends a connection stands where its sender's stream ends, so that the peer accepts it."""
    if e.iss is None or not e.states <= SYNCHRONIZED or e.iss <= m.position <= e.snd_nxt:
        return None
    if len(e.provoked) >= MOST_PROVOKED or e.answer(m.packet) in e.provoked | e.unprovoked:
        return None
    return Breach(f"seq {relative(e.snd_nxt, e.iss)}", f"seq {relative(m.position, e.iss)}")


@sends("RS-07", "9293, 3.5.2", vantage="both", on="rst", excuses="a connection that may have been given up")
def no_reset_for_what_is_not_acceptable(e: Endpoint, m: Sent) -> Breach | None:
    """Once a connection is open, a segment that is not acceptable is answered with an acknowledgment, not a reset."""
    if e.iss is None or not e.states <= _LASTING or e.iss <= m.position <= e.snd_nxt:
        return None
    if e.answer(m.packet) not in e.provoked or not surely_lives(e, m.at_us):
        return None
    return Breach("an acknowledgment", "a reset")


def surely_lives(e: Endpoint, at_us: int) -> bool:
    """Tell whether a connection in a lasting state cannot have been given up unseen, or ended by a reset."""
    if e.reset_possible:
        return False
    # Whoever has probed since the last acknowledgment may have waited for an answer in vain.
    quiet = e.snd_una == e.snd_nxt and e.duties.prodded_at_us <= e.duties.una_at_us
    return quiet or at_us - max(e.conduct.new_at_us, e.newest_ack_at_us) < _PATIENCE_US


@sends("RS-11", "9293, 3.10.5", vantage="both", excuses="for a moment, segments that passed the reset", on="ack")
def nothing_after_an_own_reset(e: Endpoint, m: Sent) -> Breach | None:
    """After an endpoint has reset a connection it sends nothing more of it."""
    if m.packet.flags & (RST | SYN) or e.closed_at_us is None or not e.states <= NO_CONNECTION:
        return None
    if m.earliest_us - e.closed_at_us <= PASS_EACH_OTHER_US:
        return None
    return Breach("nothing, or another reset", "a segment of the connection")


@sends("RS-18", "9293, 3.10.7.1", vantage="both", on="rst")
def a_reset_acknowledges_only_what_was_delivered(e: Endpoint, m: Sent) -> Breach | None:
    """A reset acknowledges nothing that was never delivered."""
    if not m.packet.flags & ACK or e.irs is None or not e.states <= SYNCHRONIZED or m.ack <= e.possible.nxt:
        return None
    if len(e.provoked) >= MOST_PROVOKED or e.answer(m.packet) in e.provoked | e.unprovoked:
        return None
    return Breach(f"ack {relative(e.possible.nxt, e.irs)} at the most", f"ack {relative(m.ack, e.irs)}")
