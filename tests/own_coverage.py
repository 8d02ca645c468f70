"""How much of each module its own tests reach; a script, and no part of CI.

    python -m pip install coverage
    python -m tests.own_coverage [--at-once 2] [PART]...

Each file of tests is run alone, and of what it reaches, lines and branches, only those count that stand in the modules
which it is named after. What a test starts as a process of its own is not counted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from tests.test_architecture import ALL, ROOT, TESTS, own_tests, part_of

LOW = 90.0  # percent, below which it is told which lines are never reached


def modules_by_tests(parts: list[str]) -> Mapping[Path, list[Path]]:
    """Return the modules of these parts, all without any, by the file of their tests."""
    found: defaultdict[Path, list[Path]] = defaultdict(list)
    for module in ALL:
        if module.name != "__init__.py" and (not parts or part_of(module) in parts):
            found[own_tests(module)].append(module)
    return found


def reached(tests: Path, modules: list[Path]) -> list[tuple[Path, float, list[int], bool]]:
    """Run a file of tests, and return of each module what percentage it reaches, which lines not, and if all passed."""
    with tempfile.TemporaryDirectory() as folder:
        data, told = f"--data-file={folder}/data", Path(folder, "told.json")
        coverage = [sys.executable, "-m", "coverage"]
        run = [*coverage, "run", data, "--branch", f"--source={ROOT}", "-m", "pytest", "-q", str(tests)]
        passed = subprocess.run(run, cwd=TESTS.parent, capture_output=True, check=False).returncode == 0
        subprocess.run([*coverage, "json", "-q", data, "-o", told], cwd=TESTS.parent, check=True)
        files = json.loads(told.read_bytes())["files"]
    each = [(module, files[str(module.relative_to(TESTS.parent))]) for module in modules]
    return [(module, its["summary"]["percent_covered"], its["missing_lines"], passed) for module, its in each]


def main() -> None:
    """Measure and print, each module as soon as its tests have run: all of them take an hour."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("parts", nargs="*")
    wanted = parser.parse_args()
    found = []
    with ThreadPoolExecutor(wanted.at_once) as pool:
        for run in pool.map(lambda each: reached(*each), modules_by_tests(wanted.parts).items()):
            for module, percent, missing, passed in run:
                lines = " ".join(map(str, missing)) if percent < LOW else ""
                failed = "" if passed else "  (its tests failed)"
                print(f"{percent:5.1f} %  {module.relative_to(ROOT)}{failed}  {lines}".rstrip(), flush=True)
                found.append(percent)
    print(f"{len(found)} modules, median {median(found):.1f} %")


if __name__ == "__main__":
    main()
