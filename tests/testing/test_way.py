"""On a lab that is used again, what belongs to former sessions is nobody's business."""

from typing import Any

import pytest

from tcpchaos.backends.lab import open_lab
from tcpchaos.testing.way import LabWay, Newcomers
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, SYN, Packet, build


def segment(flags: int = ACK, sport: int = 40000) -> Packet:
    return build(src=b"\x0a\0\0\1", dst=b"\x0a\0\0\2", sport=sport, dport=80, seq=2**32 - 1, flags=flags)


def test_former_flows_pass_until_they_begin_anew(passing: Any) -> None:
    old = segment(sport=1)
    former, again = {old.key, old.reverse_key}, set[bytes]()
    newcomers = Newcomers(passing, former, again)

    for packet in (old, segment(), segment(SYN, sport=1), old):
        newcomers.receive(Side.CLIENT, packet, 0)

    assert [packet for _, packet in passing.seen] == [segment(), segment(SYN, sport=1), old]
    assert newcomers.take()[0] == (Side.SERVER, old.octets)
    assert newcomers.keys == {segment().key, segment().reverse_key, old.key, old.reverse_key}
    assert (former, again) == (set(), {old.key, old.reverse_key})
    assert newcomers.take() == []


@pytest.mark.usefixtures("lab_or_skip")
async def test_of_one_that_begins_anew_nothing_is_presumed() -> None:
    async with open_lab() as lab:
        way = LabWay(lab, set())
        assert way.sight(Side.CLIENT, segment(SYN)).fresh
        way._again.add(segment().key)
        assert not way.sight(Side.CLIENT, segment(SYN)).fresh
        assert (way.mtu, way.notes(), way.losses()) == (1500, (), {})
