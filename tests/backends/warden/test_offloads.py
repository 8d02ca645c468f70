"""Offloads are told, switched off, and put back as they were."""

import sys

import pytest

from tcpchaos.backends.lab import Lab, open_lab
from tcpchaos.backends.lab.commands import inherited_environment, run

pytestmark = pytest.mark.usefixtures("lab_or_skip")

FEATURES = """
from tcpchaos.backends.warden.offloads import ALL_BUT_RUNS, on, switch_off, switch_on
switch_on("eth0", ("tx", "sg", "tso", "gro", *ALL_BUT_RUNS))
before = on("eth0", ALL_BUT_RUNS)
print(*before)
print(switch_off("eth0", ALL_BUT_RUNS) == before, *on("eth0", ALL_BUT_RUNS))
print(*on("eth0"))
switch_on("eth0", before)
print(on("eth0", ALL_BUT_RUNS) == before, *on("eth0"))
"""

TRY = """
from tcpchaos.backends.warden.offloads import on, switch_off, switch_on
print(*on("eth0"))
switch_on("eth0", ("tso", "gro", "tx", "sg"))
before = on("eth0")
print(*before)
print(*switch_off("eth0"))
print(*on("eth0"))
switch_on("eth0", before)
print(*on("eth0"))
try:
    on("nowhere")
except OSError as error:
    print(error.strerror)
"""


async def said(lab: Lab, program: str) -> list[str]:
    """What a program of ours says that may change the client's network."""
    argv = [sys.executable, "-c", program]
    async with run(lab._control, "client", argv, inherited_environment(), None, capable=True) as running:
        assert await running.wait() == 0, running.stderr
    return running.stdout.decode().splitlines()


async def test_all_may_be_off_but_runs_of_tcp() -> None:
    async with open_lab() as lab:
        before, off, left, after = await said(lab, FEATURES)
    names = before.split()
    assert {"gro", "tx-udp-segmentation", "tx-udp_tnl-segmentation"} <= set(names)
    assert not any(name.startswith("tx-tcp-segmentation") for name in names)
    assert (off, left, after) == ("True", "tx sg tso", "True tx sg tso gro")


async def test_what_is_switched_off_can_be_put_back() -> None:
    async with open_lab() as lab:
        first, before, told, off, after, missing = await said(lab, TRY)
    assert first == off == ""
    assert before == told == after == "tx sg tso gro"
    assert missing == "No such device"
