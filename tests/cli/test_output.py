"""Where commands write, and with which colours."""

import io
import sys

import pytest

from tcpchaos.cli.output import console, print_document
from tcpchaos.report.document import Listing


def test_results_go_to_stdout_and_the_rest_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("result")
    console(stderr=True).print("progress")
    print_document(Listing(workloads=(), mutants=()))

    out, err = capsys.readouterr()
    assert out == 'result\n{\n  "tcpchaos": "list/1",\n  "workloads": [],\n  "mutants": []\n}\n'
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
