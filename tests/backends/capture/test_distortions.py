"""Captures of real traffic, as they are and as captures come: no TCP that is honest is ever found guilty."""

import contextlib
import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from tcpchaos.backends.capture import CaptureError, Judged, judge
from tests.backends.capture.distortions import DATA, DISTORTIONS, records, write

CAPTURES = sorted(DATA.glob("*.pcap*"))
PLAIN = [path for path in CAPTURES if path.suffix == ".pcap"]


def said(judged: Judged) -> list[str]:
    """What is held against anyone, surely or not."""
    found = (*judged.verdict.findings, *judged.verdict.undecided)
    return [f"{each.rule} {each.blame} #{each.frame}: {each.observed}" for each in found]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_nothing_is_held_against_an_honest_tcp(path: Path) -> None:
    judged = judge(path)

    assert (said(judged), judged.verdict.outcome, judged.damage) == ([], "pass", None)
    assert judged.counts.judged > 0
    assert judged.counts.damaged == 0


@pytest.mark.parametrize("distortion", DISTORTIONS)
@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_nor_where_the_capture_is_a_bad_one(path: Path, distortion: str, tmp_path: Path) -> None:
    for kept in DISTORTIONS[distortion](records(path)):
        with contextlib.suppress(CaptureError):  # where nothing is left that can be judged
            assert said(judge(write(tmp_path / "a.pcap", kept))) == []


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_neither_byte_order_nor_packing_matters(path: Path, tmp_path: Path) -> None:
    as_it_is = judge(path)
    packed = tmp_path / "a.pcap.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    for other in (judge(write(tmp_path / "big.pcap", records(path), order=">")), judge(packed)):
        assert [event.packet for event in other.trace] == [event.packet for event in as_it_is.trace]
        assert other.counts == as_it_is.counts


@pytest.mark.skipif(shutil.which("mergecap") is None, reason="needs mergecap, which comes with tshark")
def test_what_wireshark_s_tools_make_of_captures(tmp_path: Path) -> None:
    merged, sections = tmp_path / "merged.pcapng", tmp_path / "sections.pcapng"
    subprocess.run(["mergecap", "-w", merged, *CAPTURES], check=True)
    for path in CAPTURES:
        subprocess.run(["editcap", "-F", "pcapng", path, tmp_path / "one.pcapng"], check=True)
        with sections.open("ab") as file:
            file.write((tmp_path / "one.pcapng").read_bytes())

    for path in (merged, sections):
        judged = judge(path)
        assert said(judged) == []
        assert judged.counts.read == sum(judge(each).counts.read for each in CAPTURES)
        assert len(judged.counts.links) == 3
