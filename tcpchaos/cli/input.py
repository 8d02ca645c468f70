"""Files that others give to a command, - being standard input: taken whole, and never more of them than it can want."""

import sys
from pathlib import Path
from typing import Final

from tcpchaos.cli.group import Mistake

MOST_PLAN_OCTETS: Final = 1 << 20  # as many as over a control socket: nobody writes a longer plan
MOST_SAID_OCTETS: Final = 64 << 20  # what a client of ours says; more takes longer than any run
MOST_DOCUMENT_OCTETS: Final = 256 << 20  # a night in which every trial failed has a tenth of it


def octets_of(file: Path, most: int, *, what: str = "") -> bytes:
    """Return what a file has; `what` is the option that named it. Raises Mistake where it can't be read or has more."""
    where = f"{what} {file}" if what else f"{file}"
    try:
        if str(file) == "-":
            octets = sys.stdin.buffer.read(most + 1)
        else:
            with open(file, "rb") as opened:
                octets = opened.read(most + 1)
    except OSError as error:
        raise Mistake(f"{where}: {error.strerror or error}") from None
    if len(octets) > most:
        raise Mistake(f"{where}: more than {most:,} octets")
    return octets


def text_of(file: Path) -> str:
    """Return what stands in a plan file. Raises Mistake where it can't be read, is too long, or is no text."""
    octets = octets_of(file, MOST_PLAN_OCTETS, what="--plan")
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise Mistake(f"--plan {file}: not a text in UTF-8 (octet {error.start})") from None
