"""Strategies of octets: what a payload is made of, and what is XORed with it."""

from functools import cache

from hypothesis import strategies as st


@cache
def payloads(*, least: int = 0, most: int = 12) -> st.SearchStrategy[bytes]:
    """Draw so many octets, among them ones that can be read and ones that can't."""
    readable = st.text(st.characters(max_codepoint=126), min_size=least, max_size=most).map(str.encode)
    return st.binary(min_size=least, max_size=most) | readable


@cache
def masks() -> st.SearchStrategy[bytes]:
    """Draw octets that change something when XORed, a single octet first."""
    first = st.integers(1, 255).map(lambda octet: bytes([octet]))
    return first | st.tuples(first, st.binary(min_size=1, max_size=3)).map(b"".join)
