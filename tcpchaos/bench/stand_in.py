"""What stands in the proxy's place for a baseline, as a program in its network: the kernel's bridge, or scapy's.

Each says in a line when it is ready, and works until it is killed.
"""

import signal
import socket
import sys

from pyroute2 import IPRoute

READY = b"ready\n"
_PORTS = ("client", "server")


def _ready() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()


def bridge() -> None:
    """Let the kernel carry frames between the proxy's two interfaces."""
    with IPRoute() as route:
        route.link("add", ifname="bridge", kind="bridge", state="up")
        for port in _PORTS:
            route.link("set", index=socket.if_nametoindex(port), master=socket.if_nametoindex("bridge"))
    _ready()
    signal.pause()


def scapy() -> None:
    """Let scapy do it, as its documentation says: with all its layers loaded, so that it knows what it carries."""
    from scapy.all import bridge_and_sniff

    bridge_and_sniff(*_PORTS, store=False, started_callback=_ready)


def main() -> None:
    """Stand in as the only argument says."""
    {"bridge": bridge, "scapy": scapy}[sys.argv[1]]()


if __name__ == "__main__":
    main()
