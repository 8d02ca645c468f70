"""`tcpchaos check`: verdicts, and files that are no captures."""

import json
import struct
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tcpchaos.report.document import schema
from tcpchaos.wire import FIN, SYN, build


@pytest.fixture
def capture(tmp_path: Path) -> Any:
    """Write a capture of segments with these flags, all from the client."""

    def write(*flags: int) -> Path:
        path = tmp_path / "capture.pcap"
        records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
        for number, each in enumerate(flags):
            packet = build(
                src=b"\x0a\x09\0\1", dst=b"\x0a\x09\0\2", sport=40312, dport=80, seq=0xFFFFFFF0 + number, flags=each
            )
            records.append(struct.pack("<IIII", 0, number * 100, packet.end, packet.end) + packet.octets)
        path.write_bytes(b"".join(records))
        return path

    return write


def test_an_honest_capture(invoke: Any, capture: Any) -> None:
    result = invoke("check", capture(SYN))

    assert result.exit_code == 0
    assert result.stdout.startswith("PASS  Nothing in 1 segment of 1 connection breaks a rule")
    assert "undecided" in result.stdout
    assert "│── S 0:0(0) win 65535" not in result.stdout


def test_a_violation_is_drawn_with_its_surroundings(invoke: Any, capture: Any) -> None:
    result = invoke("check", capture(SYN, FIN))

    assert result.exit_code == 1
    assert "│── S 0:0(0) win 65535" in result.stdout
    assert "│ ▲ " in result.stdout
    assert "VIOLATION  The client broke " in result.stdout


def test_quiet_and_verbose(invoke: Any, capture: Any) -> None:
    assert invoke("check", "-q", capture(SYN, FIN)).stdout.startswith("VIOLATION")
    assert "│── S 0:0(0) win 65535" in invoke("check", "-v", capture(SYN)).stdout


def test_the_document_fits_its_schema(invoke: Any, capture: Any) -> None:
    result = invoke("check", "--json", capture(SYN, FIN))

    document = json.loads(result.stdout)
    jsonschema.validate(document, schema("check"))
    assert (result.exit_code, document["outcome"]) == (1, "violation")


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "the file is empty"),
        (b"root:x:0:0", "this is neither a pcap nor a pcapng file"),
        (b"\x1f\x8b\x08", "what gzip has packed is cut short or damaged"),
        (b"\xd4\xc3\xb2\xa1\x02\0", "the file ends inside its first header"),
    ],
)
def test_what_is_no_capture_is_a_mistake(invoke: Any, tmp_path: Path, octets: bytes, told: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(octets)

    result = invoke("check", path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"tcpchaos check: {path}: {told}\n"


def test_a_file_that_is_not_there(invoke: Any, tmp_path: Path) -> None:
    result = invoke("check", tmp_path / "nothing")

    assert (result.exit_code, result.stderr) == (2, f"tcpchaos check: {tmp_path}/nothing: No such file or directory\n")
    assert invoke("check", tmp_path).exit_code == 2


def test_a_capture_that_is_cut_short_is_judged_and_that_is_said(invoke: Any, capture: Any) -> None:
    path = capture(SYN, SYN)
    path.write_bytes(path.read_bytes()[:-5])

    result = invoke("check", path)
    torn = f"tcpchaos check: {path}: the file is cut short inside a packet, at octet 80 of the file\n"

    assert (result.exit_code, result.stderr) == (2, torn)
    assert "Not the whole capture: the file is cut short inside a packet" in " ".join(result.stdout.split())


def test_a_violation_before_the_place_where_a_file_is_torn_is_one(invoke: Any, capture: Any) -> None:
    path = capture(SYN, FIN, SYN)
    path.write_bytes(path.read_bytes()[:-5])

    result = invoke("check", "--json", path)

    assert result.exit_code == 1
    assert json.loads(result.stdout)["torn"] == "the file is cut short inside a packet, at octet 136 of the file"
