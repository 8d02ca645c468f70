"""What happens to captures on their way to whoever reads them: parts are missing, in another order, twice, or cut."""

import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tcpchaos.backends.capture.files import CaptureFile, Record
from tcpchaos.backends.capture.packets import Counts, packet_of

DATA: Final = Path(__file__).parent / "data"
SEED: Final = 9293

Records = list[Record]


def records(path: Path) -> Records:
    """The records of a file."""
    with CaptureFile(path) as capture:
        return list(capture)


def write(path: Path, kept: Records, order: str = "<", snap: int = 262_144) -> Path:
    """Write records of one link type as a pcap file with nanoseconds."""
    lead = struct.Struct(order + "IIII").pack
    with path.open("wb") as file:
        file.write(struct.pack(order + "IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snap, kept[0].link if kept else 1))
        for record in kept:
            octets = record.octets[:snap]
            seconds, rest = divmod(record.at_ns, 1_000_000_000)
            file.write(lead(seconds, rest, len(octets), record.original) + octets)
    return path


def direction(record: Record) -> bytes:
    """Which way a record's packet went."""
    found = packet_of(record, Counts())
    return b"" if found is None else found[0].key


def _one_direction(kept: Records) -> Iterator[Records]:
    ways: dict[bytes, Records] = {}
    for record in kept:
        ways.setdefault(direction(record), []).append(record)
    yield from ways.values()
    forth = {key for key in ways if key < key[4:8] + key[:4]}
    yield [record for record in kept if direction(record) in forth]
    yield [record for record in kept if direction(record) not in forth]


def _from_the_middle(kept: Records) -> Iterator[Records]:
    for part in range(1, 10):
        yield kept[len(kept) * part // 10 :]
    yield kept[: len(kept) // 3] + kept[len(kept) // 2 :]


def _with_losses(kept: Records) -> Iterator[Records]:
    dice = random.Random(SEED)
    for rate in (0.01, 0.05, 0.2, 0.5):
        yield [record for record in kept if dice.random() > rate]


def _out_of_order(kept: Records) -> Iterator[Records]:
    dice = random.Random(SEED)
    for reach in (2, 5, 50):
        places = [(number + dice.random() * reach, number) for number in range(len(kept))]
        yield [kept[number] for _, number in sorted(places)]
    third = len(kept) // 3
    yield kept[:third] + kept[2 * third :] + kept[third : 2 * third]
    yield kept[::-1]
    yield [record for way in _one_direction(kept) for record in way]


def _twice(kept: Records) -> Iterator[Records]:
    dice = random.Random(SEED)
    yield [record for record in kept for _ in range(2)]
    yield kept + kept
    copies = [(number + dice.random() * 8 * copy, number) for number in range(len(kept)) for copy in range(2)]
    yield [kept[number] for _, number in sorted(copies)]


def _cut(kept: Records) -> Iterator[Records]:
    dice = random.Random(SEED)
    for snap in (40, 54, 66, 68, 80, 96, 120):
        yield [record._replace(octets=record.octets[:snap]) for record in kept]
    yield [record._replace(octets=record.octets[: dice.randrange(60, 200)]) for record in kept]


def _damaged(kept: Records) -> Iterator[Records]:
    dice = random.Random(SEED)

    def flip(record: Record) -> Record:
        found = packet_of(record, Counts(), as_it_is=True)
        if found is None or found[0].end > len(found[0].octets) or not found[0].checksum_ok:
            return record  # no checksum of its own would tell
        at = dice.randrange(len(record.octets))
        octets = bytearray(record.octets)
        octets[at] ^= 1 << dice.randrange(8)
        return record._replace(octets=bytes(octets))

    yield [flip(record) if dice.random() < 0.05 else record for record in kept]


DISTORTIONS: Final[dict[str, Callable[[Records], Iterator[Records]]]] = {
    "as it is": lambda kept: iter([kept]),
    "one direction": _one_direction,
    "from the middle": _from_the_middle,
    "with losses": _with_losses,
    "out of order": _out_of_order,
    "twice": _twice,
    "cut": _cut,
    "damaged": _damaged,
}
