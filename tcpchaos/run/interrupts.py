"""A user's Ctrl-C on its way to the run, which may live in another thread than the one that hears of signals."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import trio

HEEDED: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Signals by which a user asks for an end: heard in the main thread, heeded in the loop of the run."""

    def __init__(self, heeded: tuple[signal.Signals, ...] = HEEDED) -> None:
        self._heeded = heeded
        self._tell: Callable[[str], None] = _nobody

    def heed(self, callback: Callable[[str], None]) -> None:
        """Have the callback called, with the signal's name, in the loop from which this is called."""
        token = trio.lowlevel.current_trio_token()

        def tell(name: str) -> None:
            with suppress(trio.RunFinishedError):  # when the run came to its end in the same moment
                token.run_sync_soon(callback, name)

        self._tell = tell

    async def listen(self) -> None:
        """Pass on each signal, until cancelled; where this is not the main thread, there are none."""
        if threading.current_thread() is not threading.main_thread():
            return
        with trio.open_signal_receiver(*self._heeded) as signals:
            async for number in signals:
                self._tell(signal.Signals(number).name)


def _nobody(name: str) -> None:
    """Heed nothing: the run has not begun."""
