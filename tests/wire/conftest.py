"""Packets of every make, drawn by Hypothesis, for the tests of this part."""

import struct

import pytest
from hypothesis import strategies as st

from tcpchaos.wire import Packet, parse
from tcpchaos.wire import options as opt
from tcpchaos.wire.checksum import internet, pseudo_header
from tcpchaos.wire.ip import Extension, IPv4, IPv6, extension, fragment_header
from tcpchaos.wire.options import Option

U8, U16, U32 = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
SEQ = st.integers(2**32 - 4, 2**32 - 1) | st.integers(0, 4) | U32


def _well_formed_options() -> st.SearchStrategy[Option]:
    return st.one_of(
        st.sampled_from([opt.nop(), opt.sack_permitted()]),
        st.builds(opt.mss, U16),
        st.builds(opt.wscale, U8),
        st.builds(opt.timestamps, U32, U32),
        st.lists(st.tuples(SEQ, SEQ), max_size=3).map(lambda blocks: opt.sack(*blocks)),
        st.builds(opt.fast_open, st.binary(max_size=8)),
        st.builds(opt.md5, st.binary(max_size=16)),
        st.builds(opt.user_timeout, st.integers(0, 0x7FFF), minutes=st.booleans()),
        st.builds(Option, st.integers(2, 255), st.binary(max_size=6)),
    )


def _options_octets() -> st.SearchStrategy[bytes]:
    """Options that are well-formed, that are not, and the layouts that are read the short way."""
    lawful = st.lists(_well_formed_options(), max_size=4).map(opt.encode).filter(lambda octets: len(octets) <= 40)
    usual = st.tuples(U32, U32).map(lambda values: b"\x01\x01" + opt.timestamps(*values).octets)
    blocks = st.lists(st.tuples(SEQ, SEQ), max_size=3).map(lambda blocks: b"\x01\x01" + opt.sack(*blocks).octets)
    lossy = st.builds(
        lambda *parts: b"".join(parts)[:40], usual, blocks, st.sampled_from([b"", bytes(4), opt.mss(9).octets])
    )
    junk = st.binary(max_size=40).map(lambda octets: octets[: len(octets) // 4 * 4])
    return st.one_of(st.just(b""), usual, lossy, lawful, junk)


def _extensions() -> st.SearchStrategy[tuple[Extension, ...]]:
    kinds = st.sampled_from([0, 43, 60, 135, 139, 140])
    whole = st.builds(fragment_header, offset=st.just(0), more=st.just(False), identification=U32)
    return st.lists(st.builds(extension, kinds, st.binary(max_size=22)) | whole, max_size=3).map(tuple)


@st.composite
def _packets(draw: st.DrawFn, plain: bool = False, well_formed: bool = False) -> Packet:
    """A packet: any header before TCP's unless `plain`, and lengths and checksums that are right if `well_formed`."""
    options = draw(_options_octets())
    payload = draw(st.binary(max_size=40) | st.just(bytes(range(256)) * 3))
    words = 5 + len(options) // 4
    offset = words if well_formed else draw(st.just(words) | st.integers(0, 15))
    word = offset << 4 | draw(st.integers(0, 15))
    fields = (draw(U16), draw(U16), draw(SEQ), draw(SEQ), word, draw(U8), draw(U16), 0, draw(U16))
    segment = struct.pack("!HHIIBBHHH", *fields) + options + payload
    version = draw(st.sampled_from([4, 6]))
    size = 4 if version == 4 else 16
    src, dst = draw(st.binary(min_size=size, max_size=size)), draw(st.binary(min_size=size, max_size=size))
    trailer = b"" if well_formed else draw(st.binary(max_size=6))
    ip: IPv4 | IPv6
    if version == 4:
        ip = IPv4(
            src=src,
            dst=dst,
            payload=segment,
            options=b"" if plain else draw(st.binary(max_size=8)),
            tos=draw(U8),
            ip_id=draw(U16),
            flags=draw(st.sampled_from([0, 2, 4, 6])),
            ttl=draw(U8),
            checksum=None if well_formed else draw(st.none() | U16),
            trailer=trailer,
        )
    else:
        ip = IPv6(
            src=src,
            dst=dst,
            payload=segment,
            extensions=() if plain else draw(_extensions()),
            traffic_class=draw(U8),
            flow_label=draw(st.integers(0, 0xFFFFF)),
            hop_limit=draw(U8),
            trailer=trailer,
        )
    packet = parse(ip.encode())
    checksum = internet(pseudo_header(packet.key[:-4], len(segment), 6) + segment)
    if not well_formed:
        checksum = draw(st.just(checksum) | U16)
    at = packet.tcp_at + 16
    return parse(packet.octets[:at] + checksum.to_bytes(2, "big") + packet.octets[at + 2 :])


@pytest.fixture(scope="session")
def packets() -> st.SearchStrategy[Packet]:
    """Packets that parse, with anything before, in and behind their TCP header."""
    return _packets()


@pytest.fixture(scope="session")
def lawful_packets() -> st.SearchStrategy[Packet]:
    """Packets with plain IP headers, right lengths and right checksums."""
    return _packets(plain=True, well_formed=True)


@pytest.fixture(scope="session")
def options() -> st.SearchStrategy[Option]:
    """Options that are written as they are meant."""
    return _well_formed_options()
