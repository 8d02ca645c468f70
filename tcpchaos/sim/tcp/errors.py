"""The one exception of an endpoint: what a call is answered with when the connection has ended."""

from typing import Literal

Kind = Literal["refused", "reset", "timeout", "unreachable", "pipe"]


class TcpError(Exception):
    """The connection has ended, or this half of it has; `kind` says how (RFC 9293, section 3.9.1)."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
