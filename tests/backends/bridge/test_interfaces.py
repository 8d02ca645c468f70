"""What can't be an end of a wire is told why, before anything is done to it."""

import json

import pytest

from tcpchaos.backends.bridge.interfaces import Interface, InterfaceError, choose, one, stack_behind, transmit_drops
from tcpchaos.backends.lab import open_lab
from tests.bridged import among

TRY = """
import json
from pyroute2 import IPRoute, NetlinkError
from tcpchaos.backends.bridge.interfaces import InterfaceError, choose, one, transmit_drops

def told(*names):
    try:
        return [(each.name, each.mtu, each.kind, each.addresses, bool(each.far)) for each in choose(*names)]
    except InterfaceError as error:
        return str(error)

found = {"both": told("client", "server")}
with IPRoute() as route:
    (index,) = route.link_lookup(ifname="client")
    route.addr("add", index=index, address="10.7.7.7", prefixlen=24)
    found["address"] = told("client", "server")
    route.link("set", index=index, state="down")
    found["down"] = told("client", "server")
    route.link("set", index=index, state="up")
    route.link("add", ifname="tun7", kind="tuntap", mode="tun")
    (tun,) = route.link_lookup(ifname="tun7")
    route.link("set", index=tun, state="up")
    found["tun"] = told("tun7", "server")
    try:
        route.link("add", ifname="br7", kind="bridge")
        (bridge,) = route.link_lookup(ifname="br7")
        route.link("set", index=index, master=bridge)
        found["master"] = told("client", "server")
    except NetlinkError as error:
        found["master"] = f"no bridge: {error}"
    gone = one("server")
    found["drops"] = list(transmit_drops([gone]))
    route.link("del", index=gone.index)
    found["gone"] = list(transmit_drops([gone]))
print(json.dumps(found))
"""


@pytest.mark.usefixtures("lab_or_skip")
async def test_what_is_found_and_what_is_refused() -> None:
    async with open_lab(mtu=1400) as lab:
        found = json.loads(await among(lab, "proxy", TRY))
    assert found["both"] == [
        ["client", 1400, "veth", [], True],
        ["server", 1400, "veth", [], True],
    ]
    assert found["address"][0][3] == ["10.7.7.7"]
    assert found["down"] == "client is down: sudo ip link set client up"
    assert found["tun"].startswith("tun7 carries no Ethernet frames")
    if not found["master"].startswith("no bridge"):
        assert "client belongs to br7, which would carry every frame a second time" in found["master"]
    assert (found["drops"], found["gone"]) == (["server"], [])


def test_what_is_nowhere() -> None:
    with pytest.raises(InterfaceError, match="no interface is called nowhere"):
        one("nowhere")
    with pytest.raises(InterfaceError, match="lo is the loopback"):
        choose("lo", "nowhere")


def test_behind_a_veth_is_this_kernel() -> None:
    veth = Interface(name="a", index=1, mtu=1500, mac=bytes(6), kind="veth")
    card = Interface(name="b", index=2, mtu=1500, mac=bytes(6))
    assert (stack_behind(veth, "linux 6.1"), stack_behind(card, "linux 6.1")) == ("linux 6.1", "")
    assert transmit_drops([Interface(name="c", index=2**31 - 1, mtu=1500, mac=bytes(6))]) == {}
