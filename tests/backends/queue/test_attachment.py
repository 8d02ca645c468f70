"""Flows of a network of the test's own through the proxy: over its loopback, in from outside, and forwarded."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue import Attachment, Flows, Place, Rule, attached
from tcpchaos.backends.queue.rules import found, install
from tcpchaos.engine import Engine
from tcpchaos.oracle import Oracle
from tcpchaos.plan import parse
from tcpchaos.trace import Side, Trace
from tests.netns import cable, lacks, network, sysctl, up, way

PORT = 8099
OCTETS = 2_000_000
WEATHER = ("any data: drop 2%", "any data: hold 2 2%", "any any: duplicate 1%", "any data: split 1000 3%")


def serve(address: str, family: socket.AddressFamily) -> socket.socket:
    """A server that sends back what it is sent, connection after connection, until its listener is closed."""
    listening = socket.create_server((address, PORT), family=family)

    def answer(taken: socket.socket) -> None:
        with taken, suppress(ConnectionError):
            while octets := taken.recv(1 << 16):
                taken.sendall(octets)

    def accept() -> None:
        while True:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(taken,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listening


def talk(address: str, octets: int = OCTETS) -> bytes:
    """Send as many octets, and return what comes back until the end."""
    with socket.create_connection((address, PORT), timeout=40) as client, ThreadPoolExecutor() as speaker:

        def say() -> None:
            client.sendall(bytes(range(250)) * (octets // 250))
            client.shutdown(socket.SHUT_WR)

        # Of a reset both threads are told, and the socket stays open until both are done with it.
        spoken = speaker.submit(say)
        heard = b""
        while more := client.recv(1 << 16):
            heard += more
        spoken.result()
    return heard


class Watched:
    """An attachment, pumped, with what is known of its flows."""

    def __init__(self, attachment: Attachment, *plan: str) -> None:
        self.attachment = attachment
        self.trace = Trace()
        self.oracle = Oracle(stacks=attachment.stacks, sight=attachment.sight)
        self.engine = Engine(parse("\n".join(plan)), self.oracle, self.trace, mtu=attachment.mtu)
        self._began_ns = time.monotonic_ns()

    def clock(self) -> int:
        return (time.monotonic_ns() - self._began_ns) // 1000

    async def during(self, place: Place, act: Any) -> Any:
        """Pump while something is done in a network, and return what came of it."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.attachment.pump, self.engine, self.clock)
            done = await trio.to_thread.run_sync(partial(place.do, act))
            nursery.cancel_scope.cancel()
        return done

    def verdict(self) -> tuple[str, str, list[str]]:
        verdict = self.oracle.verdict(going_on=True)
        return (
            verdict.outcome,
            verdict.faults,
            [f"{each.rule} {each.blame}" for each in verdict.findings if each.known is None],
        )


def in_force(place: Place) -> list[Rule]:
    return found(place, (4, 6))


def silent(rules: tuple[Rule, ...]) -> None:
    """Hear of the rules and say nothing."""


