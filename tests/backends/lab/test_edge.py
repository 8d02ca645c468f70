"""Frames come out of the ring as they were sent, in the order of both cables together, and none gets lost uncounted."""

import socket
from typing import Any

import pytest

from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.edge import NEVER, arrivals
from tcpchaos.trace import Side

pytestmark = pytest.mark.usefixtures("lab_or_skip")

KIND = b"\x88\xb5"  # IEEE 802: for experiments
HEADS = {Side.CLIENT: bytes.fromhex("020000000002020000000001"), Side.SERVER: bytes.fromhex("020000000001020000000002")}


async def sender(lab: Lab, side: Side) -> socket.socket:
    """A packet socket at an endpoint, to send whole frames."""
    made = await lab.socket(str(side), (socket.AF_PACKET, socket.SOCK_RAW, 0))
    made.bind(("eth0", 0))
    return made


def frame(side: Side, number: int, octets: int = 46) -> bytes:
    return HEADS[side] + KIND + number.to_bytes(4, "big") + bytes(octets - 4)


async def test_octets_and_order() -> None:
    async with open_lab() as lab:
        with await sender(lab, Side.CLIENT) as client, await sender(lab, Side.SERVER) as server:
            sent = []
            for number in range(100):
                side = Side.SERVER if number % 3 else Side.CLIENT
                (server if number % 3 else client).send(frame(side, number, 46 + number * 14))
                sent.append((side, frame(side, number, 46 + number * 14)))
        assert ours(arrivals(*lab.edges, 1000)) == sent
        assert lab.edges[0].head() is lab.edges[1].head() is NEVER


def ours(found: Any) -> list[tuple[Side, bytes]]:
    """Without what IPv6 says when an address is new."""
    return [(side, octets) for side, octets in found if octets[12:14] == KIND]


async def test_once_around_the_ring_and_further() -> None:
    async with open_lab() as lab:
        with await sender(lab, Side.CLIENT) as client:
            for turn in range(10):
                numbers = range(turn * 1000, turn * 1000 + 1000)
                for number in numbers:
                    client.send(frame(Side.CLIENT, number))
                found = ours(arrivals(*lab.edges, 2000))
                assert found == [(Side.CLIENT, frame(Side.CLIENT, number)) for number in numbers]
        assert await lab.losses() == {}


async def test_what_overruns_the_ring_is_counted() -> None:
    async with open_lab() as lab:
        with await sender(lab, Side.CLIENT) as client:
            for number in range(9000):
                client.send(frame(Side.CLIENT, number))
        found = ours(arrivals(*lab.edges, 10000))
        losses = await lab.losses()
        assert found == [(Side.CLIENT, frame(Side.CLIENT, number)) for number in range(len(found))]
        assert 9000 - len(found) <= losses["frames that overran the proxy"] <= 9000 - len(found) + 2
        assert await lab.losses() == losses


async def test_own_frames_do_not_come_back() -> None:
    async with open_lab() as lab:
        lab.edges[0].send(frame(Side.SERVER, 1))
        assert ours(arrivals(*lab.edges, 10)) == []


async def test_no_more_than_asked_for() -> None:
    async with open_lab(mtu=576) as lab:
        with await sender(lab, Side.CLIENT) as client:
            for number in range(5):
                client.send(frame(Side.CLIENT, number))
        assert [len(list(arrivals(*lab.edges, 2))) for _ in range(4)] == [2, 2, 1, 0]
