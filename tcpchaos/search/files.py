"""Strategy files: loaded by path, never as a package, and held to their contract before anything is drawn from them.

The contract: a docstring whose first line says what the strategy looks for, `plans`, a strategy of plans, and where it
matters `workloads`, the names of those under which they are played. One that enumerates has `cells` besides, a function
that yields all there is to play.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Final

from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from tcpchaos.corpus import project
from tcpchaos.plan import Plan
from tcpchaos.search.matrix import Cell
from tcpchaos.workloads import workload

DEFAULT_WORKLOADS: Final = ("echo",)
_EXAMPLE: Final = 'plans = chaos.plans(chaos.rules(chaos.selectors("client syn"), chaos.actions("drop")))'
_ONE_DRAW: Final = settings(derandomize=True, database=None, deadline=None, phases=[Phase.generate])


class StrategyError(ValueError):
    """A strategy file that is none: `str()` says where and what to write instead; `line` 0 is all of the file."""

    def __init__(self, file: Path, line: int, problem: str) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A strategy file that keeps to its contract: the name by which it is called, its docstring, and what is in it."""

    name: str
    file: Path
    about: str
    plans: st.SearchStrategy[Plan]
    workloads: tuple[str, ...] = DEFAULT_WORKLOADS
    cells: Callable[[], Iterable[Cell]] | None = None

    @property
    def sentence(self) -> str:
        """What it looks for, in a line."""
        return self.about.partition("\n")[0]


def named(name: str, projects: Sequence[project.Project]) -> Strategy:
    """Load the strategy of this name or path. Raises UnknownName where there is none, and what `load` raises."""
    return load(project.strategy_file(name, projects))


def load(file: Path) -> Strategy:
    """Load a strategy file. Raises StrategyError where it breaks its contract, OSError where it can't be read."""
    source = file.read_bytes()
    # No one can import a module of this name, and none of the user's is hidden by it.
    module = ModuleType(f"strategy {file.absolute()}")
    module.__file__ = str(file)
    with _Blame(file):
        code = compile(source, str(file), "exec")
        sys.modules[module.__name__] = module  # where dataclasses look for the names in annotations
        exec(code, module.__dict__)
    if not (module.__doc__ or "").strip():
        raise StrategyError(file, 1, 'it has no docstring: begin with """What it looks for, and why."""')
    return Strategy(
        name=file.stem.replace("_", "-"),
        file=file,
        about=(module.__doc__ or "").strip(),
        plans=_plans(file, module, source),
        workloads=_workloads(file, module, source),
        cells=_cells(file, module, source),
    )


class _Blame:
    """Turns whatever goes wrong in code of the user's into an error that names its line."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: TracebackType | None) -> None:
        if isinstance(error, SyntaxError) and error.filename == str(self._file):
            raise StrategyError(self._file, error.lineno or 0, f"not Python: {error.msg}") from error
        if isinstance(error, Exception):
            said = str(error) or "it said nothing more"
            raise StrategyError(self._file, self._line(traceback), f"{type(error).__name__}: {said}") from error

    def _line(self, traceback: TracebackType | None) -> int:
        """The deepest line of the file through which it went."""
        line = 0
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == str(self._file):
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return line


def _plans(file: Path, module: ModuleType, source: bytes) -> st.SearchStrategy[Plan]:
    if not hasattr(module, "plans"):
        raise StrategyError(file, 0, f"it has no plans: write {_EXAMPLE}")
    line = _line_of(source, "plans")
    plans = module.plans
    if not isinstance(plans, st.SearchStrategy):
        called = "; call it" if callable(plans) else ""
        raise StrategyError(file, line, f"plans is a {type(plans).__name__} and no strategy{called}: write {_EXAMPLE}")
    with _Blame(file):
        drawn = find(plans, lambda plan: True, settings=_ONE_DRAW)
    if not isinstance(drawn, Plan):
        raise StrategyError(file, line, f"plans draws a {type(drawn).__name__} and no plan: write {_EXAMPLE}")
    return plans


def _workloads(file: Path, module: ModuleType, source: bytes) -> tuple[str, ...]:
    names = getattr(module, "workloads", DEFAULT_WORKLOADS)
    line = _line_of(source, "workloads")
    if not isinstance(names, tuple | list) or not names or not all(isinstance(name, str) for name in names):
        raise StrategyError(file, line, f'workloads is {names!r} and no tuple of names: write workloads = ("echo",)')
    for name in names:
        try:
            workload(name)
        except LookupError as error:
            raise StrategyError(file, line, str(error.args[0])) from None
    return tuple(names)


def _cells(file: Path, module: ModuleType, source: bytes) -> Callable[[], Iterable[Cell]] | None:
    cells: Callable[[], Iterable[Cell]] | None = getattr(module, "cells", None)
    if cells is not None and not callable(cells):
        raise StrategyError(file, _line_of(source, "cells"), "cells is no function: write cells = matrix.cells")
    return cells


def _line_of(source: bytes, name: str) -> int:
    """The line in which a name is given its value; 0 where that is not plain to see."""
    lines = enumerate(source.decode(errors="replace").splitlines(), 1)
    return next((number for number, line in lines if line.split("=")[0].split(":")[0].strip() == name), 0)
