"""The kernel's log: only what comes from now on, and only what the kernel itself says."""

import os
from pathlib import Path

import pytest

from tcpchaos.backends.lab.kernel_log import KERNEL_LOG, KernelLog

BEFORE = b"6,1,100,-;before\n"
RECORDS = (
    b"4,811,5140900,-;TCP: Impossible, sk->sk_state=7\n SUBSYSTEM=net\n DEVICE=+net:eth0\n",
    b"12,812,5140901,-;a program wrote this\n",
    b"0,813,5140902,-,caller=T1;Oops: 0000 [#1] PREEMPT SMP\n",
    b"no record at all\n",
)


class Piecewise:
    """Reads from a file record by record, as the kernel's log does, the first time telling that some were lost."""

    def __init__(self, records: tuple[bytes, ...]) -> None:
        self._records = [*records]
        self._lost = True

    def read(self, descriptor: int, most: int) -> bytes:
        if self._lost:
            self._lost = False
            raise BrokenPipeError
        if not self._records:
            raise BlockingIOError
        return self._records.pop(0)


def test_what_the_kernel_says_from_now_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kmsg"
    path.write_bytes(BEFORE)
    with KernelLog(str(path)) as log:
        assert log.lines() == []
        monkeypatch.setattr(os, "read", Piecewise(RECORDS).read)

        assert log.lines() == ["TCP: Impossible, sk->sk_state=7", "Oops: 0000 [#1] PREEMPT SMP"]


def test_who_may_not_read_it_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        KernelLog(str(tmp_path / "none"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="seek"):
        KernelLog(str(tmp_path / "pipe"))


def test_what_programs_write_into_it_is_not_the_kernel_s_word() -> None:
    try:
        log = KernelLog()
    except OSError:
        return  # not on this machine, or not for this user
    with log:
        Path(KERNEL_LOG).write_text("tcpchaos tests whether anyone can put words into the kernel's mouth\n")

        assert not any("tcpchaos" in line for line in log.lines())
