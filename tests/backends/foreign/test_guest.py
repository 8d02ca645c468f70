"""A client in a network that is there already: this process' own, by the loopback."""

import socket

import pytest
import trio

from tcpchaos.backends.foreign.guest import Network, guest
from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue.place import Place


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_client_calls_from_where_it_is_and_says_how_it_fares(address: str) -> None:
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as listener:
        port = listener.getsockname()[1]
        async with guest(Place(), address) as client:
            assert client.address == address
            stream = await client.connect(address, port)
            accepted, _ = await trio.to_thread.run_sync(listener.accept)
            with accepted:
                await stream.send_all(b"hello")
                assert accepted.recv(10) == b"hello"
                found = client.socket(stream.local_port, address, port)
                assert found is not None
                assert found.state == "ESTABLISHED"
            assert client.counters()["TcpActiveOpens"] > 0
            stream.close()


async def test_there_may_be_no_way() -> None:
    with pytest.raises(Broken, match="there is no way to 255"):
        async with guest(Place(), "255.255.255.255"):
            pass


async def test_programs_are_not_run_there() -> None:
    with pytest.raises(Broken, match="programs run only in a lab of ours"):
        await Network(Place()).ask({"do": "run"})
