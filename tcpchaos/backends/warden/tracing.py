"""A room of the lab's own in the kernel's tracing (a tracefs instance), that is gone when the lab is.

The process above process 1 of a lab makes it and outlives everyone who uses it: whichever way they end, it removes the
room. Should that process itself be killed, the lock on the room goes with it, and whoever makes the next one removes
all that nobody holds. Only a user who may change the machine's tracing can have one: the real root, usually.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from tcpchaos.backends.warden.linux import MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, mount, unmount

TRACEFS = "/sys/kernel/tracing"
PREFIX = "tcpchaos-"
# The clock of time.monotonic_ns(), so that what the kernel tells has its place among what was seen on the wire.
CLOCK = "mono"
_TRIES = 8
# Files in it that somebody still holds open keep a room from being removed; those of the dying are closed soon.
_REMOVAL_S = 2.0
_RETRY_S = 0.01


class Room:
    """One instance; `directory` is where it is, as a file descriptor that may be passed on."""

    def __init__(self) -> None:
        """Make it, and remove those that nobody holds any more; OSError where that is refused."""
        self._instances = open_instances()
        try:
            remove_abandoned(self._instances)
            self._lock = self._make()
        except OSError:
            os.close(self._instances)
            raise
        self.directory = os.open(self.name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._instances)

    def _make(self) -> int:
        for _ in range(_TRIES):
            self.name = PREFIX + os.urandom(6).hex()
            os.mkdir(self.name, 0o700, dir_fd=self._instances)
            lock = _lock(self._instances, self.name)
            # Between these two steps somebody who cleans up may have taken it for an abandoned one.
            if lock is not None and os.fstat(lock).st_nlink:
                return lock
            if lock is not None:
                os.close(lock)
        raise FileNotFoundError("rooms in the kernel's tracing are removed as fast as they are made")

    def prepare(self) -> None:
        """Do what takes the kernel a while, so that it is done when the room is first used."""
        with suppress(OSError):  # whoever uses it will see, and say, that it has another clock
            set_clock(self.directory)

    def remove(self) -> None:
        """Remove it, as soon as nobody uses it any more."""
        until = time.monotonic() + _REMOVAL_S
        os.close(self.directory)
        while True:
            try:
                os.rmdir(self.name, dir_fd=self._instances)
            except FileNotFoundError:
                break
            except OSError:
                if time.monotonic() > until:
                    break  # it stays, and the next lab removes it
                time.sleep(_RETRY_S)
            else:
                break
        os.close(self._lock)
        os.close(self._instances)


def set_clock(directory: int) -> None:
    """Have the times in this room be those of time.monotonic_ns(); OSError where the kernel has no such clock."""
    descriptor = os.open("trace_clock", os.O_RDWR | os.O_CLOEXEC, dir_fd=directory)
    try:
        if f"[{CLOCK}]" not in os.read(descriptor, 4096).decode():
            os.write(descriptor, CLOCK.encode())
    finally:
        os.close(descriptor)


def remove_abandoned(instances: int) -> None:
    """Remove the rooms of labs that were killed before they could do it themselves."""
    for name in os.listdir(instances):
        if not name.startswith(PREFIX):
            continue
        with suppress(OSError):  # somebody else removes it, or still holds a file in it
            lock = _lock(instances, name)
            if lock is not None:
                try:
                    os.rmdir(name, dir_fd=instances)
                finally:
                    os.close(lock)


def _lock(instances: int, name: str) -> int | None:
    """Open a room and hold it, or return None where another process does; OSError where it is gone."""
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=instances)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def open_instances() -> int:
    """Open the directory in which rooms are made, mounting tracefs for a moment where it is not mounted.

    It is mounted only for this process' own mount namespace, and a descriptor is all that stays of it.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    where = Path(TRACEFS) / "instances"
    if where.exists():
        return os.open(where, flags)
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("tracefs", TRACEFS, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    try:
        return os.open(where, flags)
    finally:
        unmount(TRACEFS)
