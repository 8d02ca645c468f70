"""The network in which flows are: this process' own, or one behind a name, a path or a process.

A socket belongs to the network of the thread that makes it, and so does a program that it starts. The thread that
entered another network does nothing else and ends there.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from tcpchaos.backends.host import Broken
from tcpchaos.backends.warden.linux import CLONE_NEWNET, setns, unshare

T = TypeVar("T")

NAMED: Final = Path("/run/netns")  # where iproute2 keeps the namespaces that have names
_OWN: Final = Path("/proc/thread-self/ns/net")


class PlaceError(ValueError):
    """A network that there is not; the message says what to write instead."""


class Place:
    """A network namespace. `name` is what to call it, "" for this process' own; `option` are the words that name it."""

    def __init__(self, name: str = "", path: Path | None = None, option: tuple[str, ...] = ()) -> None:
        """Find it. Raises PlaceError where it is none, Broken where this user may not open it."""
        self.name = name
        self.option = option
        self._descriptor: int | None = None
        if path is None:
            return
        try:
            if os.stat(path).st_dev != os.stat(_OWN).st_dev:
                raise PlaceError(f"{path} is no network namespace: name one of `ip netns`, or /proc/PID/ns/net")
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise PlaceError(_absent(name, path)) from None
        except PermissionError as error:
            raise Broken(f"{path} can't be opened ({error.strerror})", "run as root") from None
        if os.stat(_OWN).st_ino == os.fstat(descriptor).st_ino:
            os.close(descriptor)
            self.name = ""
        else:
            self._descriptor = descriptor

    @property
    def own(self) -> bool:
        """Whether it is the network of this process."""
        return self._descriptor is None

    def do(self, act: Callable[[], T]) -> T:
        """Do something in it and return what came of it. Raises Broken where it may not be entered."""
        if self._descriptor is None:
            return act()

        def inside() -> T:
            self._enter()
            return act()

        with ThreadPoolExecutor(1, thread_name_prefix=f"in {self.name}") as thread:
            return thread.submit(inside).result()

    def _enter(self) -> None:
        assert self._descriptor is not None
        try:
            setns(self._descriptor, CLONE_NEWNET)
        except OSError as error:
            raise Broken(
                f"the network of {self.name} can't be entered ({error.strerror})", "run as root of this machine"
            ) from error

    def close(self) -> None:
        """Let go of it; nothing is to be done there any more."""
        if self._descriptor is not None:
            os.close(self._descriptor)


@contextmanager
def fresh() -> Iterator[Place]:
    """Make a network with nothing in it but a loopback that is down, which is gone after the block. Raises Broken."""

    def make() -> int:
        unshare(CLONE_NEWNET)
        return os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)

    try:
        with ThreadPoolExecutor(1) as thread:
            descriptor = thread.submit(make).result()
    except OSError as error:
        raise Broken(f"no network of one's own can be made ({error.strerror})", "run as root") from error
    path = f"/proc/{os.getpid()}/fd/{descriptor}"
    try:
        with closing(Place("a new network", Path(path), ("--netns", path))) as place:
            yield place
    finally:
        os.close(descriptor)


def named(text: str) -> Place:
    """Return the network of this name (as `ip netns` lists them), or behind this path. Raises PlaceError, Broken."""
    return Place(text, Path(text) if "/" in text else NAMED / text, ("--netns", text))


def of_process(pid: int) -> Place:
    """Return the network of a process, as a container's is. Raises PlaceError, Broken."""
    return Place(f"process {pid}", Path(f"/proc/{pid}/ns/net"), ("--container", str(pid)))


def _absent(name: str, path: Path) -> str:
    if path.parent != NAMED:
        return f"there is no {path}"
    names = []
    with suppress(FileNotFoundError):
        names = sorted(os.listdir(NAMED))
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}" if names else "there is none"
    return f"no network namespace is called {name}; {hint}"
