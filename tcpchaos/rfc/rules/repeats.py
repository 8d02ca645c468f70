"""Rules about what an endpoint sends again, how soon and how often (groups RT and TL, and RS for challenges)."""

from typing import Final

from tcpchaos.rfc.conduct import STORM_US
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Sent, relative, sends
from tcpchaos.wire import ACK, FIN, RST, SYN

# Of a timer that doubles, every second interval is four times as long: twice is asked for, and a little is forgiven,
# since the one before may have been late. Whatever is compared was at least as long, or as short, as it is said here.
_LATE_US: Final = 50_000
# From here on a timer need not grow any more (RFC 6298, section 2.5, which asks for 60 s at least).
_LONGEST_US: Final = 30_000_000
# RFC 6298, section 2.1, asks for a second; clocks are allowed some coarseness.
_FIRST_TIMEOUT_US: Final = 900_000
# Copies of one segment, or of one acknowledgment, within a second. Doubling from a millisecond on makes ten.
_MOST_COPIES: Final = 10
# RFC 5961, section 7, suggests ten challenges in five seconds; what is condemned here is not near any limit.
_MOST_CHALLENGES: Final = 20


@sends(
    "RT-03",
    "6298, 5.5",
    level="MUST",
    tier="soft",
    label="MUST-19",
    vantage="both",
    on="text",
    excuses="the first repetitions, intervals of 30 s and more, a window that is shut",
)
def timer_doubles(e: Endpoint, m: Sent) -> Breach | None:
    """While nothing comes back, the intervals between repetitions of one segment grow."""
    before = e.conduct.silence.again.get(m.position)
    if before is None or len(before.intervals) < 2 or m.position >= e.snd_nxt or not e.snd_wnd:
        return None
    earlier, now = before.intervals[-2], m.at_us - before.last_us
    if earlier >= _LONGEST_US or now >= 2 * earlier - _LATE_US:
        return None
    return Breach(f"an interval of about {4 * earlier // 1000} ms", f"{now // 1000} ms")


@sends(
    "RT-05",
    "6298, 2.1",
    level="SHOULD",
    tier="soft",
    vantage="both",
    on="syn",
    excuses="anything that was delivered in between; a first timeout that was configured for a known path",
)
def a_syn_waits_a_second(e: Endpoint, m: Sent) -> Breach | None:
    """A SYN that nothing answered is sent again after a second at the earliest."""
    before = e.conduct.silence.syn_at_us
    if before is None or m.packet.seq != e.iss or m.packet.flags & ACK or m.at_us - before >= _FIRST_TIMEOUT_US:
        return None
    return Breach("a second between two SYNs", f"{(m.at_us - before) // 1000} ms")


@sends(
    "RT-06",
    "9293, 3.4",
    tier="soft",
    vantage="both",
    on="ack",
    excuses="acknowledgments of the last moment, and an octet that keeps a connection alive",
)
def sends_again_only_what_is_not_acknowledged(e: Endpoint, m: Sent) -> Breach | None:
    """What has been acknowledged is not sent again."""
    una = e.snd_una if e.conduct.sure_una is None else e.conduct.sure_una
    if not m.packet.length or m.end > una or e.iss is None or _keeps_alive(e, m):
        return None
    if m.heeded_us <= e.conduct.una_at_us:
        return None
    return Breach(f"octets from {relative(una, e.iss)} on", f"{relative(m.first, e.iss)}:{relative(m.end, e.iss)}")


@sends("RT-12", "9293, 3.8.1", tier="soft", vantage="both", on="text", excuses="anything that was delivered meanwhile")
def does_not_storm(e: Endpoint, m: Sent) -> Breach | None:
    """While nothing comes back, a segment is not sent again more than ten times within a second."""
    before = e.conduct.silence.again.get(m.position)
    if before is None or before.times < _MOST_COPIES or m.at_us - before.first_us > STORM_US:
        return None
    return Breach(f"{_MOST_COPIES} repetitions in a second at the most", f"{before.times + 1}")


@sends("TL-04", "9293, 3.8.4", level="SHOULD", tier="remark", label="SHLD-12", vantage="both", on="text")
def keeps_alive_without_data(e: Endpoint, m: Sent) -> Breach | None:
    """A segment that keeps an idle connection alive carries no data."""
    if not _keeps_alive(e, m) or m.end > e.snd_una or e.snd_una != e.snd_nxt:
        return None
    if m.heeded_us <= e.conduct.una_at_us:
        return None
    return Breach("no data", "an octet that has long been acknowledged")


@sends(
    "TL-06",
    "9293, 3.8",
    tier="soft",
    vantage="both",
    on="ack",
    excuses="anything that was delivered meanwhile, or that it has no room for",
)
def says_nothing_over_and_over(e: Endpoint, m: Sent) -> Breach | None:
    """While nothing is delivered, the same acknowledgment is not sent more than ten times within a second."""
    silence = e.conduct.silence
    if silence.answered or not _says_the_same(e, m, _MOST_COPIES):
        return None
    return Breach(f"{_MOST_COPIES} in a second at the most", f"{silence.repeats + 1}")


@sends(
    "RS-14",
    "5961, 7",
    level="SHOULD",
    tier="soft",
    vantage="both",
    on="ack",
    excuses="answers to segments that carry data",
)
def throttles_challenges(e: Endpoint, m: Sent) -> Breach | None:
    """Segments without data are not answered with the same acknowledgment more than twenty times within a second."""
    silence = e.conduct.silence
    if not silence.answered or not _says_the_same(e, m, _MOST_CHALLENGES):
        return None
    return Breach(f"{_MOST_CHALLENGES} in a second at the most", f"{silence.repeats + 1}")


def _keeps_alive(e: Endpoint, m: Sent) -> bool:
    """Tell whether a segment is an octet just before what is to be acknowledged next (section 3.8.4)."""
    return m.packet.length == 1 and not m.packet.flags & FIN and m.end in (e.snd_una, e.conduct.sure_una)


def _says_the_same(e: Endpoint, m: Sent, most: int) -> bool:
    """Tell whether it is the same bare acknowledgment again, and has been sent so often within a second."""
    silence = e.conduct.silence
    if silence.repeats < most or m.packet.length or m.packet.flags & (ACK | RST | SYN) != ACK:
        return False
    # Whoever throws the next thing expected away for want of memory may say so of each segment that carried some of it.
    same = m.ack == e.acked == e.possible.nxt and m.packet.window << e.rcv_shift == e.rcv_wnd
    return same and m.at_us - silence.repeats_us <= STORM_US
