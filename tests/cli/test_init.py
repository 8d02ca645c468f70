"""`tcpchaos init`."""

from pathlib import Path
from typing import Any

import pytest


def test_a_project_is_made_once(invoke: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert invoke("init").stdout.splitlines()[:2] == ["made strategies/first.py", "made corpus/README.md"]
    assert invoke("init").stdout.splitlines()[:2] == ["kept strategies/first.py", "kept corpus/README.md"]
    assert invoke("list", "strategies").stdout.startswith("first ")


def test_where_none_can_be_made_that_is_said(invoke: Any, tmp_path: Path) -> None:
    (tmp_path / "strategies").touch()

    result = invoke("init", tmp_path)

    assert result.exit_code == 2
    assert result.stderr == f"tcpchaos init: {tmp_path / 'strategies'}: File exists\n"
