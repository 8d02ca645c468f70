"""Packets of ours reach whom they are addressed to, octet for octet but for what the kernel insists on writing."""

import socket

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue import sender as module
from tcpchaos.backends.queue.place import Place
from tcpchaos.backends.queue.sender import Sender
from tcpchaos.wire import ACK, build, parse

HOSTS = {4: (b"\x0a\x09\0\1", b"\x7f\0\0\1"), 6: (bytes.fromhex("20010db8") + bytes(12), bytes(15) + b"\1")}


@pytest.mark.parametrize("version", [4, 6])
def test_a_packet_arrives_from_whomever_it_says(place: Place, version: int) -> None:
    src, dst = HOSTS[version]
    packet = build(src=src, dst=dst, sport=4000, dport=80, seq=2**32 - 1, ack=7, flags=ACK, payload=b"ok", checksum=3)

    def hear() -> socket.socket:
        heard = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        heard.bind(("lo", 3))
        heard.settimeout(10)
        return heard

    with place.do(hear) as heard, Sender(place) as sender:
        sender.send(packet.octets, 65531)
        arrived = parse(heard.recv(2048))

    assert (arrived.src, arrived.payload, arrived.checksum, arrived.seq) == (src, b"ok", 3, 2**32 - 1)
    assert sender.refused == 0


def test_what_nobody_can_be_sent_is_counted(place: Place) -> None:
    with Sender(place) as sender:
        sender.send(build(src=HOSTS[4][0], dst=b"\x0a\x09\0\2", sport=1, dport=2, seq=0, flags=ACK).octets, 1500)
        assert sender.refused == 1


def test_what_is_too_long_goes_in_fragments(place: Place) -> None:
    src, dst = HOSTS[4]
    whole = build(src=src, dst=dst, sport=1, dport=2, seq=0, flags=ACK, payload=bytes(3000))

    def hear() -> socket.socket:
        heard = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        heard.settimeout(10)
        return heard

    with place.do(hear) as heard, Sender(place) as sender:
        sender.send(whole.octets, 1500)
        assert parse(heard.recv(65535)).payload == bytes(3000)  # put together again


def test_who_may_not_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(family: int) -> socket.socket:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(module, "_raw", refuse)
    with pytest.raises(Broken, match="no raw sockets for this user"):
        Sender(Place())
