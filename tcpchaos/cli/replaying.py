"""A replay that a user watches and may end: what was done until then is kept."""

import signal
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path

import trio

from tcpchaos.corpus.replay import Kept, Replay, Target, open_runner, replay_all
from tcpchaos.run.session import one_error


class Replaying:
    """The replay of some cases: `done` are those that are through, in the order in which they were asked for."""

    def __init__(self, cases: Sequence[Kept], target: Target, times: int, *, within_s: float = inf) -> None:
        self.tell: Callable[[str], object] = str
        self.interrupted = False
        self.took_us = 0
        self._cases = cases
        self._target = target
        self._times = times
        self._within_s = within_s
        self._done: dict[Path, Replay] = {}
        self._playing = trio.CancelScope()

    @property
    def done(self) -> list[Replay]:
        """The cases that are through."""
        return [self._done[kept.file] for kept in self._cases if kept.file in self._done]

    async def play(self) -> None:
        """Replay all, until Ctrl-C or SIGTERM or the end of the time that there is for it."""
        began = trio.current_time()
        with one_error():
            async with trio.open_nursery() as nursery:
                self._playing = nursery.cancel_scope
                self._playing.deadline = began + self._within_s
                await nursery.start(self._listen)
                async with open_runner(self._target, len(self._cases) * self._times) as runner:
                    await replay_all(self._cases, self._target, runner, times=self._times, heed=self._heed)
                nursery.cancel_scope.cancel()
        self.took_us = round((trio.current_time() - began) * 1_000_000)

    def _heed(self, replay: Replay) -> None:
        if replay.result is not None and replay.result.interrupted:
            self._end()
            return
        self._done[replay.kept.file] = replay
        self.tell(f"{len(self._done)} of {len(self._cases)} cases: {replay.status}: {replay.kept.case.title}")

    async def _listen(self, *, task_status: trio.TaskStatus[None]) -> None:
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            async for _ in signals:
                self._end()

    def _end(self) -> None:
        self.interrupted = True
        self._playing.cancel()
