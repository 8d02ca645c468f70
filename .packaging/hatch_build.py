"""Puts the manual page into the wheel, made from the same source as `--help` when the wheel is built."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPage(BuildHookInterface):
    """Writes tcpchaos.1 beside what hatchling writes, and has it installed where `man` looks."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the page."""
        sys.path.insert(0, self.root)
        try:
            from tcpchaos.cli.manual import page
        finally:
            sys.path.remove(self.root)
        file = self._file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(), encoding="utf-8")
        build_data["shared_data"][str(file)] = "share/man/man1/tcpchaos.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind but the wheel."""
        self._file.unlink()

    @property
    def _file(self) -> Path:
        return Path(self.directory, "tcpchaos.1")
