"""A queue is bound, packets come out of it, verdicts are done in their order, and what was missed is counted."""

import select
import socket
import struct
from typing import Any

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue import rules
from tcpchaos.backends.queue.binding import Queue
from tcpchaos.backends.queue.netlink import NETLINK_NETFILTER, Queued
from tcpchaos.backends.queue.place import Place
from tcpchaos.wire import SYN, parse


def netlink() -> socket.socket:
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)


def taken(queue: Queue) -> Queued:
    """The next packet, once there is one."""
    select.select([queue], [], [], 10)
    queued = queue.receive()
    assert queued is not None
    return queued


def connecting(place: Place, port: int) -> socket.socket:
    """A socket that has begun to connect to the loopback."""

    def begin() -> socket.socket:
        made = socket.socket()
        made.setblocking(False)
        made.connect_ex(("127.0.0.1", port))
        return made

    return place.do(begin)


def test_packets_wait_for_their_verdicts_and_go_on_as_those_say(place: Place) -> None:
    def listen() -> socket.socket:
        made = socket.create_server(("127.0.0.1", 80))
        made.settimeout(10)
        return made

    with Queue(place.do(netlink)) as queue, place.do(listen) as listening:
        rules.install(place, rules.rules(rules.Flows(port=80, families=(4,)), queue.number))
        assert queue.receive() is None
        with connecting(place, 80) as client:
            syn = taken(queue)
            assert (syn.hook, syn.outdev, syn.number) == (3, 1, 1)
            assert (parse(syn.octets).flags, parse(syn.octets).checksum_ok) == (SYN, True)
            queue.accept(syn.number, parse(syn.octets).replace(window=1000).octets)
            assert queue.receive() is None  # nothing is done yet
            queue.flush()
            answer = taken(queue)
            assert parse(answer.octets).sport == 80
            queue.accept(answer.number)
            queue.flush()
            queue.accept(taken(queue).number)
            queue.flush()
            with listening.accept()[0] as served:
                assert served.getpeername() == client.getsockname()
        assert queue.unheard == 0


def test_when_nobody_serves_it_any_more_everything_passes(place: Place) -> None:
    with Queue(place.do(netlink)) as queue:
        rules.install(place, rules.rules(rules.Flows(port=80, families=(4,)), queue.number))
        with connecting(place, 80):
            queue.drop(taken(queue).number)
            queue.flush()

    with pytest.raises(ConnectionRefusedError):
        place.do(lambda: socket.create_connection(("127.0.0.1", 80), timeout=10))


def test_two_queues_have_two_numbers(place: Place) -> None:
    with Queue(place.do(netlink)) as one, Queue(place.do(netlink)) as other:
        assert one.number != other.number


def test_packets_that_were_let_pass_for_want_of_room_are_counted(place: Place) -> None:
    with Queue(place.do(netlink)) as queue:
        queue._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        rules.install(place, rules.rules(rules.Flows(port=80, families=(4,)), queue.number))
        for _ in range(40):
            connecting(place, 80).close()
        count = 0
        while (queued := queue.receive()) is not None:
            count += 1
            queue.accept(queued.number)
        queue.flush()
        connecting(place, 80).close()
        assert taken(queue).number == count + queue.unheard + 1
        assert queue.unheard > 0


def test_who_may_not_is_told_what_is_missing() -> None:
    class Refusing:
        def setsockopt(self, *words: object) -> None:
            raise PermissionError

        def send(self, octets: bytes) -> int:
            return len(octets)

        def recv(self, most: int) -> bytes:
            return struct.pack("=IHHIIi", 20, 2, 0, 0, 0, -1)

    refusing: Any = Refusing()
    with pytest.raises(Broken, match="no packet queue may be used by this user"):
        Queue(refusing)
