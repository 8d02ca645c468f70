"""Networks are found by their names, paths and processes; what is done in one is done there and nowhere else."""

import os
import socket
from pathlib import Path

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue import place as module
from tcpchaos.backends.queue.place import Place, PlaceError, named, of_process


def names() -> set[str]:
    return {name for _, name in socket.if_nameindex()}


def test_what_is_done_in_a_network_is_done_there_alone(place: Place) -> None:
    before = os.stat("/proc/thread-self/ns/net").st_ino

    assert "lo" in place.do(names)
    assert "eth0" not in place.do(names)
    assert place.do(lambda: os.stat("/proc/thread-self/ns/net").st_ino) != before
    assert os.stat("/proc/thread-self/ns/net").st_ino == before
    with pytest.raises(ZeroDivisionError):
        place.do(lambda: 1 // 0)


def test_the_own_network_is_known_by_whatever_name() -> None:
    assert Place().own
    assert of_process(os.getpid()).own
    assert named("/proc/self/ns/net").own
    assert named("/proc/self/ns/net").do(names) == names()


def test_a_name_that_is_none_is_answered_with_those_that_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMED", tmp_path)
    with pytest.raises(PlaceError, match="no network namespace is called web; there is none"):
        named("web")
    (tmp_path / "webs").touch()
    with pytest.raises(PlaceError, match=r"is called web; did you mean webs\?"):
        named("web")
    with pytest.raises(PlaceError, match="there are webs"):
        named("quite-another")


def test_a_path_that_is_no_network(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PlaceError, match="is no network namespace"):
        named(str(tmp_path / "file"))
    with pytest.raises(PlaceError, match=r"there is no /proc/\d+/ns/net"):
        of_process(2**22 + 1)


def test_who_may_not_make_a_network_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(flags: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(module, "unshare", refuse)
    with pytest.raises(Broken, match="no network of one's own can be made"), module.fresh():
        pass
