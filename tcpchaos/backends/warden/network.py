"""The three networks of a lab: client, server, and the proxy's between them, with a cable to each.

Both endpoints believe that they share one Ethernet: each knows the other's address and MAC from the start, and what
leaves one arrives at the other octet for octet. Segments are to be judged as TCP made them, so nothing on the way may
merge, split or checksum them: every offload of every interface is off.
"""

import errno
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from tcpchaos.backends.warden.addresses import (
    ADDRESSES4,
    ADDRESSES6,
    ENDPOINTS,
    INTERFACE,
    IPV6_LEAST_MTU,
    MACS,
    PREFIX4,
    PREFIX6,
)
from tcpchaos.backends.warden.linux import CLONE_NEWNET, LackError, needed, setns, unshare
from tcpchaos.backends.warden.offloads import on, switch_off

# What a lab sets where it may, so that a run depends on the plan and not on the machine's history or taste.
PINNED = {
    "net.ipv4.tcp_congestion_control": "reno",  # the only one that every kernel allows in every namespace
    "net.ipv4.tcp_no_metrics_save": "1",  # what one connection learned shall not change the next
    "net.ipv4.ip_unprivileged_port_start": "0",  # a server may want port 80
    # The kernel's own defaults. A machine tuned for fast long lines would let one connection fill the proxy's ring.
    "net.ipv4.tcp_rmem": "4096 131072 6291456",
    "net.ipv4.tcp_wmem": "4096 16384 4194304",
}
# What stands in a result, since an endpoint's behaviour hangs on it.
CONDITIONS = (
    *PINNED,
    "net.core.rmem_max",
    "net.core.wmem_max",
    "net.ipv4.icmp_ratelimit",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_no_pmtu_disc",
    "net.ipv4.tcp_abort_on_overflow",
    "net.ipv4.tcp_adv_win_scale",
    "net.ipv4.tcp_autocorking",
    "net.ipv4.tcp_base_mss",
    "net.ipv4.tcp_challenge_ack_limit",
    "net.ipv4.tcp_dsack",
    "net.ipv4.tcp_early_retrans",
    "net.ipv4.tcp_ecn",
    "net.ipv4.tcp_fastopen",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_frto",
    "net.ipv4.tcp_invalid_ratelimit",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_min_snd_mss",
    "net.ipv4.tcp_moderate_rcvbuf",
    "net.ipv4.tcp_mtu_probing",
    "net.ipv4.tcp_orphan_retries",
    "net.ipv4.tcp_recovery",
    "net.ipv4.tcp_retries1",
    "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_rfc1337",
    "net.ipv4.tcp_sack",
    "net.ipv4.tcp_shrink_window",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_stdurg",
    "net.ipv4.tcp_syn_linear_timeouts",
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_synack_retries",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_timestamps",
    "net.ipv4.tcp_tw_reuse",
    "net.ipv4.tcp_window_scaling",
    "net.ipv4.tcp_workaround_signed_windows",
)

_IFA_F_NODAD = 2
_ADDR_GEN_MODE_NONE = "1"  # no link-local IPv6 address of its own, so that an interface starts no conversation


def _nothing_offloaded(interface: str) -> None:
    switch_off(interface)
    if on(interface):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


def ask(request: Callable[..., Any], *words: Any, **values: Any) -> Any:
    """Make a request of rtnetlink's; OSError where the kernel refuses."""
    try:
        return request(*words, **values)
    except NetlinkError as error:
        raise OSError(error.code, os.strerror(error.code)) from error


def _sysctl(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))


def _drops() -> dict[str, int]:
    """Return how many frames each interface here has dropped, received ones and those to be sent.

    Each run asks, and so the kernel's table is read: rtnetlink takes ten times as long to say the same.
    """
    drops = {}
    for line in Path("/proc/self/net/dev").read_text().splitlines()[2:]:
        name, _, counts = line.partition(":")
        columns = counts.split()  # eight of what came in, eight of what was to go out: the fourth is what was dropped
        drops[name.strip()] = int(columns[3]) + int(columns[11])
    return drops


