"""The guardian holds interfaces, and knows namespaces only while it is in them; `test_wire` has it at work."""

import socket
import sys

import pytest

from tcpchaos.backends.bridge import guardian
from tcpchaos.backends.bridge.guardian import InUseError, Place, held, inside, name_of_lock
from tcpchaos.backends.warden.offloads import TCP


def test_an_interface_is_held_by_one() -> None:
    index = socket.if_nametoindex("lo")
    with held(index), pytest.raises(InUseError, match="lo"), held(index):
        pass
    with held(index):
        pass
    assert str(index) in name_of_lock(index)


def test_a_namespace_that_nobody_knows_is_not_entered() -> None:
    with inside(None) as there:
        assert there
    with inside(123_456_789) as there:
        assert not there


def test_what_cannot_be_changed_is_left_alone() -> None:
    assert guardian._change(Place(2**31 - 1, None, TCP), None) is None
    assert guardian._change(Place(1, 123_456_789, TCP), None) is None


def test_nobody_who_asks_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    monkeypatch.setattr(sys, "argv", ["guardian", str(theirs.detach())])
    monkeypatch.setattr(guardian, "_IGNORED", ())
    guardian.main()
