"""The system calls that Python 3.11 doesn't offer, and what to tell someone whose machine refuses them."""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REC = 0x4000
MS_PRIVATE = 0x40000

_MNT_DETACH = 0x2

CAP_DAC_OVERRIDE = 1
CAP_FOWNER = 3
CAP_NET_ADMIN = 12
CAP_NET_RAW = 13
CAP_SYS_ADMIN = 21

# What root needs to write into directories of others and to replace their files there.
CAPS_OF_FILES = (CAP_DAC_OVERRIDE, CAP_FOWNER)

_OF_THIS_THREAD = struct.pack("=Ii", 0x20080522, 0)  # struct __user_cap_header_struct, _LINUX_CAPABILITY_VERSION_3
_SETS = struct.Struct("=6I")
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)


class LackError(Exception):
    """The machine lacks something that a lab needs: `missing` says what, `remedy` how to get it."""

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(missing, remedy)
        self.missing = missing
        self.remedy = remedy


@contextmanager
def needed(what: str, remedy: str) -> Iterator[None]:
    """Turn the OSError of a step without which there is no lab into the LackError that explains it."""
    try:
        yield
    except OSError as error:
        raise LackError(f"{what} ({error.strerror})", remedy) from error


def _check(result: int, name: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def unshare(flags: int) -> None:
    """Move this process into new namespaces; OSError where the kernel refuses."""
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(namespace: int, kind: int) -> None:
    """Enter the namespace behind a file descriptor; OSError where the kernel refuses."""
    _check(_libc.setns(ctypes.c_int(namespace), ctypes.c_int(kind)), "setns")


def mount(source: str, target: str, kind: str | None, flags: int) -> None:
    """Mount a file system, or change how one is mounted; OSError where the kernel refuses."""
    type_octets = None if kind is None else kind.encode()
    _check(_libc.mount(source.encode(), target.encode(), type_octets, flags, None), "mount")


def unmount(target: str) -> None:
    """Take a mount away, at once for whoever looks, and for good when nothing in it is open; OSError if refused."""
    _check(_libc.umount2(target.encode(), ctypes.c_int(_MNT_DETACH)), "umount2")


def capable(*capabilities: int) -> bool:
    """Whether this process has all these capabilities in effect."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            effective = int(line.split()[1], 16)
            return all(effective >> capability & 1 for capability in capabilities)
    return False


def keep_capabilities(*capabilities: int) -> None:
    """Let these capabilities outlive the next exec, which drops those of everyone but root; OSError if refused."""
    effective, permitted, inheritable, *upper = _sets()
    _set(effective, permitted, inheritable | _bits(capabilities), *upper)
    for capability in capabilities:
        _check(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0), "prctl")


def keep_only(*capabilities: int) -> None:
    """Give up all other capabilities for good, of this thread and of what it will start; OSError if refused.

    What root executes would have them again, if new privileges could still be had.
    """
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    kept = _bits(capabilities)
    effective, permitted, inheritable, *_ = (each & kept for each in _sets())
    _set(effective, permitted, inheritable, 0, 0, 0)


def _bits(capabilities: Iterable[int]) -> int:
    return sum(1 << capability for capability in set(capabilities))


def _sets() -> tuple[int, ...]:
    """Return this thread's effective, permitted and inheritable capabilities, the lower halves first."""
    held = ctypes.create_string_buffer(_SETS.size)
    _check(_libc.capget(_OF_THIS_THREAD, held), "capget")
    return _SETS.unpack(held.raw)


def _set(*sets: int) -> None:
    _check(_libc.capset(_OF_THIS_THREAD, _SETS.pack(*sets)), "capset")


def private_mounts() -> bool:
    """Keep the mounts of this mount namespace to itself and show its processes in /proc; False without the latter.

    A container whose /proc is partly covered may not mount another one; programs then see /proc of the outside, which
    few of them mind.
    """
    with needed("the mounts can't be made private", "run where mount() is allowed (seccomp profile of the container)"):
        mount("none", "/", None, MS_REC | MS_PRIVATE)
    try:
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    except OSError:
        return False
    return True


def _sysctl(name: str) -> str | None:
    try:
        return Path("/proc/sys", *name.split(".")).read_text().strip()
    except OSError:
        return None


def _why_not(error: OSError) -> LackError:
    """What stands in the way of a user namespace, most telling cause first."""
    missing = f"user namespaces are not available ({error.strerror})"
    if _sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1":
        return LackError(
            "AppArmor keeps user namespaces from ordinary users",
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or run as root",
        )
    if _sysctl("kernel.unprivileged_userns_clone") == "0":
        return LackError(
            "user namespaces are switched off for ordinary users",
            "sudo sysctl kernel.unprivileged_userns_clone=1, or run as root",
        )
    if error.errno == errno.ENOSPC or _sysctl("user.max_user_namespaces") == "0":
        return LackError(
            "user namespaces are switched off, or all that are allowed are in use",
            "sudo sysctl user.max_user_namespaces=16384, or run as root",
        )
    if error.errno in (errno.EINVAL, errno.ENOSYS):
        return LackError(missing, "run as root, or on a kernel with CONFIG_USER_NS and CONFIG_NET_NS")
    return LackError(
        missing,
        "run as root; in a container allow it unshare() and mount(), "
        "e.g. docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt apparmor=unconfined",
    )


def new_world() -> bool:
    """Unshare network, mounts and processes-to-come, in a user namespace if need be; True if there is one.

    In the user namespace the user remains who they are: their uid and gid are mapped to themselves and no others are.
    """
    inner = CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS
    if capable(CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW):
        try:
            unshare(inner)
        except OSError:
            pass  # capabilities without permission, as some containers have it: a user namespace may still be allowed
        else:
            return False
    uid, gid = os.geteuid(), os.getegid()
    try:
        unshare(CLONE_NEWUSER | inner)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    except OSError as error:
        raise _why_not(error) from error
    return True
