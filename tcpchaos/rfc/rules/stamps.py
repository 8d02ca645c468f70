"""Rules about the timestamps that an endpoint sends and echoes (group OP; RFC 7323)."""

from tcpchaos.rfc.conduct import CLOCK_STANDS_US
from tcpchaos.rfc.endpoint import Endpoint
from tcpchaos.rfc.law import Breach, Sent, sends
from tcpchaos.seq import ahead, unwrap
from tcpchaos.wire import ACK, RST, SYN


@sends("OP-08", "7323, 4.3", level="MUST", vantage="both")
def echoes_only_what_was_delivered(e: Endpoint, m: Sent) -> Breach | None:
    """TSecr lies between the oldest and the newest timestamp that were delivered."""
    stamps = m.packet.timestamps
    newest = e.conduct.highest(e.timestamps.newest)
    oldest = e.conduct.stamp_low
    if stamps is None or newest is None or oldest is None or m.packet.flags & (ACK | RST) != ACK:
        return None
    echo = unwrap(stamps[1], newest)
    nothing_yet = not stamps[1] and any(not syn.offer.timestamps for syn in e.syns)  # it may have taken only that SYN
    if nothing_yet or ahead(oldest, echo) <= newest - oldest:
        return None
    return Breach(f"TSecr {oldest} to {newest}", f"TSecr {echo}")


@sends(
    "OP-28",
    "7323, 4.3",
    level="MUST",
    tier="soft",
    vantage="both",
    on="ack",
    excuses="timestamps of the last moment",
)
def echoes_the_recent_one(e: Endpoint, m: Sent) -> Breach | None:
    """TSecr is no older than the timestamp of the newest segment that continued what was acknowledged."""
    stamps = m.packet.timestamps
    sure = e.conduct.stamp_sure
    if stamps is None or m.heeded_us <= e.conduct.stamp_sure_at_us:
        return None
    echo = unwrap(stamps[1], sure)
    return None if echo >= sure else Breach(f"TSecr {sure} or newer", f"TSecr {echo}")


@sends(
    "OP-31",
    "7323, 5.4",
    level="SHOULD",
    tier="soft",
    on="ack",
    excuses="one second, for a clock that ticks slowly",
)
def the_clock_goes(e: Endpoint, m: Sent) -> Breach | None:
    """The clock of the timestamps ticks at least once a second."""
    stamps, newest = m.packet.timestamps, e.timestamps.value
    stood_us = m.earliest_us - e.timestamps.value_at_us
    if stamps is None or newest is None or stood_us <= CLOCK_STANDS_US:
        return None
    if unwrap(stamps[0], newest) != newest or m.packet.flags & SYN:
        return None
    return Breach("a later TSval", f"the one of {stood_us // 1000} ms ago")
