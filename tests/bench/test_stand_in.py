"""What stands in for the proxy says what it has made, and carries frames."""

import pytest

from tcpchaos.backends.lab import open_lab
from tcpchaos.bench.middle import Middle, standing


@pytest.mark.parametrize("middle", [Middle.BRIDGE, Middle.SCAPY])
async def test_a_stand_in_carries_a_connection_as_any_user(lab_or_skip: None, middle: Middle) -> None:
    async with open_lab() as lab, standing(lab, middle):
        listener = await lab.server.listen()
        client = await lab.client.connect(lab.server.address, listener.port)
        server = await listener.accept()
        await client.send_all(b"hello")
        assert await server.receive() == b"hello"
