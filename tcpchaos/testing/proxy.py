"""Labs one after the other, each under its own plan, with a verdict that is asserted when it is over."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import trio

from tcpchaos.backends.lab import Lab as OpenLab
from tcpchaos.backends.lab import open_lab
from tcpchaos.report import document as doc
from tcpchaos.report.outcome import lived
from tcpchaos.run.live import Live, LiveConfig
from tcpchaos.run.session import one_error
from tcpchaos.testing.lab import Lab, PlanLike, read
from tcpchaos.testing.way import LabWay
from tcpchaos.testing.worker import Worker

WIDTH: Final = 100  # columns of what is drawn


class ViolationError(AssertionError):
    """An endpoint has broken the law; the message is the whole story, with the ladder and the verdict."""


class Proxy:
    """Makes labs. `last` is what came of the one before, as the document of a run."""

    def __init__(self) -> None:
        self.last: doc.Run | None = None
        self._worker: Worker | None = None
        self._labs: dict[tuple[int, int], tuple[OpenLab, set[bytes]]] = {}

    @contextmanager
    def __call__(
        self,
        plan: PlanLike = "",
        *,
        server: str = "",
        family: Literal[4, 6] = 4,
        mtu: int = 1500,
        strict: bool = False,
        what: str = "a test",
    ) -> Iterator[Lab]:
        """Give a lab in the block, with `server`, a command, at its server's end if it is given.

        Raises ViolationError after the block where an endpoint has broken the law; what the block raises carries the
        story as a note. Raises PlanError for a plan that can't be read, Broken where there can't be a lab.
        """
        __tracebackhide__ = True
        config = LiveConfig(flows=what, plan=read(plan), strict=strict)
        worker = self._worker = self._worker or Worker()
        opened, former = worker.call(self._opened, worker, family, mtu)
        lab = Lab(worker, opened, Live(config, LabWay(opened, former)))
        worker.call(lab.begin)
        try:
            if server:
                lab.serve(server)
            yield lab
        except BaseException as error:
            error.add_note(story(self._end(worker, lab)))
            raise
        document = self._end(worker, lab)
        if document.outcome == "violation":
            raise ViolationError(story(document))

    def _end(self, worker: Worker, lab: Lab) -> doc.Run:
        self.last = lived(worker.call(lab.end), "pytest")
        return self.last

    async def _opened(self, worker: Worker, family: Literal[4, 6], mtu: int) -> tuple[OpenLab, set[bytes]]:
        """Return the lab of this kind, which is made when it is wanted first."""
        if (family, mtu) not in self._labs:
            with one_error():
                self._labs[family, mtu] = (await worker.nursery.start(_keep, family, mtu)), set()
        return self._labs[family, mtu]

    def close(self) -> None:
        """Let go of all labs."""
        if self._worker is not None:
            self._worker.close()


async def _keep(family: Literal[4, 6], mtu: int, *, task_status: trio.TaskStatus[OpenLab]) -> None:
    async with open_lab(family, mtu) as lab:
        task_status.started(lab)
        await trio.sleep_forever()


def story_so_far(lab: Lab) -> str:
    """Return what has passed in a lab up to now, as `story` does."""
    return story(lived(lab.result, "pytest"))


def story(document: doc.Run) -> str:
    """Return what passed and what is to be said of it, in lines: the ladders, then the verdict."""
    from rich.console import Console

    from tcpchaos.report.terminal import show

    out = io.StringIO()
    show(Console(file=out, width=WIDTH, color_system=None, highlight=False, markup=False, emoji=False), document)
    return out.getvalue().rstrip()
