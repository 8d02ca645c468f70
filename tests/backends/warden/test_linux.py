"""System calls that say what went wrong, and refusals that say what to do."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tcpchaos.backends.warden import linux
from tcpchaos.backends.warden.linux import LackError, capable, mount, needed, setns, unmount, unshare


def test_a_refusal_is_an_oserror_with_its_reason() -> None:
    with pytest.raises(OSError, match="unshare") as caught:
        unshare(1)  # no namespace has this number
    assert caught.value.errno == errno.EINVAL


def test_what_is_no_namespace_cannot_be_entered() -> None:
    descriptor = os.open("/dev/null", os.O_RDONLY)
    with pytest.raises(OSError, match="setns"):
        setns(descriptor, linux.CLONE_NEWNET)
    os.close(descriptor)


def test_what_does_not_exist_cannot_be_mounted() -> None:
    with pytest.raises(OSError, match="mount"):
        mount("none", "/no/such/place", "proc", 0)


def test_what_is_not_mounted_cannot_be_unmounted() -> None:
    with pytest.raises(OSError, match="umount2"):
        unmount("/no/such/place")


def test_a_step_that_is_needed_explains_itself() -> None:
    with pytest.raises(LackError) as caught, needed("no veth interfaces", "sudo modprobe veth"):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    assert caught.value.missing == "no veth interfaces (Operation not supported)"
    assert caught.value.remedy == "sudo modprobe veth"


def test_capabilities() -> None:
    effective = next(
        int(line.split()[1], 16)
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("CapEff")
    )
    assert capable(linux.CAP_SYS_ADMIN) == bool(effective >> linux.CAP_SYS_ADMIN & 1)
    assert not capable(63)


@pytest.mark.parametrize(
    ("sysctls", "number", "remedy"),
    [
        ({"kernel.apparmor_restrict_unprivileged_userns": "1"}, errno.EPERM, "apparmor_restrict_unprivileged_userns=0"),
        ({"kernel.unprivileged_userns_clone": "0"}, errno.EPERM, "unprivileged_userns_clone=1"),
        ({"user.max_user_namespaces": "0"}, errno.EPERM, "max_user_namespaces=16384"),
        ({}, errno.ENOSPC, "max_user_namespaces=16384"),
        ({}, errno.EINVAL, "CONFIG_USER_NS"),
        ({}, errno.EPERM, "docker run"),
    ],
)
def test_why_there_is_no_user_namespace(
    monkeypatch: pytest.MonkeyPatch, sysctls: dict[str, str], number: int, remedy: str
) -> None:
    monkeypatch.setattr(linux, "_sysctl", sysctls.get)
    monkeypatch.setattr(linux, "capable", lambda *capabilities: False)

    def refused(flags: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(linux, "unshare", refused)
    with pytest.raises(LackError) as caught:
        linux.new_world()
    assert remedy in caught.value.remedy


# Gives up all but two capabilities, and tells what it, a thread of it, and a program that it starts have then.
SHEDDING = """
import subprocess, sys, threading
from tcpchaos.backends.warden.linux import CAP_NET_ADMIN, CAP_FOWNER, keep_only
def told(text):
    lines = dict(line.split(":\t", 1) for line in text.splitlines())
    print(*(int(lines[each], 16) for each in ("CapEff", "CapPrm", "CapInh")), lines["NoNewPrivs"].strip())
keep_only(CAP_NET_ADMIN, CAP_FOWNER)
told(open("/proc/thread-self/status").read())
thread = threading.Thread(target=lambda: told(open("/proc/thread-self/status").read()))
thread.start()
thread.join()
told(subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True).stdout)
"""


def test_capabilities_that_were_given_up_do_not_come_back() -> None:
    done = subprocess.run(["unshare", "-r", sys.executable, "-c", SHEDDING], capture_output=True, text=True, check=True)

    kept = 1 << linux.CAP_NET_ADMIN | 1 << linux.CAP_FOWNER
    assert done.stdout.splitlines() == [f"{kept} {kept} 0 1"] * 3
