"""Which flows were chosen: by an address and a port, or by a port alone, at either end."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

MOST_PORT: Final = 65535
_IPV4_KEY_OCTETS: Final = 12


class FlowsError(ValueError):
    """A word that names no flow; the message says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """A choice of flows: those with an end at one of these places, and those with one of these ports at either end.

    `places` are an address, 4 or 16 octets, followed by two of a port. Where neither is given, all flows are chosen.
    """

    places: frozenset[bytes] = frozenset()
    ports: frozenset[bytes] = frozenset()

    def choose(self, key: bytes) -> bool:
        """Tell whether a flow is chosen: both addresses, then both ports, as in `Packet.key`."""
        places, ports = self.places, self.ports
        if not places and not ports:
            return True
        source, destination = key[-4:-2], key[-2:]
        if source in ports or destination in ports:
            return True
        if not places:
            return False
        size = 4 if len(key) == _IPV4_KEY_OCTETS else 16
        return key[:size] + source in places or key[size : 2 * size] + destination in places

    def options(self) -> list[str]:
        """Return the words of a command line that choose the same."""
        words = [word for text in self._places() for word in ("--flow", text)]
        return words + [word for port in sorted(self.ports) for word in ("--port", str(int.from_bytes(port, "big")))]

    def _places(self) -> list[str]:
        return [f"{_host(place[:-2])}:{int.from_bytes(place[-2:], 'big')}" for place in sorted(self.places)]

    def __str__(self) -> str:
        words = [*self._places(), *(f"port {int.from_bytes(port, 'big')}" for port in sorted(self.ports))]
        return ", ".join(words) or "all TCP"


ALL: Final = Flows()


def flows(places: Iterable[str] = (), ports: Iterable[int] = ()) -> Flows:
    """Read a choice: places as HOST:PORT, an IPv6 address in brackets. Raises FlowsError for one that can't be read."""
    return Flows(
        places=frozenset(_place(text) for text in places),
        ports=frozenset(port.to_bytes(2, "big") for port in ports),
    )


def read_place(text: str) -> tuple[str, int]:
    """Return address and port of HOST:PORT. Raises FlowsError for a text that is none."""
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise FlowsError(f"{text}: expected HOST:PORT, such as 10.0.0.2:80 or [2001:db8::2]:80")
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        if ":" in host:
            raise FlowsError(f"{text}: write an IPv6 address in brackets, such as [2001:db8::2]:80") from None
        raise FlowsError(f"{text}: {host} is no IP address; names are not looked up") from None
    if address.version == 6 and not bracketed:
        raise FlowsError(f"{text}: write an IPv6 address in brackets: [{address}]:{port}")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= MOST_PORT:
        raise FlowsError(f"{text}: {port or 'nothing'} is no port; there are 1 to {MOST_PORT}")
    return str(address), int(port)


def _place(text: str) -> bytes:
    address, port = read_place(text)
    return ip_address(address).packed + port.to_bytes(2, "big")


def _host(address: bytes) -> str:
    text = str(ip_address(address))
    return f"[{text}]" if ":" in text else text
