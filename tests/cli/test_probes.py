"""What a machine has, asked piece by piece."""

import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.backends.queue import Place
from tcpchaos.backends.queue.rules import found
from tcpchaos.cli import probes
from tests.netns import lacks


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the kernel other settings than it has."""
    monkeypatch.setattr(probes, "_PROC", tmp_path)

    def write(**values: str) -> None:
        for name, value in values.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{value}\n")

    return write


@pytest.mark.usefixtures("lab_or_skip")
def test_a_machine_that_has_a_lab_is_fine() -> None:
    document = probes.examine()

    assert document.ok
    found = {probe.name: probe for probe in document.probes}
    assert found["the lab"].found.startswith("an echo passed, ")
    assert all(probe.ok for probe in document.probes if probe.needed)
    assert all(probe.remedy for probe in document.probes if not probe.ok)


def test_a_machine_without_a_lab_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(config: object) -> None:
        raise Broken("no user namespaces", "sudo sysctl -w user.max_user_namespaces=15000")

    monkeypatch.setattr(probes, "run", refuse)

    document = probes.examine()

    assert not document.ok
    lab = next(probe for probe in document.probes if probe.name == "the lab")
    assert (lab.found, lab.remedy) == ("no user namespaces", "sudo sysctl -w user.max_user_namespaces=15000")


def test_who_may_not_read_the_kernel_s_log_is_told_what_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(probes, "KernelLog", refuse)

    probe = probes._kernel_log()

    assert (probe.ok, probe.needed) == (False, False)
    assert "can't be read (Operation not permitted)" in probe.found
    assert "dmesg_restrict" in (probe.remedy or "")


def test_who_may_overhear_the_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(probes, "_TRACING", tmp_path)
    monkeypatch.setattr(probes, "_FILE_SYSTEMS", tmp_path / "filesystems")
    assert "no tracefs" in probes._tracing(None).found
    (tmp_path / "filesystems").write_text("nodev\ttracefs\n")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert probes._tracing(None).remedy == "run tcpchaos as root; all else works without"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "container" in (probes._tracing(None).remedy or "")


@pytest.mark.parametrize(("uid", "fine"), [(0, True), (1000, False)])
def test_settings_that_forbid_namespaces_stop_all_but_root(
    settings: Any, monkeypatch: pytest.MonkeyPatch, uid: int, fine: bool
) -> None:
    settings(user__max_user_namespaces="0", kernel__apparmor_restrict_unprivileged_userns="1")
    monkeypatch.setattr(os, "geteuid", lambda: uid)

    probe = probes._privileges()

    assert probe.ok is fine
    assert "user.max_user_namespaces is 0, kernel.apparmor_restrict_unprivileged_userns is 1" in probe.found
    assert "sudo sysctl -w user.max_user_namespaces=15000" in (probe.remedy or "")


def test_settings_that_do_not_exist_forbid_nothing(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert probes._privileges().ok


def test_whether_flows_of_the_host_can_be_had_is_tried_in_a_network_made_for_that() -> None:
    if why := lacks():
        pytest.skip(why)
    probe = probes._attach()

    assert (probe.ok, probe.needed, probe.remedy) == (True, False, None)
    assert found(Place(), (4, 6)) == []


def test_what_is_missing_for_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def lack(wanted: object) -> None:
        raise Broken("the program iptables is not installed", "apt-get install iptables")

    monkeypatch.setattr(probes, "families", lack)
    probe = probes._attach()

    assert (probe.ok, probe.found) == (False, "the program iptables is not installed")
    assert probe.remedy == "apt-get install iptables"


@pytest.mark.parametrize(
    ("held", "ok", "told", "remedy"),
    [
        ((), False, "user 1000 may neither hear interfaces", "--cap-add NET_RAW --cap-add NET_ADMIN"),
        ((12, 13), False, "but not enter containers", "ethtool -K eth0 tso off"),
        ((12, 13, 21), True, "user 1000 may join interfaces and be a host on one", ""),
    ],
)
def test_who_may_join_interfaces(
    monkeypatch: pytest.MonkeyPatch, held: tuple[int, ...], ok: bool, told: str, remedy: str
) -> None:
    monkeypatch.setattr(probes, "capable", lambda *wanted: set(wanted) <= set(held))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("socket.socket", lambda *kind: io.BytesIO())

    probe = probes._bridge()

    assert (probe.ok, probe.needed) == (ok, False)
    assert told in probe.found
    assert remedy in (probe.remedy or "")


def test_a_kernel_without_packet_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*kind: int) -> None:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(probes, "capable", lambda *wanted: True)
    monkeypatch.setattr("socket.socket", refuse)

    assert "no packet sockets" in probes._bridge().found


def test_who_may_have_a_tap_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(probes, "_TUN", tmp_path / "tun")
    assert probes._tap().remedy == "sudo modprobe tun"
    (tmp_path / "tun").touch()
    assert probes._tap().ok
    monkeypatch.setattr(os, "access", lambda *path: False)
    assert "may not be opened" in probes._tap().found
