"""Whether a rule with a probability fires: a pure function, so that a replay loses what the first run lost.

Nothing here remembers anything. The plan's seed, the rule, the connection and the ordinal of the segment among those
that the rule selects go in; the same answer comes out on every machine.
"""

from typing import Final

from tcpchaos.plan import ALWAYS_PPM

_MASK: Final = (1 << 64) - 1
# SplitMix64 (Steele, Lea, Flood, 2014): an odd step near 2^64 over the golden ratio, and two multipliers chosen so
# that each input bit flips each output bit about half of the time.
_STEP: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB


def mix(*words: int) -> int:
    """Return 64 bits that depend on each of the words and on their order (SplitMix64, a step for each word)."""
    state = 0
    for word in words:
        state = (state ^ word) + _STEP & _MASK
        state = (state ^ state >> 30) * _FIRST & _MASK
        state = (state ^ state >> 27) * _SECOND & _MASK
        state ^= state >> 31
    return state


def strikes(*, seed: int, rule: int, connection: int, ordinal: int, ppm: int) -> bool:
    """Tell whether a rule with a probability of `ppm` parts per million fires this time.

    `rule` is its index in the plan, `connection` and `ordinal` count from 1.
    """
    return ppm >= ALWAYS_PPM or mix(seed, rule, connection, ordinal) * ALWAYS_PPM >> 64 < ppm
