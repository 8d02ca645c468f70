"""Where commands write, and with which colours."""

import io
import os
import sys
from pathlib import Path

import click
import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.output import busy, console, has_a_place, print_document, write_file
from tcpchaos.report.document import Listing, encode


def test_results_go_to_stdout_and_the_rest_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("result")
    console(stderr=True).print("progress")
    print_document(document := Listing(workloads=(), mutants=()))

    out, err = capsys.readouterr()
    assert out == f"result\n{encode(document)}"
    assert err == "progress\n"


def test_texts_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("[bold] :smile: 12")

    assert capsys.readouterr().out == "[bold] :smile: 12\n"


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    assert console().no_color


def test_a_closed_pipe_is_an_error_for_the_group_to_handle(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())

    with pytest.raises(BrokenPipeError):
        console().print("anything")


class Terminal(io.StringIO):
    """A stderr that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_what_takes_long_says_so_where_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", seen := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with busy("judging a.pcap"):
        pass
    said = seen.getvalue()
    with busy("judging b.pcap", quiet=True):
        pass

    assert "judging a.pcap" in said
    assert seen.getvalue() == said


def test_where_nobody_looks_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with busy("judging a.pcap"):
        pass

    assert capsys.readouterr() == ("", "")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_file("--html", tmp_path / "page", "text")

    assert (tmp_path / "page").read_text() == "text"
    with pytest.raises(Mistake, match=r"--html .*/no/page: No such file or directory"):
        write_file("--html", tmp_path / "no" / "page", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["page"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none/page", "there is no directory"),
        ("folder", "expected a file, this is a directory"),
        ("pipe", "no regular file"),
        ("link", "this is a link"),
        ("dangling", "this is a link"),
    ],
)
def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "page").write_text("a page of yesterday")
    (tmp_path / "link").symlink_to(tmp_path / "page")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    option = click.Option(["--html"])
    context = click.Context(click.Command("run"))

    assert has_a_place(context, option, None) is None
    assert has_a_place(context, option, tmp_path / "page") == tmp_path / "page"
    with pytest.raises(Mistake, match=rf"--html {tmp_path / name}: .*{told}"):
        has_a_place(context, option, tmp_path / name)
