"""Hostile octets through parser, tracker and oracle: never an exception, and memory that does not grow.

A hundredth of it is a hundred thousand packets, and `--share 1` ten million, which takes an hour; the seed stands here.
"""

import os
import time
from itertools import islice
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.backends.capture.bench import OnePlace
from tcpchaos.backends.capture.files import Record
from tcpchaos.backends.capture.judging import collected_seldom
from tcpchaos.backends.capture.links import RAW
from tcpchaos.backends.capture.packets import Counts, packet_of
from tcpchaos.oracle import Oracle
from tcpchaos.oracle.memory import MOST_CONNECTIONS, MOST_FINDINGS, MOST_STATE_OCTETS
from tcpchaos.trace import Side
from tcpchaos.wire import WireError, notation, parse
from tests.soak.hostile import Hostile, Mutator

pytestmark = pytest.mark.soak

PACKETS: Final = 10_000_000
SEED: Final = 793
# After so many packets all that is bounded is full; from there to the end memory may grow by no more than this.
FULL_AFTER: Final = 1_000_000
GROWTH_OCTETS: Final = 64 * 1024 * 1024
_PAGE_OCTETS: Final = os.sysconf("SC_PAGE_SIZE")


def resident_octets() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_OCTETS


class Listeners:
    """An oracle that sees both sides, and one that reads a capture."""

    def __init__(self) -> None:
        self.both = Oracle()
        self.one = OnePlace(None)
        self.counts = Counts()
        self._frame = 0

    def hear(self, hostile: Hostile, number: int) -> None:
        octets, side, fate, at_us = hostile
        if number % 2:
            record = Record(number, at_us * 1000, RAW, octets, len(octets))
            found = packet_of(record, self.counts)
            if found is not None:
                self.one.show(record, found[0], at_us, found[1])
            return
        try:
            packet = parse(octets)
        except WireError:
            return
        if not number % 64:
            notation(packet, iss=packet.seq, irs=packet.ack)
        connection = self.both.connection(side, packet)
        side = connection.side_of(packet)
        self._frame += 2
        if fate == "passed":
            self.both.passed(connection, side, packet, at_us, self._frame)
            return
        if fate != "forged":
            self.both.sent(connection, side, packet, at_us, self._frame)
        if fate != "sent":
            self.both.delivered(connection, side.peer, packet, at_us, self._frame + 1, intact=False)


@pytest.mark.filterwarnings("default")
def test_hostile_octets_break_nothing_and_fill_nothing(share: float, capsys: pytest.CaptureFixture[str]) -> None:
    with collected_seldom():
        _throw(round(PACKETS * share), capsys)


def _throw(most: int, capsys: pytest.CaptureFixture[str]) -> None:
    listeners = Listeners()
    began, resident = time.monotonic(), 0
    for number, hostile in enumerate(islice(Mutator(SEED), most), 1):
        listeners.hear(hostile, number)
        if number % (most // 10) == 0:
            oracles = (listeners.both, listeners.one.oracle)
            for oracle in oracles:
                verdict = oracle.verdict()
                # And one for each side, of all its initial sequence numbers.
                assert len(verdict.findings) + len(verdict.undecided) <= MOST_FINDINGS + len(Side)
                assert len(oracle.connections) <= MOST_CONNECTIONS
                assert sum(each.weight_octets for each in oracle.connections) <= 2 * MOST_STATE_OCTETS
            now = resident_octets()
            with capsys.disabled():
                seconds = time.monotonic() - began
                seen = sum(oracle.seen for oracle in oracles)
                print(f"\n{number:,} packets, {seen:,} connections, {seconds:.0f} s, {now >> 20} MiB", end="")
            if number >= FULL_AFTER:
                resident = resident or now
                assert now - resident < GROWTH_OCTETS

    assert listeners.counts.judged > most // 10
    assert listeners.both.seen > most // 100
