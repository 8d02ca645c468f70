"""The server that is somebody else's: it has an address, and whatever it knows it keeps to itself."""

import errno
import os
from typing import NoReturn

from tcpchaos.backends.host import Ready
from tcpchaos.trace import Side, Socket


class Stranger:
    """An Endpoint of which nothing can be had but what comes over the wire."""

    side = Side.SERVER

    def __init__(self, address: str) -> None:
        self.address = address

    async def listen(self, port: int = 0, *, backlog: int = 128, receive_buffer: int | None = None) -> NoReturn:
        """Raise OSError: it listens where it wants to."""
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    async def connect(
        self,
        address: str,
        port: int,
        *,
        local_port: int = 0,
        receive_buffer: int | None = None,
        ready: Ready | None = None,
    ) -> NoReturn:
        """Raise OSError: it connects to whom it wants to."""
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    def counters(self) -> dict[str, int]:
        """It doesn't say what it counts."""
        return {}

    def sockets(self, *, info: bool = True) -> list[Socket]:
        """It doesn't say which connections it has."""
        return []

    def socket(self, local_port: int, remote: str, remote_port: int, *, info: bool = True) -> Socket | None:
        """It doesn't say how a connection is."""
        return None
