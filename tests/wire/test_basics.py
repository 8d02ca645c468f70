"""The flags are the bits of the octet that stands in the header."""

from tcpchaos.wire import FLAG_NAMES, WireError


def test_the_flags_are_eight_different_bits_from_fin_up() -> None:
    assert list(FLAG_NAMES.values()) == [1 << bit for bit in range(8)]
    assert list(FLAG_NAMES) == ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"]


def test_a_wire_error_is_a_value_error() -> None:
    assert issubclass(WireError, ValueError)
