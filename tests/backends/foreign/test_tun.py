"""This machine's kernel is called over a TUN device, which is gone with whoever made it."""

import json
import sys

import pytest
import trio

from tcpchaos.backends.foreign import tun
from tcpchaos.backends.foreign.tun import Tun
from tcpchaos.backends.host import Broken
from tcpchaos.backends.lab import open_lab
from tcpchaos.backends.lab.commands import run
from tests.bridged import TOOL, among

SERVER = """
import socket, sys
listener = socket.create_server((sys.argv[1], 80), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print("ready", flush=True)
while True:
    stream, _ = listener.accept()
    while octets := stream.recv(65536):
        stream.sendall(octets)
    stream.close()
"""
NAMES = "import socket\nprint(*(name for _, name in socket.if_nameindex()))"


@pytest.mark.usefixtures("lab_or_skip")
@pytest.mark.parametrize(
    ("target", "address", "anywhere"),
    [("10.77.0.1:80", "10.77.0.2", "0.0.0.0"), ("[2001:db8:77::1]:80", "2001:db8:77::2", "::")],
)
async def test_this_machines_kernel_is_called(target: str, address: str, anywhere: str) -> None:
    words = ["run", "--tun", "--target", target, "--address", address, "--send", __file__, "--json"]
    plan = ["-f", "client data#1: drop", "-f", "server data#1: delay 5ms"]
    async with open_lab() as lab:
        before = await among(lab, "proxy", NAMES)
        enable = "open('/proc/sys/net/ipv6/conf/default/disable_ipv6', 'w').write('0')"
        await among(lab, "proxy", enable)
        argv = [sys.executable, "-c", SERVER, anywhere]
        async with run(lab._control, "proxy", argv, None, None, capable=True) as server:
            while b"ready" not in server.stdout:
                assert server.returncode is None, server.stderr
                await trio.sleep(0.01)
            async with lab.run_between([*TOOL, *words, *plan]) as running:
                assert await running.wait() == 0, running.stdout.decode() + running.stderr.decode()
        assert await among(lab, "proxy", NAMES) == before
    document = json.loads(running.stdout)
    assert (document["outcome"], document["faults"], document["backend"]) == ("pass", "survivable", "peer")
    assert document["stacks"][0] == "sim"
    assert document["stacks"][1].startswith("linux ")
    assert all(rule["fired"] == 1 for rule in document["plan"]["rules"])


def test_no_device_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tun, "_DEVICE", "/dev/null")
    with pytest.raises(Broken, match="no TUN device can be made"):
        Tun()
    monkeypatch.setattr(tun, "_DEVICE", "/dev/nowhere")
    with pytest.raises(Broken, match="can't be opened"):
        Tun()
