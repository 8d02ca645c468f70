"""What a machine has of what tcpchaos needs: asked piece by piece, and then by making a lab and playing in it.

The pieces explain, the lab decides: whatever they say, a machine on which an exchange passes through the proxy is fine.
"""

import os
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal

import trio

from tcpchaos import __version__
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab.kernel_log import KERNEL_LOG, KernelLog
from tcpchaos.backends.queue import Flows, Way, attached, families, fresh
from tcpchaos.backends.warden.linux import CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_ADMIN, capable
from tcpchaos.report.document import Doctor, Probe
from tcpchaos.report.texts import milliseconds
from tcpchaos.run import RunConfig, RunResult, run

LEAST_LINUX: Final = (4, 20)  # PACKET_IGNORE_OUTGOING keeps the proxy from seeing its own frames
LEAST_PYTHON: Final = (3, 11)
TIMEOUT_S: Final = 10.0

_PROC: Final = Path("/proc/sys")
# Settings that keep a user from making namespaces: where, what they must not be, and how to change them.
_USER_NAMESPACES: Final = (
    ("user/max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000"),
    ("kernel/unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)
_TUN: Final = Path("/dev/net/tun")
_TRACING: Final = Path("/sys/kernel/tracing")
_FILE_SYSTEMS: Final = Path("/proc/filesystems")


def examine() -> Doctor:
    """Ask about everything, and try the lab with IPv4 and IPv6."""
    probes = [_system(), _python(), *_packages(), _privileges()]
    plain, played = _lab(4)
    newer, _ = _lab(6)
    probes += [plain, newer, *(_conditions(played) if played is not None else ()), _tracing(played), _kernel_log()]
    probes += [_attach(), _bridge(), _tap()]
    return Doctor(ok=plain.ok, version=__version__, kernel=_kernel(), probes=tuple(probes))


def _kernel() -> str:
    return f"{os.uname().sysname.lower()} {os.uname().release}"


def _system() -> Probe:
    name = os.uname()
    number = tuple(int(part) for part in name.release.split("-")[0].split("+")[0].split(".")[:2] if part.isdigit())
    return Probe(
        name="kernel",
        ok=name.sysname == "Linux" and number >= LEAST_LINUX,
        needed=True,
        found=f"{name.sysname} {name.release}, {name.machine}",
        remedy="Linux 4.20 or newer is needed; in a virtual machine or a container it will do.",
    )


def _python() -> Probe:
    return Probe(
        name="python",
        ok=sys.version_info >= LEAST_PYTHON,
        needed=True,
        found=f"{sys.version.split()[0]} ({sys.executable})",
        remedy="Python 3.11 or newer is needed.",
    )


def _packages() -> Iterator[Probe]:
    for package, needed, why in (
        ("trio", True, ""),
        ("pyroute2", True, ""),
        ("scapy", False, " (for protocols of your own)"),
    ):
        try:
            found, ok = version(package), True
        except PackageNotFoundError:
            found, ok = f"not installed{why}", False
        yield Probe(name=package, ok=ok, needed=needed, found=found, remedy=f"python -m pip install {package}")


def _privileges() -> Probe:
    """Tell whether the user may make namespaces: as root, or because the kernel lets users."""
    root = os.geteuid() == 0
    hindrances = []
    for setting, forbidden, remedy in _USER_NAMESPACES:
        try:
            value = (_PROC / setting).read_text().strip()
        except OSError:
            continue  # a kernel without the setting doesn't forbid it either
        if value == forbidden:
            hindrances.append((f"{setting.replace('/', '.')} is {value}", remedy))
    if not hindrances:
        who = "root" if root else "an ordinary user"
        return Probe(
            name="namespaces", ok=True, needed=True, found=f"{who}; nothing forbids user namespaces", remedy=None
        )
    found = ", ".join(each for each, _ in hindrances)
    return Probe(
        name="namespaces",
        ok=root,
        needed=not root,
        found=f"root, without need of user namespaces ({found})" if root else found,
        remedy="; ".join(remedy for _, remedy in hindrances) + "; or run tcpchaos as root",
    )


def _lab(family: Literal[4, 6]) -> tuple[Probe, RunResult | None]:
    """Let an echo pass through the proxy of a lab."""
    name = "the lab" if family == 4 else "with IPv6"
    try:
        result = trio.run(lambda: run(RunConfig(family=family, timeout_s=TIMEOUT_S, backend="lab")))
    except Broken as broken:
        return Probe(name=name, ok=False, needed=family == 4, found=broken.missing, remedy=broken.remedy), None
    passed = result.outcome == "pass"
    found = f"an echo passed, {result.trace.seen // 2} segments in {milliseconds(result.took_us)} ms"
    if not passed:
        found = f"an echo did not pass: {'; '.join(result.notes) or result.outcome}"
    remedy = None if passed else "see `tcpchaos run` for what happened"
    return Probe(name=name, ok=passed, needed=family == 4, found=found, remedy=remedy), result


def _conditions(result: RunResult) -> Iterator[Probe]:
    """Tell what the lab inherits from the machine."""
    conditions = result.conditions
    algorithm = conditions.get("net.ipv4.tcp_congestion_control")
    if algorithm:
        yield Probe(
            name="congestion",
            ok=True,
            needed=False,
            found=f"{algorithm} at both endpoints",
            remedy=None,
        )
    merged = [note for note in result.notes if "merged" in note or "overran" in note]
    yield Probe(
        name="offloads",
        ok=not merged,
        needed=False,
        found="; ".join(merged) or "off: each segment is seen as it is sent",
        remedy="sudo ethtool -K veth gro off tso off gso off tx off is done by the lab; this kernel refuses it",
    )


def _kernel_log() -> Probe:
    """Tell whether the kernel's own alarms can be heard."""
    try:
        KernelLog().close()
    except OSError as error:
        why = error.strerror or str(error)
        found = f"{KERNEL_LOG} can't be read ({why}): what the kernel says of itself during a run is not judged"
        remedy = "run as root on the machine itself, or sudo sysctl -w kernel.dmesg_restrict=0"
        return Probe(name="kernel log", ok=False, needed=False, found=found, remedy=remedy)
    return Probe(name="kernel log", ok=True, needed=False, found=KERNEL_LOG, remedy=None)


def _attach() -> Probe:
    """Attach to the flows of a port in a network made for that, with every rule that there is."""
    port, ways = 80, frozenset[Way]({"loopback", "network", "forward"})
    try:
        flows = Flows(port=port, ways=ways, families=families((4, 6)))
        with fresh() as place, attached(flows, place, lambda rules: None):
            found = "flows of this host can be had: NFQUEUE, and the rules that lead to it"
    except Broken as broken:
        return Probe(name="attach", ok=False, needed=False, found=broken.missing, remedy=broken.remedy)
    return Probe(name="attach", ok=True, needed=False, found=found, remedy=None)


def _bridge() -> Probe:
    """Tell who may join interfaces here, and be a host on one."""
    who = "root" if os.geteuid() == 0 else f"user {os.geteuid()}"
    if not capable(CAP_NET_RAW, CAP_NET_ADMIN):
        found = f"{who} may neither hear interfaces nor switch their offloads off: no `bridge`, no `run --peer`"
        remedy = "sudo tcpchaos ..., or in a container --cap-add NET_RAW --cap-add NET_ADMIN"
        return Probe(name="bridge", ok=False, needed=False, found=found, remedy=remedy)
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError as error:
        found = f"the kernel has no packet sockets ({error.strerror}): no `bridge`, no `run --peer`"
        return Probe(name="bridge", ok=False, needed=False, found=found, remedy="sudo modprobe af_packet")
    found = f"{who} may join interfaces and be a host on one; what is switched off is put back, after kill -9 too"
    if capable(CAP_SYS_ADMIN):
        return Probe(name="bridge", ok=True, needed=False, found=found, remedy=None)
    found = f"{who} may join interfaces, but not enter containers: segments may come merged out of a veth's far end"
    remedy = "ethtool -K eth0 tso off gso off gro off in the container, or run as root with SYS_ADMIN"
    return Probe(name="bridge", ok=False, needed=False, found=found, remedy=remedy)


def _tap() -> Probe:
    """Tell whether stacks of other people's can stand behind a TAP device here."""
    if not _TUN.exists():
        found, remedy = f"{_TUN} is missing: no stack can stand behind a TAP device", "sudo modprobe tun"
    elif not os.access(_TUN, os.R_OK | os.W_OK):
        found, remedy = f"{_TUN} may not be opened by this user", f"sudo chmod 666 {_TUN}, or run as root"
    else:
        found, remedy = f"{_TUN}: other stacks can stand behind a TAP device", None
    return Probe(name="TAP devices", ok=remedy is None, needed=False, found=found, remedy=remedy)


def _tracing(played: RunResult | None) -> Probe:
    """Tell whether the kernel says why it drops a segment and why it resets a connection."""
    if played is not None and played.overheard:
        found, remedy = "the kernel says why it drops a segment, and of each state that it leaves", None
    elif "tracefs" not in _text(_FILE_SYSTEMS) or not _TRACING.exists():
        found, remedy = "the kernel has no tracefs: no reasons for its drops", "a kernel with CONFIG_EVENT_TRACING"
    elif os.geteuid() != 0:
        found = "only root may have the kernel tell of its doings: no reasons for its drops"
        remedy = "run tcpchaos as root; all else works without"
    else:
        found = "tracefs can't be mounted here: no reasons for the kernel's own drops"
        remedy = "run outside of a container, or in a privileged one"
    return Probe(name="tracefs", ok=remedy is None, needed=False, found=found, remedy=remedy)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
