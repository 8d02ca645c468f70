"""The applications of a measurement: what they count is what an interface counted."""

import socket
from threading import Thread

import pytest

from tcpchaos.bench import load

TABLE = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       7    0    0    0     0          0         0      100       7    0    0    0     0       0          0
  eth0: 1500000    1000    0    0    0     0          0         0    66000     500    0    0    0     0       0          0
"""  # noqa: E501 - as the kernel writes it


def test_packets_of_both_directions_are_counted() -> None:
    assert load.packets(TABLE) == 1500
    assert load.packets(TABLE, "lo") == 14


def test_an_interface_that_is_not_there_is_not_counted_as_silent() -> None:
    with pytest.raises(LookupError):
        load.packets(TABLE, "eth1")


def test_a_ping_is_told_with_its_percentiles(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                while octets := connection.recv(65536):
                    connection.sendall(octets)

        answering = Thread(target=answer)
        answering.start()
        load.ping("127.0.0.1", str(listening.getsockname()[1]), "0")
        answering.join()

    said = capsys.readouterr().out
    assert said.startswith('{"p50_us": ')
    assert said.endswith('"trips": 20}\n')
