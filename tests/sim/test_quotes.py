"""ICMP errors, made by `wire` and read by their receiver."""

import pytest

from tcpchaos.sim.quotes import complaint
from tcpchaos.wire import SYN, Packet, build, icmp

FOUR = build(src=bytes(4), dst=b"\1" * 4, sport=5, dport=80, seq=2**32 - 1, flags=SYN)
SIX = build(src=bytes(16), dst=b"\1" * 16, sport=5, dport=80, seq=2**32 - 1, flags=SYN)


@pytest.mark.parametrize("packet", [FOUR, SIX], ids=["IPv4", "IPv6"])
def test_an_error_says_what_it_is_about(packet: Packet) -> None:
    heard = complaint(icmp.unreachable(packet, code="port"))

    assert heard is not None
    assert (heard.key, heard.seq, heard.hard, heard.mtu) == (packet.key, 2**32 - 1, True, None)


@pytest.mark.parametrize(
    ("packet", "code", "hard"),
    [
        (FOUR, "net", False),
        (FOUR, "host", False),
        (FOUR, "protocol", True),
        (FOUR, "admin", False),
        (SIX, "net", False),
        (SIX, "admin", True),
        (SIX, "host", False),
    ],
)
def test_only_some_errors_are_final(packet: Packet, code: str, hard: bool) -> None:
    heard = complaint(icmp.unreachable(packet, code=code))

    assert heard is not None
    assert heard.hard is hard


@pytest.mark.parametrize("packet", [FOUR, SIX], ids=["IPv4", "IPv6"])
def test_too_big_tells_what_would_fit(packet: Packet) -> None:
    heard = complaint(icmp.too_big(packet, mtu=1300))

    assert heard is not None
    assert (heard.mtu, heard.hard) == (1300, False)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x45",
        FOUR.octets,
        SIX.octets,
        icmp.time_exceeded(FOUR),
        icmp.source_quench(FOUR),
        icmp.parameter_problem(SIX, pointer=1),
        icmp.unreachable(FOUR, code="port")[:30],
        icmp.unreachable(SIX, code="port")[:90],
        bytes((0x90,)) + bytes(60),
    ],
)
def test_everything_else_says_nothing(octets: bytes) -> None:
    assert complaint(octets) is None
