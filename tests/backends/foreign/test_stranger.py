"""Of a server that is somebody else's nothing is known, and nothing can be asked of it."""

import pytest

from tcpchaos.backends.foreign.stranger import Stranger
from tcpchaos.trace import Side


async def test_it_has_an_address_and_nothing_to_say() -> None:
    stranger = Stranger("10.0.0.2")
    assert (stranger.side, stranger.address) == (Side.SERVER, "10.0.0.2")
    assert (stranger.counters(), stranger.sockets(), stranger.socket(1, "10.0.0.1", 2)) == ({}, [], None)
    with pytest.raises(OSError, match="not supported"):
        await stranger.listen()
    with pytest.raises(OSError, match="not supported"):
        await stranger.connect("10.0.0.1", 80)
