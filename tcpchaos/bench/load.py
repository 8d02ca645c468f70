"""The two applications of a measurement, as programs at the endpoints: plain blocking sockets and nothing else.

They are processes of their own, so that they don't share an interpreter with what is measured. Only the standard
library is imported, so that they start at once. What one has found out it prints as a line of JSON.
"""

import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_CHUNK_OCTETS: Final = 1 << 18
_SHARE_OCTETS: Final = 1 << 14  # of each connection in turn, where many send
_PING_OCTETS: Final = 64
_FEWEST_PINGS: Final = 20
_GONE_S: Final = 5.0  # an answer that takes longer is not waited for
_NS_PER_S: Final = 1_000_000_000
_DO_NOT_LINGER: Final = struct.pack("ii", 1, 0)
_COUNTERS: Final = Path("/proc/thread-self/net/dev")
_PACKETS_RECEIVED, _PACKETS_SENT = 1, 9  # columns of that file


def _tell(**figures: float) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


def packets(table: str, interface: str = "eth0") -> int:
    """Return how many packets an interface has received and sent, from the text of /proc/net/dev."""
    for line in table.splitlines():
        name, _, columns = line.partition(":")
        if name.strip() == interface:
            counts = columns.split()
            return int(counts[_PACKETS_RECEIVED]) + int(counts[_PACKETS_SENT])
    raise LookupError(interface)


def _listen(port: str) -> socket.socket:
    return socket.create_server(("", int(port)), backlog=1024)


def sink(port: str, warm_up_s: str, seconds: str) -> None:
    """Take in a stream, and count the segments of both directions over a time that begins after a while."""
    connection, _ = _listen(port).accept()
    room = bytearray(_CHUNK_OCTETS)
    begin = time.monotonic_ns() + int(float(warm_up_s) * _NS_PER_S)
    while time.monotonic_ns() < begin and connection.recv_into(room):
        continue
    began, before, octets = time.monotonic_ns(), packets(_COUNTERS.read_text()), 0
    end = began + int(float(seconds) * _NS_PER_S)
    while time.monotonic_ns() < end and (size := connection.recv_into(room)):
        octets += size
    took_s = (time.monotonic_ns() - began) / _NS_PER_S
    seen = packets(_COUNTERS.read_text()) - before
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DO_NOT_LINGER)
    connection.close()
    _tell(segments_per_s=seen / took_s, octets_per_s=octets / took_s)


def source(address: str, port: str) -> None:
    """Send a stream until nobody takes it any more."""
    chunk = bytes(_CHUNK_OCTETS)
    with socket.create_connection((address, int(port))) as connection, suppress(ConnectionError):
        while True:
            connection.sendall(chunk)


def echo(port: str) -> None:
    """Answer each message of one connection with itself."""
    connection, _ = _listen(port).accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with suppress(ConnectionError):
        while octets := connection.recv(_CHUNK_OCTETS):
            connection.sendall(octets)


def ping(address: str, port: str, seconds: str) -> None:
    """Send a message, wait for the answer, and again; tell the median of the round trips and their 99th percentile."""
    message = bytes(_PING_OCTETS)
    trips: list[int] = []
    with socket.create_connection((address, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.monotonic_ns() + int(float(seconds) * _NS_PER_S)
        while len(trips) < _FEWEST_PINGS or time.monotonic_ns() < end:
            began = time.perf_counter_ns()
            connection.sendall(message)
            rest = _PING_OCTETS
            while rest:
                octets = connection.recv(rest)
                if not octets:
                    raise ConnectionError("the server hung up")
                rest -= len(octets)
            trips.append(time.perf_counter_ns() - began)
    trips.sort()
    _tell(p50_us=trips[len(trips) // 2] / 1000, p99_us=trips[len(trips) * 99 // 100] / 1000, trips=len(trips))


def answer(port: str, workers: str) -> None:
    """Answer one message of each connection, several connections at a time."""
    listening = _listen(port)
    for _ in range(int(workers) - 1):
        if os.fork() == 0:
            break
    while True:
        connection, _ = listening.accept()
        with connection, suppress(ConnectionError):
            connection.sendall(connection.recv(_PING_OCTETS))


def _call_until(address: str, port: int, end: int) -> int:
    """Make one short connection after the other until `end`; return how many were answered."""
    answered = 0
    while time.monotonic_ns() < end:
        try:
            with socket.create_connection((address, port), _GONE_S) as connection:
                connection.sendall(b"?")
                answered += bool(connection.recv(_PING_OCTETS))
        except (ConnectionError, TimeoutError):
            continue
    return answered


def call(address: str, port: str, workers: str, seconds: str) -> None:
    """Make short connections, several at a time, and tell how many were answered in a second."""
    began = time.monotonic_ns()
    end = began + int(float(seconds) * _NS_PER_S)
    reader, writer = os.pipe()
    for _ in range(int(workers)):
        if os.fork() == 0:
            os.write(writer, f"{_call_until(address, int(port), end)}\n".encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as counts:
        answered = sum(map(int, counts))
    _tell(connections_per_s=answered * _NS_PER_S / (time.monotonic_ns() - began))


def hold(port: str, number: str) -> None:
    """Accept connections, drink what comes in over any of them, and keep them all open."""
    listening = _listen(port)
    accepted = []
    for _ in range(int(number)):
        connection, _ = listening.accept()
        accepted.append(connection)
        threading.Thread(target=_drink, args=(connection,), daemon=True).start()
    _tell(accepted=len(accepted))
    threading.Event().wait()


def _drink(connection: socket.socket) -> None:
    room = bytearray(_SHARE_OCTETS)
    with suppress(ConnectionError):
        while connection.recv_into(room):
            continue


def many(address: str, port: str, number: str, talking: str) -> None:
    """Open connections and keep them open; over the first `talking` of them send for ever, each in its turn."""
    connections = [socket.create_connection((address, int(port))) for _ in range(int(number))]
    _tell(opened=len(connections))
    share = bytes(_SHARE_OCTETS)
    with suppress(ConnectionError):
        while int(talking):
            for connection in connections[: int(talking)]:
                connection.sendall(share)
    threading.Event().wait()


_ROLES: Final[dict[str, Callable[..., None]]] = {
    role.__name__: role for role in (sink, source, echo, ping, answer, call, hold, many)
}


def main() -> None:
    """Play the role that the first argument names, with the others as its arguments."""
    _ROLES[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
