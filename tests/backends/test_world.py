"""What can be said about a world before there is one."""

import pytest

from tcpchaos.backends.world import Setting


@pytest.mark.parametrize(
    ("setting", "needs"),
    [
        (Setting(), False),
        (Setting(endpoints=("sim", "sim")), False),
        (Setting(programs=True), True),
        (Setting(sysctls={"net.ipv4.tcp_sack": "0"}), True),
    ],
)
def test_only_a_kernel_has_sysctls_and_runs_programs(setting: Setting, needs: bool) -> None:
    assert setting.needs_lab is needs
