"""Who keeps a listener afterwards: late callers are turned away, one clean call is answered."""

from typing import Any

import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Host
from tcpchaos.trace import Side
from tcpchaos.workloads import porter
from tcpchaos.workloads.porter import Porter

Hosts = tuple[Host, Host]


async def test_a_call_is_answered(hosts: Hosts) -> None:
    door = Porter(*hosts)
    async with door.at_the_door():
        door.keep(await hosts[Side.SERVER].listen(), Side.SERVER)

        assert await door.call() == (Side.SERVER, "")


async def test_a_call_goes_to_whoever_listened(hosts: Hosts) -> None:
    door = Porter(*hosts)
    async with door.at_the_door():
        door.keep(await hosts[Side.CLIENT].listen(), Side.CLIENT)

        assert await door.call() == (Side.CLIENT, "")


class Late:
    """A caller that comes when nobody is expected any more."""

    def __init__(self) -> None:
        self.turned_away = trio.Event()

    def abort(self) -> None:
        self.turned_away.set()


async def test_who_comes_late_is_turned_away(hosts: Hosts, monkeypatch: Any) -> None:
    door, late = Porter(*hosts), Late()
    async with door.at_the_door():
        listener = await hosts[Side.SERVER].listen()
        callers = [late]

        async def accept() -> Late:
            return callers.pop() if callers else await trio.sleep_forever()

        monkeypatch.setattr(listener, "accept", accept)
        door.keep(listener, Side.SERVER)

        await late.turned_away.wait()


async def test_without_a_listener_nobody_is_called(hosts: Hosts) -> None:
    door = Porter(*hosts)
    listener = await hosts[Side.SERVER].listen()
    async with door.at_the_door():
        assert await door.call() is None
    door.keep(listener, Side.SERVER)
    with pytest.raises(OSError, match="Bad file"):
        await listener.accept()


async def test_a_port_is_free_again_for_who_listens_next(hosts: Hosts) -> None:
    door = Porter(*hosts)
    async with door.at_the_door():
        listener = await hosts[Side.SERVER].listen()
        door.keep(listener, Side.SERVER)
        door.release()
        again = await hosts[Side.SERVER].listen(listener.port)
        door.keep(again, Side.SERVER)

        assert await door.call() == (Side.SERVER, "")


async def test_a_listener_that_is_dead_is_found_out(hosts: Hosts, monkeypatch: Any) -> None:
    monkeypatch.setattr(porter, "CALL_S", 0.05)
    door = Porter(*hosts)
    async with door.at_the_door():
        listener = await hosts[Side.SERVER].listen()
        door.keep(listener, Side.SERVER)
        listener.close()
        await trio.testing.wait_all_tasks_blocked()

        assert await door.call() == (Side.SERVER, "no connection: refused")


async def test_a_listener_that_takes_connections_and_says_nothing_is_found_out(hosts: Hosts, monkeypatch: Any) -> None:
    monkeypatch.setattr(porter, "CALL_S", 0.05)
    door = Porter(*hosts)
    async with door.at_the_door():
        listener = await hosts[Side.SERVER].listen()

        async def never() -> None:
            await trio.sleep_forever()

        monkeypatch.setattr(listener, "accept", never, raising=False)
        door.keep(listener, Side.SERVER)

        assert await door.call() == (Side.SERVER, "a connection, but no answer within 0.05 s")