@contextmanager
def serving(place: Place, address: str = "127.0.0.1") -> Iterator[None]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with place.do(partial(serve, address, family)):
        yield


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_over_the_loopback_both_ends_are_judged_and_notice_nothing(place: Place, address: str) -> None:
    told: list[tuple[Rule, ...]] = []
    with serving(place, address), attached(Flows(port=PORT), place, told.append, mtu=1500) as attachment:
        watched = Watched(attachment, *WEATHER)
        heard = await watched.during(place, partial(talk, address))

        assert heard == bytes(range(250)) * (OCTETS // 250)
        assert watched.verdict() == ("pass", "survivable", [])
        assert all(watched.engine.deeds)
        assert (attachment.losses(), attachment.listening) == ({}, True)
        (connection,) = watched.oracle.connections
        assert (connection.whole, connection.far) == (True, frozenset())
        assert [(rule.table, rule.chain) for rule in told[0]] == [(each.table, each.chain) for each in in_force(place)]
    assert in_force(place) == []


async def test_packets_too_long_for_a_queue_are_not_made(place: Place) -> None:
    with serving(place), attached(Flows(port=PORT), place, silent) as attachment:
        watched = Watched(attachment)
        assert len(await watched.during(place, partial(talk, "127.0.0.1"))) == OCTETS

    assert attachment.mtu == max(event.packet.end for event in watched.trace) == 65531
    assert (attachment.losses(), watched.verdict()) == ({}, ("pass", "none", []))
    assert "lowered to 65,491 octets (IPv6: 65,471)" in attachment.notes()[0]


async def test_each_segment_is_judged_once(place: Place) -> None:
    with serving(place), attached(Flows(port=PORT), place, silent) as attachment:
        watched = Watched(attachment)
        await watched.during(place, partial(talk, "127.0.0.1", 250))

    sent = [event for event in watched.trace if not event.delivered]
    assert len({event.packet.octets for event in sent}) == len(sent)
    assert watched.verdict() == ("pass", "none", [])


async def test_what_went_on_before_passes_and_is_not_judged_from_its_beginning(place: Place) -> None:
    with serving(place):
        client = place.do(lambda: socket.create_connection(("127.0.0.1", PORT), timeout=10))

        def go_on() -> bytes:
            client.sendall(b"more")
            return client.recv(10)

        with client, attached(Flows(port=PORT), place, silent) as attachment:
            watched = Watched(attachment)
            assert await watched.during(place, go_on) == b"more"
            assert [each.whole for each in watched.oracle.connections] == [False]
            assert watched.verdict() == ("pass", "none", [])


async def test_forged_and_changed_segments_reach_both_ends(place: Place) -> None:
    with serving(place), attached(Flows(port=PORT), place, silent) as attachment:
        watched = Watched(
            attachment,
            "client data#1: corrupt 0 0xff, checksum=bad",
            "on client=established: inject to client rst seq=rcv.nxt+1",
            "server data#1: delay 20ms",
        )
        assert await watched.during(place, partial(talk, "127.0.0.1", 250_000)) == bytes(range(250)) * 1000
        assert watched.verdict() == ("pass", "survivable", [])
        assert watched.engine.deeds == (1, 1, 1)


async def test_a_reset_of_ours_ends_a_connection(place: Place) -> None:
    with serving(place), attached(Flows(port=PORT), place, silent) as attachment:
        watched = Watched(attachment, "client data#1: inject to client rst seq=rcv.nxt")
        with pytest.RaisesGroup(ConnectionResetError):
            await watched.during(place, partial(talk, "127.0.0.1", 250))
        assert watched.verdict()[:2] == ("pass", "lethal")


@pytest.fixture
def three() -> Iterator[tuple[Place, Place, Place]]:
    """A client's network, one in between that forwards, and a server's; IPv4 and IPv6."""
    if why := lacks():
        pytest.skip(why)
    with ExitStack() as stack:
        client, middle, server = (stack.enter_context(network()) for _ in range(3))
        cable(middle, "c", client, "eth0")
        cable(middle, "s", server, "eth0")
        for end, name, number in ((client, "c", 1), (server, "s", 2)):
            end.do(partial(up, "eth0", f"10.9.{number}.2/24"))
            middle.do(partial(up, name, f"10.9.{number}.1/24"))
            way(end, f"10.9.{number}.1")
        sysctl(middle, "net.ipv4.ip_forward", "1")
        yield client, middle, server


@pytest.mark.parametrize(("where", "far"), [(0, {Side.SERVER}), (1, {Side.CLIENT, Side.SERVER}), (2, {Side.CLIENT})])
async def test_in_out_and_forwarded(three: tuple[Place, Place, Place], where: int, far: set[Side]) -> None:
    client, _, server = three
    flows = Flows(port=PORT, address="10.9.2.2", ways=frozenset({"network", "forward"}), families=(4,))
    with serving(server, "10.9.2.2"), attached(flows, three[where], silent) as attachment:
        watched = Watched(attachment, *WEATHER)
        assert len(await watched.during(client, partial(talk, "10.9.2.2", 500_000))) == 500_000
        assert watched.verdict() == ("pass", "survivable", [])
        assert (attachment.mtu, attachment.losses()) == (1500, {})
        (connection,) = watched.oracle.connections
        assert (connection.whole, set(connection.far)) == (True, far)
        assert max(event.packet.end for event in watched.trace) <= 1500
    assert in_force(three[where]) == []


LOSSY = ("-m", "statistic", "--mode", "random", "--probability", "0.03", "-j", "DROP")


@pytest.mark.parametrize("where", [0, 1, 2])
async def test_what_is_lost_elsewhere_is_held_against_nobody(three: tuple[Place, Place, Place], where: int) -> None:
    client, middle, server = three
    install(middle, [Rule(4, "mangle", "POSTROUTING", LOSSY)])
    flows = Flows(port=PORT, ways=frozenset({"network", "forward"}), families=(4,))

    def talk_all() -> None:
        talkers = [threading.Thread(target=talk, args=("10.9.2.2", 50_000)) for _ in range(6)]
        for each in talkers:
            each.start()
        for each in talkers:
            each.join()

    with serving(server, "10.9.2.2"), attached(flows, three[where], silent) as attachment:
        watched = Watched(attachment, "any data: drop 2%")
        await watched.during(client, talk_all)
        watched.oracle.look(watched.clock())
        assert watched.verdict() == ("pass", "survivable", [])
        assert watched.oracle.seen == 6


def test_flows_that_another_one_has_are_not_taken_from_it(place: Place) -> None:
    with attached(Flows(port=PORT), place, silent):
        with pytest.raises(Broken, match="another tcpchaos has the flows of port 8099"):
            attached(Flows(port=PORT, families=(4,)), place, silent).__enter__()
        with attached(Flows(port=PORT + 1), place, silent):
            assert len(in_force(place)) == 8
        assert len(in_force(place)) == 4


KILLED = """
import sys, trio
from pathlib import Path
from tcpchaos.backends.queue import Flows, attached, named
with attached(Flows(port=8099), named(sys.argv[1]), print) as attachment:
    print("attached", flush=True)
    trio.run(trio.sleep_forever)
"""


def test_who_is_killed_leaves_rules_that_let_everything_pass_and_the_next_one_removes_them(place: Place) -> None:
    with serving(place):
        script = [sys.executable, "-c", KILLED, place.option[1]]
        with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            while process.stdout.readline() != "attached\n":
                assert process.poll() is None
            process.kill()
        assert len(in_force(place)) == 4
        assert place.do(partial(talk, "127.0.0.1", 250)) == bytes(range(250))

        with attached(Flows(port=PORT), place, silent) as attachment:
            assert (attachment.removed, len(in_force(place))) == (4, 4)
    assert in_force(place) == []
