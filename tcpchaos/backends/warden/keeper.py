"""One command in one of the lab's networks, in a process namespace of its own, so that nothing of it outlives it.

The keeper is process 1 of that namespace. It tells over a pipe whether the command could be started and how it ended,
and stays until it is killed: a server that went to the background lives on meanwhile, and dies with its keeper.
"""

import os
import signal
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import NamedTuple, NoReturn

from tcpchaos.backends.warden.linux import (
    CAP_NET_ADMIN,
    CAP_NET_RAW,
    CLONE_NEWNS,
    CLONE_NEWPID,
    keep_capabilities,
    private_mounts,
    setns,
    unshare,
)

# What a keeper says over its pipe: a word and a number, one line each.
STARTED, FAILED, EXITED = "started", "failed", "exited"
# Passed on to the command's process group. SIGKILL isn't: it ends the keeper, and the kernel ends the rest.
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_RESET = (*FORWARDED, signal.SIGPIPE, signal.SIGCHLD)
_NOT_EXECUTED = 127
_FIRST_FREE = 6


class Job(NamedTuple):
    """What to run: the program and its arguments, its whole environment, where, as whom, and three file descriptors.

    `capable` programs may furnish networks and read packets, as the warden may; the user's own are not.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    capable: bool
    stdout: int
    stderr: int
    status: int


def launch(job: Job, own_processes: int) -> int:
    """Fork the keeper of a job into a process namespace of its own; returns its process id.

    `own_processes` is the caller's process namespace, where its later children belong again.
    """
    unshare(CLONE_NEWPID)
    try:
        pid = os.fork()
    except OSError:
        setns(own_processes, CLONE_NEWPID)
        raise
    if pid == 0:
        try:
            _keep(job)
        finally:  # whatever went wrong here must not go on as a second warden
            os._exit(_NOT_EXECUTED)
    setns(own_processes, CLONE_NEWPID)
    return pid


def _keep(job: Job) -> NoReturn:
    stdout, stderr, status = _claim(job.stdout, job.stderr, job.status)
    unshare(CLONE_NEWNS)
    private_mounts()
    signal.set_wakeup_fd(-1)
    failure, failure_end = os.pipe()
    # No signal may slip between fork and handler: it would be lost, process 1 ignores what it doesn't handle.
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    pid = os.fork()
    if pid == 0:
        try:
            _execute(job, stdout, stderr)
        except OSError as error:
            os.write(failure_end, str(error.errno).encode())
        finally:
            os._exit(_NOT_EXECUTED)
    for descriptor in (stdout, stderr, failure_end):
        os.close(descriptor)

    def forward(number: int, frame: FrameType | None) -> None:
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return  # the command has ended, or hasn't become the leader of its group yet

    for number in FORWARDED:
        signal.signal(number, forward)
    error_number = os.read(failure, 16)  # ends without an octet when the program takes over
    os.close(failure)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    _tell(status, FAILED, int(error_number)) if error_number else _tell(status, STARTED, pid)
    while True:
        ended, how = os.wait() if _has_children() else (0, 0)
        if ended == pid and not error_number:
            _tell(status, EXITED, os.waitstatus_to_exitcode(how))
        if not ended:
            signal.pause()


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _claim(*descriptors: int) -> list[int]:
    """Keep only these, in the places after standard input, output and error; close all else that was inherited.

    Above all the end of the socket to tcpchaos, whose closing has to mean that nobody is there.
    """
    high = [os.dup(descriptor) for descriptor in descriptors]
    while min(high) < _FIRST_FREE:
        high = [os.dup(descriptor) for descriptor in high]
    claimed = []
    for place, descriptor in enumerate(high, start=_FIRST_FREE - len(high)):
        os.dup2(descriptor, place, inheritable=False)
        claimed.append(place)
    os.closerange(_FIRST_FREE, os.sysconf("SC_OPEN_MAX"))
    return claimed


def _execute(job: Job, stdout: int, stderr: int) -> NoReturn:
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (stdout, 1), (stderr, 2)):
        os.dup2(source, target)
    for number in _RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if job.capable:
        keep_capabilities(CAP_NET_ADMIN, CAP_NET_RAW)
    os.chdir(job.cwd)
    os.execvpe(job.argv[0], list(job.argv), dict(job.env))


def _tell(status: int, word: str, number: int) -> None:
    try:
        os.write(status, f"{word} {number}\n".encode())
    except BrokenPipeError:
        return  # nobody waits for it any more
