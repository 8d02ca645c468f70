"""Captures for the tests: of runs under a plan, on both sides of the proxy or heard in one place only."""

import struct
from pathlib import Path
from typing import Literal

from tcpchaos.backends.capture.files import CaptureFile
from tcpchaos.plan import parse
from tcpchaos.report.pcapng import CapturedTrace, CaptureSink
from tcpchaos.run import RunConfig, run
from tcpchaos.workloads import Scale

RAW_IP = 101


async def captured(
    folder: Path,
    *lines: str,
    workload: str = "bulk-up",
    backend: Literal["lab", "sim"] = "sim",
    server: str = "",
) -> Path:
    """Return the capture of a run under this plan, as `--pcapng` writes it."""
    path = folder / "run.pcapng"
    config = RunConfig(
        plan=parse("\n".join(lines)),
        play=workload,
        scale=Scale(octets=20_000),
        backend=backend,
        endpoints=("", server),
        tracing=False,
    )
    with CaptureSink(path, began_us=1_700_000_000_000_000, version="test", stack=backend) as sink:
        await run(config, trace=CapturedTrace(sink))
    return path


def heard_beside(path: Path, endpoint: str) -> Path:
    """Return what somebody would have captured beside this endpoint: one place, no comments, an ordinary pcap."""
    made = path.with_name(f"{endpoint}.pcap")
    with CaptureFile(path) as capture, open(made, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, RAW_IP))
        for record in capture:
            if record.interface == endpoint:
                seconds, rest_ns = divmod(record.at_ns, 1_000_000_000)
                size = len(record.octets)
                out.write(struct.pack("<IIII", seconds, rest_ns // 1000, size, size) + record.octets)
    return made
