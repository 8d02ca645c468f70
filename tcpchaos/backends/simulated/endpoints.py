"""Which simulated host is meant by "sim" and "sim:NAME"."""

from ipaddress import ip_address
from typing import Final, Literal

from tcpchaos.backends.warden.addresses import ADDRESSES4, ADDRESSES6
from tcpchaos.sim.host import Host
from tcpchaos.sim.mutants import named
from tcpchaos.sim.tcp import Settings
from tcpchaos.trace import Side

SIMULATED: Final = "sim"


def is_simulated(word: str) -> bool:
    """Tell whether this names a simulated endpoint, existing or not, and not a command."""
    return word == SIMULATED or word.startswith(f"{SIMULATED}:")


def check(word: str) -> None:
    """Raise LookupError, which suggests what exists, unless this names a simulated endpoint that there is."""
    name = word.removeprefix(SIMULATED).removeprefix(":")
    if name:
        named(name)


def make_host(
    word: str, side: Side, *, mtu: int, seed: int, family: Literal[4, 6] = 4, address: bytes | None = None
) -> Host:
    """Return the simulated host of this name, at the address that this side has in a lab where no other is given.

    Raises LookupError for no such one.
    """
    address = address or ip_address((ADDRESSES4 if family == 4 else ADDRESSES6)[str(side)]).packed
    settings = Settings(mtu=mtu)
    name = word.removeprefix(SIMULATED).removeprefix(":")
    if name:
        return named(name).host(address, seed=seed, settings=settings)
    return Host(address, seed=seed, settings=settings)
