"""Captures that tcpchaos writes, read back by scapy and by our own reader."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.utils import RawPcapNgReader

from tcpchaos.backends.capture.files import CaptureFile
from tcpchaos.report import pcapng
from tcpchaos.report.pcapng import CapturedTrace, CaptureSink, Commentary
from tcpchaos.trace import Event, Passage, Side
from tcpchaos.wire import ACK, SYN, Packet, build

Tool = Callable[..., str]

ISS = 0xFFFFFFF0
BEGAN_US = 1_700_000_000_000_000
STATES = ("SYN-SENT", "LISTEN")


@pytest.fixture
def tool() -> Tool:
    """Run one of Wireshark's tools, which must have nothing to complain of, and return what it prints."""

    def run(name: str, *arguments: object) -> str:
        if shutil.which(name) is None:
            pytest.skip(f"there is no {name}: apt-get install tshark")
        done = subprocess.run([name, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
        complaints = [line for line in done.stderr.splitlines() if not line.startswith("Running as user")]
        assert (done.returncode, complaints) == (0, [])
        return done.stdout

    return run


def syn(payload: bytes = b"") -> Packet:
    return build(src=b"\x0a\x09\0\1", dst=b"\x0a\x09\0\2", sport=40312, dport=8080, seq=ISS, flags=SYN, payload=payload)


def events() -> list[Event]:
    edited = syn().replace(flags=SYN | ACK)
    return [
        Event(1, 0, Side.CLIENT, False, syn(), 1, 0, ("flags+=ack",), STATES),
        Event(2, 17, Side.SERVER, True, edited, 1, 1, ("flags+=ack", "duplicate"), STATES),
        Event(3, 5_000_000_000, Side.CLIENT, False, syn(b"odd"), 1, 0, (), STATES),
    ]


def write(path: Path) -> None:
    with CaptureSink(path, began_us=BEGAN_US, version="0.1.0") as sink:
        for event in events():
            sink(event)


def test_scapy_reads_what_was_written(tmp_path: Path) -> None:
    write(tmp_path / "run.pcapng")

    with RawPcapNgReader(str(tmp_path / "run.pcapng")) as reader:
        read = list(reader)

    assert [octets for octets, _ in read] == [event.packet.octets for event in events()]
    assert [meta.ifname for _, meta in read] == [b"client", b"server", b"client"]
    assert [meta.direction for _, meta in read] == [1, 2, 1]
    assert [meta.comments for _, meta in read] == [
        [b"tcpchaos #1: flags+=ack"],
        [b"tcpchaos #2 of #1: flags+=ack", b"tcpchaos #2 of #1: duplicate"],
        None,
    ]
    assert [(meta.tshigh << 32 | meta.tslow) - BEGAN_US for _, meta in read] == [0, 17, 5_000_000_000]


def test_we_read_what_we_wrote(tmp_path: Path) -> None:
    write(tmp_path / "run.pcapng")

    with CaptureFile(tmp_path / "run.pcapng") as capture:
        records = list(capture)

    assert capture.damage is None
    assert [record.octets for record in records] == [event.packet.octets for event in events()]
    assert records[1].at_ns == (BEGAN_US + 17) * 1000


COMMENTARY = Commentary(names={"10.9.0.1": "client", "10.9.0.2": "server"}, comments={2: ("why", "broke"), 3: ("odd",)})


def test_what_is_known_afterwards_is_put_in(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    with CaptureSink(path, began_us=BEGAN_US, version="0.1.0") as sink:
        for event in events():
            sink(event)
        sink.close(COMMENTARY)

    with RawPcapNgReader(str(path)) as reader:
        comments = [meta.comments for _, meta in reader]
    assert comments == [
        [b"tcpchaos #1: flags+=ack"],
        [b"tcpchaos #2 of #1: flags+=ack", b"tcpchaos #2 of #1: duplicate", b"why", b"broke"],
        [b"odd"],
    ]
    with CaptureFile(path) as capture:
        assert [record.octets for record in capture] == [event.packet.octets for event in events()]
        assert capture.damage is None
    assert list(tmp_path.iterdir()) == [path]


def test_tshark_and_capinfos_read_it_without_a_warning(tmp_path: Path, tool: Tool) -> None:
    path = tmp_path / "run.pcapng"
    with CaptureSink(path, began_us=BEGAN_US, version="0.1.0", stack="linux 6.18") as sink:
        for event in events():
            sink(event)
        sink.close(COMMENTARY)

    fields = ("frame.number", "frame.interface_name", "ip.src_host", "ip.dst_host", "frame.comment")
    said = tool("tshark", "-r", path, "-N", "n", "-T", "fields", *(f"-e{field}" for field in fields))
    told = tool("capinfos", path)

    assert [line.split("\t") for line in said.splitlines()] == [
        ["1", "client", "client", "server", "tcpchaos #1: flags+=ack"],
        [
            *("2", "server", "client", "server"),
            "tcpchaos #2 of #1: flags+=ack,tcpchaos #2 of #1: duplicate,why,broke",
        ],
        ["3", "client", "client", "server", "odd"],
    ]
    assert "Number of resolved IPv4 addresses in file: 2" in told
    assert "Capture application: tcpchaos 0.1.0" in told


def test_ipv6_addresses_have_names_too(tmp_path: Path, tool: Tool) -> None:
    path = tmp_path / "run.pcapng"
    packet = build(src=bytes(15) + b"\1", dst=bytes(15) + b"\2", sport=1, dport=2, seq=ISS, flags=SYN)
    with CaptureSink(path, began_us=BEGAN_US, version="0.1.0") as sink:
        sink(Event(1, 0, Side.CLIENT, False, packet, 1, 0, (), STATES))
        sink.close(Commentary(names={"::1": "client", "::2": "server"}, comments={}))

    said = tool("tshark", "-r", path, "-N", "n", "-T", "fields", "-eipv6.src_host", "-eipv6.dst_host")

    assert said == "client\tserver\n"


def test_no_half_written_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"

    def fail() -> None:
        with CaptureSink(path, began_us=0, version="0.1.0") as sink:
            sink(events()[0])
            assert not path.exists()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_an_older_capture_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "run.pcapng"
    path.write_bytes(b"older")
    sink = CaptureSink(path, began_us=0, version="0.1.0")

    assert path.read_bytes() == b"older"
    sink.close()
    sink.discard()

    assert path.read_bytes() != b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_the_capture_keeps_what_the_trace_leaves_out(tmp_path: Path) -> None:
    with CaptureSink(tmp_path / "run.pcapng", began_us=0, version="0.1.0") as sink:
        trace = CapturedTrace(sink)
        for event in events():
            trace.add(event)
        trace.passed(Passage(4, 100, Side.CLIENT, syn(), 1, ("SYN-SENT", "LISTEN", "SYN-RECEIVED")))

    assert sink.packets == len(trace) == trace.seen == 5


def test_a_directory_that_does_not_exist_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CaptureSink(tmp_path / "nowhere" / "run.pcapng", began_us=0, version="0.1.0")


def test_a_disk_that_is_full_only_when_all_is_told_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pcapng, "_commented", full)
    with CaptureSink(tmp_path / "run.pcapng", began_us=0, version="0.1.0") as sink:
        sink(events()[0])
        sink.close(COMMENTARY)

    assert sink.error is not None
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_ends_the_capture_and_not_the_run(tmp_path: Path) -> None:
    with CaptureSink(tmp_path / "run.pcapng", began_us=0, version="0.1.0") as sink:
        sink._file.close()
        sink._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115 - closed by the sink
        for event in events():
            sink(event)

    assert sink.error is not None
    assert sink.error.strerror == "No space left on device"
    assert sink.packets == 0
    assert list(tmp_path.iterdir()) == []
