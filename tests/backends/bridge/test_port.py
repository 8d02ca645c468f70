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
    with Port(one("client"), bool) as port:
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


RUNS = """
import socket
from pyroute2 import IPRoute
from tcpchaos.backends.bridge.interfaces import one
from tcpchaos.backends.bridge.port import Port
from tcpchaos.backends.lab.edge import NEVER, SOL_PACKET
from tcpchaos.wire import ACK, build
from tests.runs import A, B, TAG, begun, frame, run, segments

with IPRoute() as route:
    route.link("add", ifname="near7", kind="veth", peer="far7")
    for name in ("near7", "far7"):
        route.link("set", index=socket.if_nametoindex(name), state="up")
flow = dict(src=A, dst=B, sport=9, seq=0xFFFFFFF0, flags=ACK)
payload = bytes(range(256)) * 240
pure = build(dport=80, **flow).octets
sent = {
    "pure": frame(pure),
    "one that nobody wants": run(payload, 1448, dport=81, **flow),
    "begun": begun(pure),
    "one that is wanted": run(payload, 1448, dport=80, **flow),
    "small enough for a slot": run(payload[:1500], 500, dport=80, **flow),
    "begun, and nobody wants it": begun(build(dport=81, **flow).octets),
    "begun with a tag": begun(pure, TAG),
    "with a tag": run(payload, 1448, TAG, dport=81, **flow),
}
expected = [
    sent["pure"],
    sent["one that nobody wants"],
    frame(pure),
    *segments(payload, 1448, dport=80, **flow),
    *segments(payload[:1500], 500, dport=80, **flow),
    sent["begun, and nobody wants it"],
    frame(pure, TAG),
    sent["with a tag"],
]
mouth = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
mouth.setsockopt(SOL_PACKET, 15, 1)
mouth.bind(("far7", 3))

def heard():
    times = []
    while (at := port.head()) is not NEVER:
        times.append(at)
        frame = port.pop()
        if frame[16:22] == expected[0][16:22]:
            yield frame
    assert times == sorted(times)

with Port(one("near7"), lambda frame: b"\\0\\x50" in (frame[46:48], frame[50:52])) as port:
    for each in sent.values():
        mouth.send(each)
    found = list(heard())
    print(len(found), found == expected, port.odd, port.overrun)
    port._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(20):
        mouth.send(sent["one that nobody wants"])
    mouth.send(sent["one that is wanted"])
    mouth.send(sent["with a tag"])
    mouth.send(sent["pure"])
    found = list(heard())
    print(found[-1] == sent["pure"], len(found) - 1 + port.crowded + port.overrun, port.crowded > 0, port.overrun)
    mouth.send(sent["one that nobody wants"])
    with IPRoute() as route:
        route.link("set", index=one("near7").index, state="down")
    print(next(heard()) == sent["one that nobody wants"], port.look(), repr(port.look()))
"""


@pytest.mark.usefixtures("lab_or_skip")
async def test_runs_are_whole_where_nobody_wants_their_segments() -> None:
    """What the queue has no room for is lost and counted; what came before an interface goes down is still there."""
    async with open_lab() as lab:
        lines = (await among(lab, "proxy", RUNS)).splitlines()
    many = 2 + 1 + 43 + 3 + 3
    assert lines == [f"{many} True 0 0", "True 22 True 1", "True near7: Network is down ''"]


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
        Port(Interface(name="veth7", index=7, mtu=1500, mac=bytes(6)), bool)
