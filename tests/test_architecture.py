"""The house as a whole: who may import whom, what may not touch the world, and a test file for each module."""

import ast
from pathlib import Path
from typing import Final

import pytest

import tcpchaos

ROOT: Final = Path(tcpchaos.__file__).parent
TESTS: Final = Path(__file__).parent

# Lowest first: a part imports only parts that stand before it.
PARTS: Final = (
    "seq",
    "wire",
    "trace",
    "sim",
    "rfc",
    "oracle",
    "plan",
    "engine",
    "backends",
    "workloads",
    "run",
    "corpus",
    "search",
    "report",
    "bench",
    "testing",
    "cli",
)
SANS_IO: Final = PARTS[: PARTS.index("backends")]
# What reads a clock, rolls dice, or touches anything outside the process.
WORLD: Final = frozenset(
    {"asyncio", "click", "ctypes", "fcntl", "hypothesis", "io", "mmap", "multiprocessing", "os", "pathlib", "pyroute2"}
    | {"random", "rich", "scapy", "secrets", "select", "selectors", "shutil", "signal", "socket", "ssl", "subprocess"}
    | {"tempfile", "threading", "time", "trio"}
)
# Modules of which a test of another module is the test, and which one.
TESTED_WITH: Final = {"__main__": "cli"}
# Folders of tests that can't be called what they test: tests/run is the command that runs them all.
FOLDERS: Final = {Path("run"): Path("run_")}
# Modules that are data, all of them tested in the same way.
TOGETHER: Final = {Path("sim/mutants"): "mutants", Path("report/document"): "document"}


def own_tests(path: Path) -> Path:
    """Where the tests of a module belong."""
    relative = path.relative_to(ROOT)
    name = TOGETHER.get(relative.parent) or TESTED_WITH.get(path.stem, path.stem.strip("_"))
    return TESTS / FOLDERS.get(relative.parent, relative.parent) / f"test_{name}.py"


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions and for type checkers."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


ALL: Final = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT or path.stem in PARTS)


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_part_imports_only_parts_before_it(path: Path) -> None:
    part = part_of(path)
    assert part in PARTS
    for name in imports(path):
        if name.startswith("tcpchaos."):
            other = name.split(".")[1]
            if other in PARTS:
                assert PARTS.index(other) <= PARTS.index(part), f"{part} must not know {name}"


@pytest.mark.parametrize(
    "path", [path for path in ALL if part_of(path) in SANS_IO], ids=lambda path: str(path.relative_to(ROOT))
)
def test_what_thinks_does_not_touch_the_world(path: Path) -> None:
    touched = {name.split(".")[0] for name in imports(path)} & WORLD
    assert not touched


@pytest.mark.parametrize(
    "path", [path for path in ALL if part_of(path) != "search"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_only_the_search_knows_hypothesis(path: Path) -> None:
    assert "hypothesis" not in {name.split(".")[0] for name in imports(path)}


def test_scapy_is_imported_only_inside_functions() -> None:
    for path in ROOT.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            names = {a.name for a in node.names} if isinstance(node, ast.Import) else set()
            if isinstance(node, ast.ImportFrom):
                names = {node.module or ""}
            assert not any(name.split(".")[0] == "scapy" for name in names), path


@pytest.mark.parametrize(
    "path", [path for path in ALL if path.name != "__init__.py"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_module_has_its_test_file(path: Path) -> None:
    assert own_tests(path).exists(), f"no {own_tests(path)}"


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_why_it_exists(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