class Network:
    """The namespaces, each kept by a file descriptor: they live as long as this process or a socket made in them."""

    def __init__(self, family: int, mtu: int, suffix: str = "", *, offloads: bool = False) -> None:
        """Make and furnish all three. LackError with what the machine lacks.

        `suffix` is added to the names of the proxy's interfaces, so that they can be told from another lab's. With
        `offloads`, interfaces keep those that they are made with.
        """
        self._offloads = offloads
        self._here = "proxy"
        self._cables = {place: place + suffix for place in ENDPOINTS}
        self._namespaces = {"proxy": os.open("/proc/self/ns/net", os.O_RDONLY)}
        for place in ENDPOINTS:
            with needed("no further network namespace", "raise user.max_net_namespaces"):
                unshare(CLONE_NEWNET)
            self._here = place
            self._namespaces[place] = os.open("/proc/self/ns/net", os.O_RDONLY)
        with_ipv6 = family == 6 or (mtu >= IPV6_LEAST_MTU and Path("/proc/sys/net/ipv6").exists())
        if family == 6 and not Path("/proc/sys/net/ipv6").exists():
            raise LackError("the kernel has no IPv6", "boot without ipv6.disable=1, or use IPv4")
        self._lay_cables(mtu)
        for place in ENDPOINTS:
            self._furnish(place, with_ipv6)

    @contextmanager
    def inside(self, place: str) -> Iterator[None]:
        """Be in this namespace for a while."""
        before = self._here
        self.enter(place)
        try:
            yield
        finally:
            self.enter(before)

    def enter(self, place: str) -> None:
        """Move this process (its single thread) there."""
        if place != self._here:
            setns(self._namespaces[place], CLONE_NEWNET)
            self._here = place

    def _lay_cables(self, mtu: int) -> None:
        with self.inside("proxy"), IPRoute() as route:
            if Path("/proc/sys/net/ipv6").exists():
                self._set("net.ipv6.conf.default.disable_ipv6", "1")
            for place in ENDPOINTS:
                with needed("no veth interfaces", "sudo modprobe veth, or a kernel with CONFIG_VETH"):
                    end = {"ifname": INTERFACE, "mtu": mtu, "address": MACS[place].hex(":")}
                    end["net_ns_fd"] = self._namespaces[place]
                    ask(route.link, "add", ifname=self._cables[place], kind="veth", mtu=mtu, peer=end)
                self._settle(self._cables[place])
                ask(route.link, "set", index=socket.if_nametoindex(self._cables[place]), state="up")

    def _settle(self, interface: str) -> None:
        if not self._offloads:
            with needed("offloads can't be switched off", "a kernel whose veth takes ethtool's requests"):
                _nothing_offloaded(interface)

    def _furnish(self, place: str, with_ipv6: bool) -> None:
        (other,) = set(ENDPOINTS) - {place}
        with self.inside(place), IPRoute() as route:
            index = socket.if_nametoindex(INTERFACE)
            self._settle(INTERFACE)
            if with_ipv6:
                for scope in ("all", "default", INTERFACE):
                    self._set(f"net.ipv6.conf.{scope}.disable_ipv6", "0")
                self._set(f"net.ipv6.conf.{INTERFACE}.addr_gen_mode", _ADDR_GEN_MODE_NONE)
            elif Path("/proc/sys/net/ipv6").exists():
                self._set(f"net.ipv6.conf.{INTERFACE}.disable_ipv6", "1")
            for interface in ("lo", INTERFACE):
                ask(route.link, "set", index=socket.if_nametoindex(interface), state="up")
            families = ((ADDRESSES4, PREFIX4), (ADDRESSES6, PREFIX6)) if with_ipv6 else ((ADDRESSES4, PREFIX4),)
            for addresses, prefix in families:
                own, others = addresses[place], addresses[other]
                ask(route.addr, "add", index=index, address=own, prefixlen=prefix, flags=_IFA_F_NODAD)
                ask(route.neigh, "add", ifindex=index, dst=others, lladdr=MACS[other].hex(":"), state="permanent")
            for name, value in PINNED.items():
                self._set(name, value)

    def _set(self, name: str, value: str) -> None:
        """Set what may be set; `conditions` tells what came of it."""
        try:
            _sysctl(name).write_text(value)
        except OSError:
            return

    def set_sysctls(self, sysctls: Mapping[str, str]) -> None:
        """Set what the user asked for at both endpoints; LackError where that is refused."""
        for place in ENDPOINTS:
            with self.inside(place):
                for name, value in sysctls.items():
                    if not name.startswith("net."):
                        raise LackError(f"{name} is no sysctl of a network namespace", "give only those under net.")
                    with needed(
                        f"the sysctl {name} can't be set to {value!r} in a namespace",
                        "check name and value; some can only be set by root, others not for a namespace at all",
                    ):
                        _sysctl(name).write_text(value)

    def conditions(self, sysctls: Mapping[str, str]) -> dict[str, str]:
        """The sysctls in force at the client, those asked for and those that always stand in a result.

        The server's are the same: both namespaces were made alike.
        """
        found = {}
        with self.inside("client"):
            for name in sorted({*CONDITIONS, *sysctls}):
                try:
                    found[name] = " ".join(_sysctl(name).read_text().split())
                except OSError:
                    continue  # this kernel has no such setting
        return found

    def dropped(self) -> dict[str, int]:
        """Frames that the interfaces threw away so far, by interface."""
        cables = {f"proxy's interface to the {place}": name for place, name in self._cables.items()}
        counts = {}
        for place, names in (("proxy", cables), *((end, {f"{end}'s interface": INTERFACE}) for end in ENDPOINTS)):
            with self.inside(place):
                drops = _drops()
            counts.update({key: drops[name] for key, name in names.items()})
        return counts
