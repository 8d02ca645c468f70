"""System calls that say what went wrong, and refusals that say what to do."""

import errno
import os
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
