"""Being a host on an Ethernet; `test_worlds` has it call servers there."""

from typing import cast

import pytest
import trio
import trio.testing

from tcpchaos.backends.bridge.port import Port
from tcpchaos.backends.bridge.virtio import DONE
from tcpchaos.backends.foreign.neighbours import Neighbours
from tcpchaos.backends.foreign.peer import PeerWay, Silence
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.edge import NEVER
from tcpchaos.backends.world import Foreign
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, build

OURS, THEIRS = b"\x02ours!", b"\x02their"
FOREIGN = Foreign(address="10.0.0.2", port=80, interfaces=("tap7",), own="10.0.0.1")


class Ethernet:
    """In place of a port: somebody at the other end who answers, or nobody."""

    class interface:  # noqa: N801 - as a port has it
        name, index, mtu = "tap7", 2**31 - 1, 1500

    overrun = refused = odd = 0

    def __init__(self, *others: Neighbours) -> None:
        self.others = others
        self.sent: list[bytes] = []
        self.waiting: list[bytes] = []

    def send(self, frame: bytes) -> None:
        self.sent.append(frame)
        heard = frame[len(DONE) :]
        self.waiting += [DONE + answer for other in self.others if (answer := other.hear(heard)) is not None]

    def head(self) -> int:
        return 1 if self.waiting else NEVER

    def pop(self) -> bytes:
        return self.waiting.pop(0)


def way(ethernet: Ethernet) -> PeerWay:
    return PeerWay(cast(Port, ethernet), FOREIGN, OURS)


async def test_the_server_is_found_and_what_is_for_us_is_taken() -> None:
    ethernet = Ethernet(Neighbours("10.0.0.2", THEIRS, "10.0.0.1"))
    found = way(ethernet)
    await found.find()
    assert found.header(Side.SERVER, b"\x45") == DONE + THEIRS + OURS + b"\x08\x00"
    segment = build(src=bytes([10, 0, 0, 2]), dst=bytes([10, 0, 0, 1]), sport=80, dport=5, seq=1, flags=ACK)
    assert found.packet(Side.SERVER, DONE + OURS + THEIRS + b"\x08\x00" + segment.octets) == segment
    assert found.packet(Side.SERVER, DONE + THEIRS + OURS + b"\x08\x00" + segment.octets) is None
    assert found.packet(Side.SERVER, DONE + OURS + THEIRS + b"\x08\x00" + segment.octets[:30]) is None
    question = Neighbours("10.0.0.2", THEIRS, "10.0.0.1").question()
    assert found.packet(Side.SERVER, DONE + question) is None
    assert ethernet.sent[-1].startswith(DONE + THEIRS + OURS)
    assert (found.waiting_us(), found.losses()) == (0, {})


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ((), "nobody on tap7 answers for the target's address"),
        ((Neighbours("10.0.0.1", THEIRS, "10.0.0.2"),), "somebody on tap7 has 10.0.0.1 already"),
    ],
)
def test_who_is_not_there_or_there_already(others: tuple[Neighbours, ...], told: str) -> None:
    with pytest.raises(Broken, match=told):
        trio.run(way(Ethernet(*others)).find, clock=trio.testing.MockClock(autojump_threshold=0))


def test_silence() -> None:
    silence = Silence()
    silence.send(b"frame")
    assert silence.head() is NEVER
    assert silence.fileno() > 0
    silence.close()
