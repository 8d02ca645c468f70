"""Files that others give: whole, from standard input too, and told by the name of their option where they are wrong."""

import io
import sys
from pathlib import Path

import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.input import octets_of, text_of


def test_what_a_file_has(tmp_path: Path) -> None:
    (tmp_path / "plan").write_bytes(b"client syn: drop # \xc3\xa4\n")

    assert octets_of(tmp_path / "plan", 100) == b"client syn: drop # \xc3\xa4\n"
    assert text_of(tmp_path / "plan") == "client syn: drop # \u00e4\n"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"said")))

    assert octets_of(Path("-"), 4) == b"said"


def test_what_has_no_end_is_not_read_to_it() -> None:
    with pytest.raises(Mistake, match=r"^--send /dev/zero: more than 1,000 octets$"):
        octets_of(Path("/dev/zero"), 1000, what="--send")
    with pytest.raises(Mistake, match=r"^--plan /dev/zero: more than 1,048,576 octets$"):
        text_of(Path("/dev/zero"))


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "plan").write_bytes(b"client \xff")

    with pytest.raises(Mistake, match=rf"^{tmp_path}: Is a directory$"):
        octets_of(tmp_path, 1)
    with pytest.raises(Mistake, match=r"plan: not a text in UTF-8 \(octet 7\)$"):
        text_of(tmp_path / "plan")
