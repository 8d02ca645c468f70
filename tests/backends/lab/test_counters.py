"""What a kernel counts: read from files of the endpoint's own namespace."""

import os
from typing import Any

from tcpchaos.backends.lab.counters import Counters

SNMP = "Ip: Forwarding InReceives\nIp: 2 47\nTcp: MaxConn InSegs OutRsts\nTcp: -1 40 3\nUdp: InDatagrams\nUdp: 9\n"
SOCKSTAT = "sockets: used 55\nTCP: inuse 4 orphan 1 tw 2 alloc 354 mem 7\nUDP: inuse 0 mem 0\n"


def test_both_kinds_of_files_are_read(tmp_path: Any) -> None:
    descriptors = []
    for name, text in (("snmp", SNMP), ("sockstat", SOCKSTAT)):
        (tmp_path / name).write_text(text)
        descriptors.append(os.open(tmp_path / name, os.O_RDONLY))
    counters = Counters(descriptors)
    assert counters.read() == {
        "IpForwarding": 2,
        "IpInReceives": 47,
        "TcpMaxConn": -1,
        "TcpInSegs": 40,
        "TcpOutRsts": 3,
        "TCP inuse": 4,
        "TCP tw": 2,
    }
    counters.close()
    counters.close()


async def test_each_endpoint_counts_its_own(open_pumped: Any, eventually: Any) -> None:
    async with open_pumped() as lab:
        before = lab.server.counters()
        listener = await lab.server.listen(80)
        client = await lab.client.connect(lab.server.address, 80)
        server = await listener.accept()
        assert lab.server.counters()["TCP inuse"] - before["TCP inuse"] == 2
        client.abort()
        await eventually(lambda: lab.server.counters()["TcpEstabResets"] > before["TcpEstabResets"])
        after = lab.server.counters()
        assert after["TcpPassiveOpens"] - before["TcpPassiveOpens"] == 1
        assert after["TcpOutRsts"] == 0
        assert lab.client.counters()["TcpOutRsts"] == 1
        server.close()
        listener.close()
