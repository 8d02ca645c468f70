"""What the tests of several parts share: `async def` tests run in trio, and labs between real kernels."""

import argparse
import inspect
import os
import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal, Protocol

import pytest
import trio
from hypothesis import HealthCheck, settings

from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.world import PumpedEngine
from tcpchaos.trace import Side
from tcpchaos.wire import Packet

LONGEST_TEST_S = 60
# What Hypothesis draws is the same test on a slow machine: how long an example takes, or drawing one, fails none.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")
REQUIRE_LAB = "TCPCHAOS_REQUIRE_LAB"


def _share(text: str) -> float:
    if not 0 < (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share; say 0.1 for a tenth, 1 for all")
    return share


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the long tests run whole, or as much of them as there is time for."""
    parser.addoption(
        "--share", type=_share, default=0.01, help="how much of each test marked soak to run: 1 is all of it, for hours"
    )


@pytest.fixture
def share(request: pytest.FixtureRequest) -> float:
    """How much of a long test to run: a hundredth, where `--share` does not say otherwise."""
    wanted = request.config.getoption("--share")
    assert isinstance(wanted, float)
    return wanted


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine function in trio, and not for ever."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def in_time() -> None:
        with trio.fail_after(LONGEST_TEST_S):
            await pyfuncitem.obj(**arguments)

    trio.run(in_time)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the environment says that there must be a lab, call a test that was skipped a failure."""
    report = yield
    if report.skipped and os.environ.get(REQUIRE_LAB) == "1":
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_LAB}=1, but this was skipped: {report.longrepr}"
    return report


class Passing:
    """An engine that lets everything pass and remembers what it saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[Side, Packet]] = []
        self.out: list[tuple[Side, bytes]] = []

    def receive(self, side: Side, packet: Packet, now_us: int) -> None:
        self.seen.append((side, packet))
        self.out.append((side.peer, packet.octets))

    def due(self) -> int | None:
        return None

    def advance(self, now_us: int) -> None:
        raise AssertionError("nothing was due")

    def take(self) -> list[tuple[Side, bytes]]:
        out, self.out = self.out, []
        return out


class OpenPumped(Protocol):
    """Opens a lab whose pump runs with this engine, or with one that passes everything."""

    def __call__(
        self, engine: PumpedEngine | None = None, *, family: Literal[4, 6] = 4, mtu: int = 1500
    ) -> AbstractAsyncContextManager[Lab]: ...


@pytest.fixture(scope="session")
def lab_or_skip() -> None:
    """Skip where this machine can't have a lab; fail there when the environment says that it must."""

    async def try_one() -> None:
        async with open_lab():
            pass

    try:
        trio.run(try_one)
    except Broken as broken:
        if os.environ.get(REQUIRE_LAB) == "1":
            pytest.fail(f"{REQUIRE_LAB}=1, but {broken}")
        pytest.skip(str(broken))


@pytest.fixture
def open_pumped(lab_or_skip: None) -> OpenPumped:
    """Labs for a test, pumped while they are open; what the kernels lost on the way fails the test."""

    @asynccontextmanager
    async def opened(
        engine: PumpedEngine | None = None, *, family: Literal[4, 6] = 4, mtu: int = 1500
    ) -> AsyncIterator[Lab]:
        async with open_lab(family, mtu) as lab, trio.open_nursery() as nursery:
            began = time.monotonic_ns()
            await nursery.start(lab.pump, engine or Passing(), lambda: (time.monotonic_ns() - began) // 1000)
            yield lab
            assert await lab.losses() == {}
            nursery.cancel_scope.cancel()

    return opened


@pytest.fixture
def passing() -> Passing:
    """An engine that passes and remembers everything."""
    return Passing()


class Eventually(Protocol):
    """Waits until a condition holds, as long as the test may last."""

    async def __call__(self, condition: Callable[[], object]) -> None: ...


@pytest.fixture
def eventually() -> Eventually:
    """Wait for what a kernel does in its own time; the time limit of the test is the limit."""

    async def wait(condition: Callable[[], object]) -> None:
        while not condition():
            await trio.sleep(0.002)

    return wait
