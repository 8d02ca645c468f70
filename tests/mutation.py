"""Breaks the law in small ways, one at a time, and counts how many the tests notice; a script, and no part of CI.

    python -m tests.mutation --part rfc --most 200 --seed 1

A mutant is a copy of the package in which one comparison, connective, number, sign, answer or statement is another. The
module's own tests are run on it first, then the others of its part, then those in which broken endpoints are judged.
What is left at the end are the survivors: each is a gap in the tests, or says the same in other words.
"""

import argparse
import ast
import copy
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PARTS: Final = ("rfc", "oracle")
# Where the parts as a whole are tried: every broken endpoint must be judged as it deserves.
THOROUGH: Final = ("tests/sim/mutants",)
COPIED: Final = ("tcpchaos", "tests", "strategies", "corpus", "pyproject.toml")
TIMES_SLOWER: Final = 5  # than the tests of the whole package are: such a mutant does not end
WIDTH: Final = 70  # characters shown of what was changed

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATIONS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Mult: ast.Add,
    ast.LShift: ast.RShift,
}
_DROPPED: Final = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)


class Mutant(NamedTuple):
    """Octets `begin` to `end` of a file are to be `after`; `before` is what stands there."""

    file: Path
    line: int
    begin: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.file}:{self.line}  {before[:WIDTH]}  ->  {after[:WIDTH]}"

    def apply(self, source: bytes) -> bytes:
        """Return the source of the mutant."""
        return source[: self.begin] + self.after.encode() + source[self.end :]


def mutants(file: Path, source: bytes) -> Iterator[Mutant]:
    """Yield all mutants of a file, in the order of its lines."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, deep in _nodes(ast.parse(source), False):
        for other in _others(node, deep):
            assert isinstance(node, ast.expr | ast.stmt)
            assert node.end_lineno is not None
            assert node.end_col_offset is not None
            begin = starts[node.lineno - 1] + node.col_offset
            end = starts[node.end_lineno - 1] + node.end_col_offset
            text = ast.unparse(other)
            after = f"({text})" if isinstance(other, ast.expr) else text
            yield Mutant(file, node.lineno, begin, end, source[begin:end].decode(), after)


def _nodes(node: ast.AST, deep: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Yield what may be changed, and whether it stands in a function; types, docstrings and decorators may not."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.Import | ast.ImportFrom | ast.JoinedStr):
                continue
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            yield child, deep
            yield from _nodes(child, deep or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))


def _others(node: ast.AST, deep: bool) -> Iterator[ast.expr | ast.stmt]:
    """Yield what may stand in the place of a node."""
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                changed = copy.deepcopy(node)
                changed.ops[index] = _COMPARISONS[type(operator)]()
                yield changed
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() if type(node.op) in _OPERATIONS and not isinstance(node.left, ast.Constant | ast.JoinedStr):
            yield ast.BinOp(node.left, _OPERATIONS[type(node.op)](), node.right)
        case ast.Constant(value=bool() as said):
            yield ast.Constant(not said)
        case ast.Constant(value=int() as number):
            yield ast.Constant(number + 1)
        case ast.IfExp():
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Constant()):
            pass  # a docstring
        case ast.stmt() if deep and isinstance(node, _DROPPED):
            yield ast.Pass()


def own_tests(file: Path) -> list[str]:
    """Return the tests to be run on a module: its own, those of its part, those of all parts."""
    part = file.parts[1]
    own = Path("tests", *file.parts[1:-1], f"test_{file.name}")
    others = (Path("tests", each) for each in sorted(PARTS, key=lambda each: each != part))
    return [str(path) for path in (own, *others) if (ROOT / path).exists()]


class Bench:
    """A copy of the repository in which one mutant after the other is tried."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            source = ROOT / name
            copied = shutil.copytree if source.is_dir() else shutil.copy
            copied(source, root / name)
        self._seconds = int(time.time())

    def notices(self, mutant: Mutant, timeout_s: float) -> bool:
        """Tell whether some test fails on a mutant, or does not end."""
        path = self.root / mutant.file
        source = path.read_bytes()
        try:
            self._write(path, mutant.apply(source))
            # The own tests first: most mutants end there.
            stages = (own_tests(mutant.file), THOROUGH)
            return not all(self.passes(tests, timeout_s) for tests in stages)
        finally:
            self._write(path, source)

    def passes(self, tests: list[str] | tuple[str, ...], timeout_s: float) -> bool:
        """Tell whether these tests pass in time."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        try:
            done = subprocess.run(
                command, cwd=self.root, capture_output=True, timeout=timeout_s, check=False, start_new_session=True
            )
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def _write(self, path: Path, source: bytes) -> None:
        path.write_bytes(source)
        # What was compiled is told from what is to be by seconds and size: both may be the same.
        self._seconds += 1
        os.utime(path, (self._seconds, self._seconds))


def tried(chosen: list[Mutant], jobs: int) -> list[Mutant]:
    """Try mutants, several at a time, and return those that no test notices; says on stderr how far it is."""
    survivors: list[Mutant] = []
    benches: queue.SimpleQueue[Bench] = queue.SimpleQueue()
    done = Counter[str]()
    turn = threading.Lock()
    with tempfile.TemporaryDirectory(prefix="tcpchaos-mutation-") as folder:
        for number in range(jobs):
            benches.put(Bench(Path(folder, str(number))))
        first = benches.get()
        began = time.monotonic()
        whole = [*(f"tests/{part}" for part in PARTS), *THOROUGH]
        if not first.passes(whole, 3600):
            sys.exit("the tests fail without any mutant")
        timeout_s = TIMES_SLOWER * (time.monotonic() - began)
        benches.put(first)

        def try_one(mutant: Mutant) -> None:
            bench = benches.get()
            try:
                noticed = bench.notices(mutant, timeout_s)
            finally:
                benches.put(bench)
            with turn:
                done["noticed" if noticed else "survived"] += 1
                if not noticed:
                    survivors.append(mutant)
                print(f"{done.total()}/{len(chosen)} {'' if noticed else f'SURVIVED {mutant}'}", file=sys.stderr)

        with ThreadPoolExecutor(jobs) as threads:
            list(threads.map(try_one, chosen))
    return sorted(survivors)


def main() -> None:
    """Choose mutants, try them, and print the score of each module and what survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="of which part (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="another sample")
    parser.add_argument("--most", type=int, default=200, help="how many mutants")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    wanted = parser.parse_args()
    files = sorted(file for part in wanted.part or PARTS for file in (ROOT / "tcpchaos" / part).rglob("*.py"))
    every = [each for file in files for each in mutants(file.relative_to(ROOT), file.read_bytes())]
    chosen = random.Random(wanted.seed).sample(every, min(wanted.most, len(every)))
    survivors = tried(chosen, wanted.jobs)
    of = Counter(each.file for each in chosen)
    alive = Counter(each.file for each in survivors)
    for file in sorted(of, key=lambda file: (1 - alive[file] / of[file], file)):
        print(f"{of[file] - alive[file]:>4} of {of[file]:<4} {file}")
    print(f"{len(chosen) - len(survivors):>4} of {len(chosen):<4} noticed ({len(every):,} mutants there are)\n")
    for each in survivors:
        print(each)


if __name__ == "__main__":
    main()
