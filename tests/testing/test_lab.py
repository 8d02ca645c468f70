"""What a test can do with a lab: sockets at both ends, servers and clients as programs, a look at what has passed."""

import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.testing import Proxy

pytestmark = pytest.mark.usefixtures("lab_or_skip")

SERVER = f"""{sys.executable} -c '
import os, socket
listening = socket.create_server((os.environ["TCPCHAOS_HOST"], {{port}}))
while True:
    with listening.accept()[0] as served:
        served.sendall(served.recv(100).upper())
'"""
CLIENT = f"""{sys.executable} -c '
import socket
with socket.create_connection(("{{host}}", {{port}})) as client:
    client.sendall(b"hello")
    print(client.recv(100).decode())
'"""


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.close()


def test_sockets_at_both_ends_are_the_kernel_s_and_see_only_each_other(proxy: Proxy) -> None:
    with proxy() as lab, lab.listen() as listening, lab.connect() as client:
        served, peer = listening.accept()
        with served:
            assert peer[0] == lab.client_address == client.getsockname()[0]
            assert served.getsockname() == (lab.server_address, lab.port) == client.getpeername()
            assert client.gettimeout() == 10
        assert lab.segments >= 3
    assert proxy.last is not None
    assert (proxy.last.outcome, len(proxy.last.connections)) == ("pass", 1)


def test_a_port_where_nobody_listens_refuses(proxy: Proxy) -> None:
    with proxy() as lab:
        with pytest.raises(ConnectionRefusedError):
            lab.connect(81)
        with lab.listen(81), pytest.raises(OSError, match="Address already in use"):
            lab.listen(81)


def test_programs_run_at_both_ends(proxy: Proxy) -> None:
    with proxy("client data#1: drop") as lab:
        port = lab.serve(SERVER)
        assert port == lab.port > 0
        assert lab.run(CLIENT) == (0, "HELLO\n", "")
        with lab.connect() as client:
            client.sendall(b"again")
            assert client.recv(10) == b"AGAIN"
        assert lab.result.fired[0].times == 2
    with proxy(server=SERVER) as lab:
        assert lab.run(CLIENT).stdout == "HELLO\n"


def test_programs_that_fail_are_told_apart(proxy: Proxy) -> None:
    with proxy() as lab:
        assert lab.run("sh -c 'echo no >&2; exit 3'") == (3, "", "no\n")
        with pytest.raises(TimeoutError, match=r"sleep 60 had not ended after 0\.1 s"):
            lab.run("sleep 60", timeout_s=0.1)
        with pytest.raises(Broken, match="the command 'nothing-of-the-kind' does not exist"):
            lab.run("nothing-of-the-kind")
        with pytest.raises(Broken):
            lab.serve("true")


def test_what_is_late_at_the_end_is_waited_for(proxy: Proxy) -> None:
    with proxy("client fin: delay 300ms") as lab, lab.listen() as listening:
        client = lab.connect()
        served, _ = listening.accept()
        heard = threading.Thread(target=served.recv, args=(1,))
        heard.start()
        client.shutdown(socket.SHUT_WR)
    heard.join()
    assert proxy.last is not None
    assert "F." in [each.segment.split()[0] for each in proxy.last.trace.events if each.what == "delivered"]
    client.close()
    served.close()


def test_another_plan_may_come_in_the_midst_of_it(proxy: Proxy) -> None:
    with proxy() as lab, lab.listen() as listening, lab.connect() as client:
        served, _ = listening.accept()
        with served:
            lab.replace("client data#1: duplicate")
            client.sendall(b"hello")
            assert served.recv(10) == b"hello"
            assert [(fired.rule, fired.times) for fired in lab.result.fired] == [("client data#1: duplicate", 1)]
