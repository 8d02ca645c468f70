"""What nights need around them."""

from pathlib import Path

import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.nights import Watch, read_document, read_nightly
from tcpchaos.corpus.case import Case
from tcpchaos.corpus.replay import Kept, Target
from tcpchaos.report.document import Listing, encode
from tcpchaos.search.campaign import Campaign
from tcpchaos.search.expedition import Expedition
from tests.report.nights import night
from tests.search.conftest import Pretending

LOST = Kept(name="lost", case=Case(title="Lost", plan=("client data#1: drop",)), file=Path("lost.json"))


def test_a_night_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "last.json"
    file.write_text(encode(night()))
    assert read_nightly(file) == read_document(file) == night()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a JSON document"),
        ('{"tcpchaos": "nightly/1"}', "no document that this version of tcpchaos knows"),
        (encode(Listing(workloads=(), mutants=())), "expected what `tcpchaos nightly --json` printed"),
    ],
)
def test_what_is_no_night_is_told(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "last.json"
    file.write_text(text)
    with pytest.raises(Mistake, match=said):
        read_nightly(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="No such file"):
        read_document(tmp_path / "none.json")


def expedition() -> Expedition:
    return Expedition(Campaign((("x", "x.py"),)), Pretending(lambda plan: []), lambda found: None, time_s=12)


def test_without_a_terminal_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch(quiet=False) as watch:
        [replay], interrupted = watch.replay([LOST], Target(backend="sim"), times=1)
        watch.turn("handshake", 60.0, expedition())

    assert (replay.status, interrupted) == ("held", False)
    assert capsys.readouterr().err.splitlines() == [
        "1 of 1 cases: held: Lost",
        "handshake searches for 12 s of 60; until now 0 plans, 0 cells, 0 found",
    ]


def test_nothing_is_told_to_whom_wants_quiet_and_nothing_is_replayed_where_nothing_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Watch(quiet=True) as watch:
        assert watch.replay([], Target(backend="sim"), times=1) == ([], False)
        watch.turn("handshake", 60.0, expedition())
    assert capsys.readouterr().err == ""
