"""The exception says what ended the connection."""

from tcpchaos.sim.tcp import TcpError


def test_kind_is_what_it_was_made_with() -> None:
    error = TcpError("reset")
    assert error.kind == "reset"
    assert str(error) == "reset"
