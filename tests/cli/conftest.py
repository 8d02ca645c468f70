"""The command line from inside (fast) and as a process of its own (true)."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tcpchaos.cli import cli

Invoke = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def invoke() -> Invoke:
    """Call the command line in this process."""

    def call(*arguments: object) -> Result:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


@pytest.fixture
def process() -> Process:
    """Call the command line as a process."""

    def call(*arguments: object, **how: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tcpchaos", *(str(argument) for argument in arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **how)

    return call
