"""What becomes of queued packets: verdicts and packets of ours in the engine's order, and no segment too long."""

import os
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
import trio

from tcpchaos.backends.queue.netlink import FORWARD, LOCAL_IN, LOCAL_OUT, Queued
from tcpchaos.backends.queue.pump import Carrier, pump
from tcpchaos.trace import Side
from tcpchaos.wire import ACK, SYN, Packet, build, parse
from tcpchaos.wire.options import encode, mss, nop, wscale

CLIENT, SERVER = b"\x7f\0\0\1", b"\x7f\0\0\2"


def segment(flags: int = ACK, *, sport: int = 40000, dport: int = 80, dst: bytes = SERVER, **more: Any) -> Packet:
    return build(src=CLIENT, dst=dst, sport=sport, dport=dport, seq=2**32 - 1, flags=flags, **more)


class Waiting:
    """In place of a queue: packets that wait, and what was decided, in one list with what was sent besides."""

    def __init__(self, *packets: Packet | bytes, hook: int = LOCAL_OUT, outdev: int = 1, cut: int = 0) -> None:
        octets = [each if isinstance(each, bytes) else each.octets for each in packets]
        self.packets = deque(
            Queued(number, hook, 0, outdev, each, len(each) + cut) for number, each in enumerate(octets, start=1)
        )
        self.done: list[Any] = []
        self.pending: list[Any] = []
        self._pipe = os.pipe()

    def fileno(self) -> int:
        return self._pipe[0]

    def receive(self) -> Queued | None:
        return self.packets.popleft() if self.packets else None

    def accept(self, number: int, octets: bytes | None = None) -> None:
        self.pending.append((number, "as it is" if octets is None else parse(octets)))

    def drop(self, number: int) -> None:
        self.pending.append((number, "dropped"))

    def flush(self) -> None:
        self.done += self.pending
        self.pending.clear()

    def send(self, octets: bytes, mtu: int) -> None:
        self.done.append(("sent", parse(octets)))

    def close(self) -> None:
        for end in self._pipe:
            os.close(end)


class Doing:
    """An engine that gives for each packet what a function makes of it."""

    def __init__(self, make: Callable[[Side, Packet], list[tuple[Side, Packet]]]) -> None:
        self._make = make
        self._out: list[tuple[Side, bytes]] = []
        self.seen: list[tuple[Side, Packet]] = []
        self.due_us: int | None = None

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        self.seen.append((side, packet))
        self._out += [(to, each.octets) for to, each in self._make(side, packet)]

    def due(self) -> int | None:
        return self.due_us

    def advance(self, now_us: int) -> None:
        self.due_us = None
        self._out.append((Side.SERVER, segment(payload=b"late").octets))

    def take(self) -> list[tuple[Side, bytes]]:
        out, self._out = self._out, []
        return out


def carrier_of(waiting: Any, *, mtu: int = 1500, before: set[bytes] | None = None) -> Carrier:
    """A carrier for which the same thing stands in for the queue and for the sockets."""
    return Carrier(waiting, waiting, 80, mtu, before or set())


def carried(queue: Waiting, engine: Doing, *, mtu: int = 65531, before: set[bytes] | None = None) -> Carrier:
    carrier = carrier_of(queue, mtu=mtu, before=before)
    carrier.drain(engine, lambda: 0)
    queue.close()
    return carrier


PASS = Doing(lambda side, packet: [(side.peer, packet)])


def test_what_stays_as_it_is_goes_on_by_a_verdict() -> None:
    queue = Waiting(segment(), segment(sport=80, dport=40000))
    engine = Doing(lambda side, packet: [(side.peer, packet)])
    carried(queue, engine)

    assert queue.done == [(1, "as it is"), (2, "as it is")]
    assert [side for side, _ in engine.seen] == [Side.CLIENT, Side.SERVER]


def test_what_goes_on_in_its_place_takes_its_place_and_the_rest_is_sent_in_order() -> None:
    changed, copy = segment(payload=b"changed"), segment(payload=b"copy")
    answer = build(src=SERVER, dst=CLIENT, sport=80, dport=40000, seq=5, flags=ACK)
    queue = Waiting(segment(), segment(payload=b"second"))
    carried(queue, Doing(lambda side, packet: [(Side.CLIENT, answer), (Side.SERVER, changed), (Side.SERVER, copy)]))

    once = [("sent", answer), changed, ("sent", copy)]
    assert [each[1] if isinstance(each[0], int) else each for each in queue.done] == once * 2


