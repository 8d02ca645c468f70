"""A trio loop in a thread of its own, which does what other threads ask for, whether these have loops or not."""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

import outcome
import trio

T = TypeVar("T")


class Worker:
    """A loop that goes on until it is closed; `nursery` is for what is to go on in it meanwhile."""

    def __init__(self) -> None:
        self.nursery: trio.Nursery
        self._begun: Future[trio.lowlevel.TrioToken] = Future()
        self._thread = Thread(target=trio.run, args=(self._main,), name="tcpchaos", daemon=True)
        self._thread.start()
        self._token = self._begun.result()

    async def _main(self) -> None:
        async with trio.open_nursery() as self.nursery:
            self._begun.set_result(trio.lowlevel.current_trio_token())
            await trio.sleep_forever()

    def call(self, function: Callable[..., Awaitable[T]], *arguments: object) -> T:
        """Have the loop await this, wait for it in the thread of the caller, and return or raise what came of it."""
        answer: Future[outcome.Outcome[T]] = Future()

        async def ask() -> None:
            answer.set_result(await outcome.acapture(function, *arguments))

        self._token.run_sync_soon(lambda: self.nursery.start_soon(ask))
        return answer.result().unwrap()

    def close(self) -> None:
        """End all that goes on in it."""
        self._token.run_sync_soon(self.nursery.cancel_scope.cancel)
        self._thread.join()
