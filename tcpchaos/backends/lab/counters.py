"""What an endpoint's kernel counts in /proc/net: segments, resets, drops and their causes, sockets in use.

The files were opened inside the endpoint's network namespace and tell of that one, whoever reads them. Names are those
that nstat prints (`TcpOutRsts`, `TcpExtTCPChallengeACK`). What /proc/net/sockstat says of orphans, allocations and
memory is of the whole machine, and left out.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Final

FILES: Final = ("/proc/net/snmp", "/proc/net/netstat", "/proc/net/sockstat", "/proc/net/sockstat6")
_MOST_OCTETS: Final = 1 << 16
# Counted over the whole namespace, protocol by protocol: only TCP's are wanted, and IP's on the way to it.
_WANTED: Final = ("Tcp", "TcpExt", "Ip", "IpExt")
_SOCKETS: Final = {"TCP": ("inuse", "tw"), "TCP6": ("inuse",)}


class Counters:
    """The counters of one endpoint; it owns the file descriptors of its `FILES`, as many as there are."""

    def __init__(self, descriptors: Sequence[int]) -> None:
        self._descriptors = list(descriptors)

    def read(self) -> dict[str, int]:
        """What is counted now; OSError where the kernel refuses."""
        found: dict[str, int] = {}
        for descriptor in self._descriptors:
            found.update(_parse(os.pread(descriptor, _MOST_OCTETS, 0).decode()))
        return found

    def close(self) -> None:
        """Close the files."""
        while self._descriptors:
            os.close(self._descriptors.pop())


def _parse(text: str) -> Iterator[tuple[str, int]]:
    """Read either kind of file: a line of names and one of numbers for each protocol, or names and numbers in turn."""
    names: list[str] = []
    for line in text.splitlines():
        group, _, rest = line.partition(":")
        words = rest.split()
        if group in _SOCKETS:
            for name, number in zip(words[::2], words[1::2], strict=False):
                if name in _SOCKETS[group]:
                    yield f"{group} {name}", int(number)
        elif group in _WANTED and words and not words[0].lstrip("-").isdigit():
            names = words
        elif group in _WANTED:
            for name, number in zip(names, words, strict=False):
                yield group + name, int(number)