def test_what_goes_no_further_is_dropped() -> None:
    queue = Waiting(segment())
    carried(queue, Doing(lambda side, packet: []))
    assert queue.done == [(1, "dropped")]


@pytest.mark.parametrize("other", [segment(dst=b"\x7f\0\0\3"), segment(sport=40001), segment(dport=81)])
def test_a_packet_of_another_flow_does_not_take_its_place(other: Packet) -> None:
    queue = Waiting(segment())
    carried(queue, Doing(lambda side, packet: [(Side.SERVER, other)]))
    assert queue.done == [("sent", other), (1, "dropped")]


def test_flows_are_told_apart_in_ipv6_too() -> None:
    def packet(sport: int, payload: bytes = b"") -> Packet:
        src, dst = bytes(15) + b"\1", bytes(15) + b"\2"
        return build(src=src, dst=dst, sport=sport, dport=80, seq=9, flags=ACK, payload=payload)

    changed, other = packet(40000, b"x"), packet(40001)
    queue = Waiting(packet(40000), packet(40000))
    gone_on = iter([changed, other])
    carried(queue, Doing(lambda side, packet: [(Side.SERVER, next(gone_on))]))
    assert queue.done == [(1, changed), ("sent", other), (2, "dropped")]


def test_what_is_none_of_the_named_flows_passes_unseen() -> None:
    both = segment(sport=80, dport=80)
    queue = Waiting(segment(dport=81), both, b"no packet at all")
    engine = Doing(lambda side, packet: [])
    carried(queue, engine)

    assert queue.done == [(1, "as it is"), (2, "as it is"), (3, "as it is")]
    assert engine.seen == []


def test_what_comes_cut_passes_unseen_and_is_counted() -> None:
    queue = Waiting(segment(payload=bytes(100)), cut=4)
    assert carried(queue, Doing(lambda side, packet: [])).cut == 1
    assert queue.done == [(1, "as it is")]


def test_no_longer_segments_are_announced_than_can_be_handed_out() -> None:
    syn = segment(SYN, options=encode([nop(), mss(65495), wscale(7)]))
    small = segment(SYN, options=encode([mss(1460)]))
    queue = Waiting(syn, small)
    engine = Doing(lambda side, packet: [(side.peer, packet)])
    carrier = carried(queue, engine)

    assert carrier.lowered == 1
    lowered = engine.seen[0][1]
    assert (lowered.mss, lowered.wscale, lowered.checksum_ok, len(lowered.octets)) == (65491, 7, True, len(syn.octets))
    assert queue.done == [(1, lowered), (2, "as it is")]


@pytest.mark.parametrize(
    ("hook", "outdev", "far"),
    [
        (LOCAL_OUT, 1, set()),
        (LOCAL_OUT, 2, {Side.SERVER}),
        (LOCAL_IN, 0, {Side.CLIENT}),
        (FORWARD, 2, {Side.CLIENT, Side.SERVER}),
    ],
)
def test_who_is_far_away_shows_where_the_packet_was(hook: int, outdev: int, far: set[Side]) -> None:
    seen = []
    queue = Waiting(segment(SYN), segment(SYN), hook=hook, outdev=outdev)
    carrier = carrier_of(queue, before={segment().key})

    def look(side: Side, packet: Packet) -> list[tuple[Side, Packet]]:
        seen.append(carrier.sight(side, packet))
        return []

    carrier.drain(Doing(look), lambda: 0)
    queue.close()
    assert [(set(sight.far), sight.fresh) for sight in seen] == [(far, False), (far, True)]


async def test_what_is_due_is_done_while_nothing_waits() -> None:
    queue = Waiting()
    carrier = carrier_of(queue)
    engine = Doing(lambda side, packet: [])
    engine.due_us = 1
    async with trio.open_nursery() as nursery:
        await nursery.start(pump, carrier, queue, engine, lambda: 5)
        while not queue.done:
            await trio.sleep(0.001)
        nursery.cancel_scope.cancel()
    queue.close()

    assert queue.done == [("sent", segment(payload=b"late"))]
    assert carrier.waiting_us() == 0
