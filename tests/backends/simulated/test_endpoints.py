"""What `sim` and `sim:NAME` mean."""

from typing import Literal

import pytest

from tcpchaos.backends.simulated.endpoints import check, is_simulated, make_host
from tcpchaos.sim.host import Host
from tcpchaos.sim.mutants import mutants
from tcpchaos.trace import Side

NAME = next(iter(mutants()))


@pytest.mark.parametrize(
    ("word", "simulated"), [("sim", True), ("sim:x", True), ("simon", False), ("./sim", False), ("", False)]
)
def test_what_is_simulated_and_what_is_a_command(word: str, simulated: bool) -> None:
    assert is_simulated(word) is simulated


def test_unknown_mutants_are_known_for_what_they_are() -> None:
    check("sim")
    check(f"sim:{NAME}")
    check("")
    with pytest.raises(LookupError, match=f"did you mean {NAME}"):
        check(f"sim:{NAME}x")
    with pytest.raises(LookupError, match="tcpchaos list mutants"):
        check("sim:####")


@pytest.mark.parametrize(("family", "mtu", "mss"), [(4, 1500, 1460), (6, 1500, 1440), (4, 576, 536)])
def test_a_host_has_the_address_of_its_side_and_the_mtu_of_its_link(family: Literal[4, 6], mtu: int, mss: int) -> None:
    client, server = (make_host("sim", side, family=family, mtu=mtu, seed=3) for side in Side)

    assert len(client.address) == (4 if family == 4 else 16)
    client.connect(server.address, 80, 0)
    [syn] = client.take()
    assert syn.mss == mss


def test_every_mutant_is_a_host() -> None:
    for name in mutants():
        assert isinstance(make_host(f"sim:{name}", Side.SERVER, family=4, mtu=1500, seed=0), Host)
