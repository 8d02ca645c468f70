"""A capture is read by both tools, and ours is held to its bar."""

import shutil
from pathlib import Path

import pytest

from tcpchaos.backends.host import Broken
from tcpchaos.bench.offline import UnreadableError, offline
from tcpchaos.report.document import decode, encode

CAPTURE = Path(__file__).parents[1] / "backends/capture/data/lossy-sender.pcap"


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_both_read_the_same_file() -> None:
    told: list[str] = []
    document = offline(CAPTURE, 1, told.append)

    assert decode(encode(document)) == document
    assert [(figure.what, figure.of, figure.beside[0].baseline) for figure in document.figures] == [
        ("lossy-sender.pcap, 330 packets", "tcpchaos check", "tshark -z io,stat,0"),
        ("memory at its most", "tcpchaos check", "tshark -z io,stat,0"),
    ]
    assert all(figure.value > 0 and figure.beside[0].value > 0 for figure in document.figures)
    assert [bar.limit for bar in document.bars] == [50_000.0]
    assert told == ["round 1 of 1: tcpchaos check", "round 1 of 1: tshark -z io,stat,0"]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_what_is_no_capture_is_refused_in_the_words_of_the_check(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(b"no capture")
    with pytest.raises(UnreadableError, match="neither a pcap nor a pcapng file"):
        offline(path, 1, print)


def test_without_tshark_there_is_nothing_to_compare_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Broken, match="tshark is not installed"):
        offline(CAPTURE, 1, print)
