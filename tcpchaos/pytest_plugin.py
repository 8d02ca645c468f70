"""The pytest plugin: `pytest corpus/` runs saved cases as tests, and fixtures put the proxy into tests of the user's.

pytest imports this in every project of an environment in which tcpchaos is installed, so that nothing is imported here
that a project which uses none of it would have to wait for.
"""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from tcpchaos.corpus.replay import Kept, Replay, Target
    from tcpchaos.testing import Lab, Proxy

_LOOKED_AT: Final = 256  # octets of a file that tell whether it means to be a case
_AHEAD: Final = 64  # cases that are played at the same time; whoever stops at the first failure waits for so many
_DONE: "Final[pytest.StashKey[dict[Path, Replay]]]" = pytest.StashKey()  # what came of cases that were played ahead
_WIDTH: Final = 100  # columns of what is drawn where a case fails


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let cases be played elsewhere than between two kernels."""
    group = parser.getgroup("tcpchaos", "saved cases of tcpchaos (*.json)")
    group.addoption("--tcpchaos-backend", choices=("auto", "lab", "sim"), default="auto", help="where they are played")
    group.addoption("--tcpchaos-times", type=int, default=1, metavar="N", help="how often each is played")
    group.addoption("--tcpchaos-server", metavar="CMD", help="a server for them, or sim, or sim:NAME")
    group.addoption("--tcpchaos-client", metavar="CMD", help="the client for it, or sim, or sim:NAME")
    group.addoption("--tcpchaos-strict", action="store_true", help="known deviations of a stack are violations too")


_MARKER: Final = (
    "tcpchaos(plan, *, server, family, mtu, strict): what the lab of this test is like: its plan, a line or a list of "
    "them; a command for a server in it; 4 or 6; octets of the largest packet; known deviations are violations too"
)
_LAB: Final = pytest.StashKey["Lab"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def tcpchaos_proxy() -> Iterator["Proxy"]:
    """Labs on demand: `with tcpchaos_proxy(plan) as lab:`; leaving the block raises where an endpoint broke the law."""
    from tcpchaos.testing import Proxy

    proxy = Proxy()
    yield proxy
    proxy.close()


@pytest.fixture
def tcpchaos_lab(request: pytest.FixtureRequest, tcpchaos_proxy: "Proxy") -> Iterator["Lab"]:
    """A lab under the plan of the test's `tcpchaos` marker: sockets at both ends, and a verdict after the test."""
    from tcpchaos.backends.host import Broken
    from tcpchaos.plan import PlanError
    from tcpchaos.testing import ViolationError
    from tcpchaos.testing.marker import MarkerError, properties, wanted

    item: pytest.Item = request.node
    try:
        arguments = wanted([(marker.args, marker.kwargs) for marker in item.iter_markers("tcpchaos")])
        with tcpchaos_proxy(**arguments, what=item.name) as lab:
            item.stash[_LAB] = lab
            yield lab
    except (MarkerError, PlanError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except Broken as broken:
        raise pytest.fail.Exception(f"there is no lab: {broken}", pytrace=False) from None
    except ViolationError as violation:
        raise pytest.fail.Exception(str(violation), pytrace=False) from None
    finally:
        if _LAB in item.stash and tcpchaos_proxy.last is not None:
            item.user_properties.extend(properties(tcpchaos_proxy.last))
            del item.stash[_LAB]


@pytest.hookimpl(hookwrapper=True)  # as older versions of pytest know it, too
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Show beside the failure of a test what passed in its lab."""
    outcome = yield
    lab = item.stash.get(_LAB, None)
    if lab is None:
        return
    report: pytest.TestReport = outcome.get_result()
    if report.when == "call" and report.failed:
        from tcpchaos.testing.proxy import story_so_far

        report.sections.append(("tcpchaos", story_so_far(lab)))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "CaseFile | None":
    """Take a file that begins as a case does; other JSON is none of our business."""
    if file_path.suffix != ".json" or file_path.name.startswith("."):
        return None
    with open(file_path, "rb") as file:
        if b'"tcpchaos"' not in file.read(_LOOKED_AT):
            return None
    from tcpchaos.corpus.store import means_a_case

    return CaseFile.from_parent(parent, path=file_path) if means_a_case(file_path) else None


class CaseFile(pytest.File):
    """A file with a case."""

    def collect(self) -> Iterator["CaseItem"]:
        """Yield its one test; a file that is no case is an error of the collection."""
        from tcpchaos.corpus.case import CaseError
        from tcpchaos.corpus.replay import Kept
        from tcpchaos.corpus.store import read

        try:
            case = read(self.path)
        except (CaseError, OSError) as error:
            raise self.CollectError(str(error)) from None
        kept = Kept(name=self.path.stem, case=case, file=self.path)
        yield CaseItem.from_parent(self, name=case.title, kept=kept)


class CaseItem(pytest.Item):
    """A case as a test: it passes where the case says the truth."""

    def __init__(self, *, kept: "Kept", **rest: Any) -> None:
        super().__init__(**rest)
        self.kept = kept

    def runtest(self) -> None:
        """Replay it, and look ahead: the cases that come next are played at the same time."""
        from tcpchaos.report.failure import failure

        done = self.config.stash.setdefault(_DONE, {})
        if self.path not in done:
            _replay([each.kept for each in self._company(done)], self.config, done)
        replayed = done.pop(self.path)
        if replayed.result is not None and replayed.result.interrupted:
            raise KeyboardInterrupt  # which the run has heard in pytest's place
        self.user_properties.append(("tcpchaos_status", replayed.status))
        if replayed.status == "not applicable":
            pytest.skip(replayed.reason)
        if not replayed.as_expected:
            pytest.fail(failure(replayed, width=_WIDTH), pytrace=False)

    def _company(self, done: "dict[Path, Replay]") -> "list[CaseItem]":
        """Return this and the cases behind it that are played with it; a worker of several plays only its own."""
        if hasattr(self.config, "workerinput"):
            return [self]
        behind = self.session.items[self.session.items.index(self) :]
        return [item for item in behind if isinstance(item, CaseItem) and item.path not in done][:_AHEAD]

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name it by its title."""
        return self.path, None, self.kept.case.title


def _replay(cases: "Sequence[Kept]", config: pytest.Config, done: "dict[Path, Replay]") -> None:
    """Replay these cases, and put what came of each under its file."""
    import trio

    from tcpchaos.corpus.replay import open_runner, replay_all

    target, times = _target(config), config.getoption("--tcpchaos-times")

    async def play() -> None:
        async with open_runner(target, len(cases) * times) as runner:
            await replay_all(cases, target, runner, times=times, heed=lambda each: done.update({each.kept.file: each}))

    trio.run(play)


def _target(config: pytest.Config) -> "Target":
    from tcpchaos.cli.group import Mistake
    from tcpchaos.cli.target import Whom

    wanted = {name: config.getoption(f"--tcpchaos-{name}") for name in ("client", "server", "backend", "strict")}
    try:
        return Whom(**wanted).meant()
    except Mistake as mistake:
        raise pytest.UsageError(f"--tcpchaos-server, --tcpchaos-client: {mistake.message}") from None
