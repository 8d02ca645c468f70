"""What can be set for an endpoint: sizes in octets, times in microseconds, and which options it offers."""

from dataclasses import dataclass
from typing import Final

_MS: Final = 1_000
_S: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """After `idle_us` of silence a probe, then one every `interval_us`; the end after `count` without an answer."""

    idle_us: int = 7_200 * _S
    interval_us: int = 75 * _S
    count: int = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one endpoint is set up.

    `mss` of None is what fits into `mtu`. A `wscale` of None offers no window scaling. `retries`, `syn_retries`,
    `synack_retries` and `orphan_retries` are R2 (RFC 9293, section 3.8.3): how often the same thing is sent again.
    `strict_timestamps` drops segments that lack agreed timestamps, as RFC 7323 (section 3.2) advises; stacks in use
    take them, since options get lost on the way. `timestamp_offset` is what the clock for timestamps, which ticks once
    a millisecond, showed at time 0.
    """

    mtu: int = 1500
    mss: int | None = None
    receive_buffer: int = 262_144
    send_buffer: int = 262_144
    wscale: int | None = 7
    sack: bool = True
    timestamps: bool = True
    strict_timestamps: bool = False
    timestamp_offset: int = 1_000
    nodelay: bool = False
    delayed_ack_us: int = 40 * _MS
    rto_initial_us: int = 1 * _S
    rto_min_us: int = 200 * _MS
    rto_max_us: int = 120 * _S
    syn_retries: int = 6
    synack_retries: int = 5
    retries: int = 15
    orphan_retries: int = 8
    msl_us: int = 30 * _S
    fin_wait_2_us: int = 60 * _S
    keepalive: Keepalive | None = None
    challenge_interval_us: int = 500 * _MS
    initial_window: int | None = None  # octets; None: RFC 6928
