"""An end of the wire hears frames for everyone, and what an interface does not take is counted or ends it."""

import errno

import pytest

from tcpchaos.backends.bridge.interfaces import Interface
from tcpchaos.backends.bridge.port import Port
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import open_lab
from tests.bridged import among

PROMISCUOUS = """
import socket
from pyroute2 import IPRoute
from tcpchaos.backends.bridge.interfaces import one
from tcpchaos.backends.bridge.port import Port
with IPRoute() as route:
    def promiscuity():
        (link,) = route.get_links(one("client").index)
        return link.get("promiscuity")
    print(promiscuity())
    with Port(one("client")) as port:
        print(promiscuity())
        print(repr(port.look()))
        try:
            port.send(bytes(9000))
        except OSError as error:
            port.refuse(error)
        print(port.refused)
        index = one("client").index
        route.link("set", index=index, state="down")
        print(port.look())
        print(repr(port.look()))
        route.link("set", index=index, state="up")
    print(promiscuity())
"""


@pytest.mark.usefixtures("lab_or_skip")
async def test_an_interface_is_left_as_it_was() -> None:
    async with open_lab() as lab:
        lines = (await among(lab, "proxy", PROMISCUOUS)).splitlines()
    assert lines == ["0", "1", "''", "1", "client: Network is down", "''", "0"]


def test_what_is_counted_and_what_ends_it() -> None:
    port = Port.__new__(Port)
    port.interface = Interface(name="veth7", index=7, mtu=1500, mac=bytes(6))
    port.refused = 0
    port.refuse(OSError(errno.ENETDOWN, "Network is down"))
    assert port.refused == 1
    with pytest.raises(Broken, match="veth7 takes no frames any more"):
        port.refuse(OSError(errno.ENXIO, "No such device or address"))


@pytest.mark.usefixtures("lab_or_skip")
def test_an_interface_that_is_not_there() -> None:
    with pytest.raises(Broken, match=r"veth7 can't be listened to|no packet sockets for this user"):
        Port(Interface(name="veth7", index=7, mtu=1500, mac=bytes(6)))
