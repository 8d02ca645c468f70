"""An alarm that makes a file descriptor readable, to the microsecond; trio's deadlines are good to a millisecond."""

import ctypes
import os
import time
from types import TracebackType

_libc = ctypes.CDLL(None, use_errno=True)
_US_PER_S = 1_000_000


class _ITimerSpec(ctypes.Structure):
    """struct itimerspec: the interval, which stays zero, and the time until it goes off."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class Alarm:
    """A timerfd; a context manager. Readable from the moment it goes off until it is set or read again."""

    def __init__(self) -> None:
        self._off = True
        self._descriptor = _libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_CLOEXEC | os.O_NONBLOCK)
        if self._descriptor < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def fileno(self) -> int:
        """The file descriptor to wait for."""
        return int(self._descriptor)

    def set(self, after_us: int | None) -> None:
        """Go off after so many microseconds (at once if there are none left), or not at all."""
        if after_us is None:
            if self._off:
                return  # which is how it mostly is: a call into the kernel less for each frame that comes alone
            spec = _ITimerSpec()
        else:
            seconds, us = divmod(max(after_us, 1), _US_PER_S)
            spec = _ITimerSpec(0, 0, seconds, us * 1000)
        if _libc.timerfd_settime(self._descriptor, 0, ctypes.byref(spec), None) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        self._off = after_us is None

    def __enter__(self) -> "Alarm":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._descriptor)
