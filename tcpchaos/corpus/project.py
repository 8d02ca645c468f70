"""Projects: where strategies and cases lie, how one is found from where the user stands, and what names mean in it.

A project is any directory with `strategies/` or `corpus/` in it. The built-in one comes with tcpchaos and is there
always; the user's own one stands before it.
"""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import tcpchaos
from tcpchaos.corpus import store

CORPUS: Final = "corpus"
STRATEGIES: Final = "strategies"
_PACKAGE: Final = Path(tcpchaos.__file__).parent
# In a wheel; a checkout is itself the project.
_SHIPPED: Final = _PACKAGE / "_project"
_HASH: Final = re.compile(r"-[0-9a-f]{8}$")  # at the end of a name
_ROOT: Final = 0  # the user's number
_NEAR: Final = 3  # names suggested for one that is wrong


class UnknownName(LookupError):  # noqa: N818 - an answer: it says what there is instead
    """A case, folder or strategy that no project has; the message suggests names that exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A directory with strategies and cases; `builtin` is the one that comes with tcpchaos."""

    root: Path
    builtin: bool = False

    @property
    def corpus(self) -> Path:
        """Where its cases lie, be it there or not."""
        return self.root / CORPUS

    @property
    def strategies(self) -> Path:
        """Where its strategies lie, be it there or not."""
        return self.root / STRATEGIES

    def cases(self) -> Iterator[tuple[str, Path]]:
        """Yield the names and files of its cases: the name is the path below `corpus/`, without `.json`."""
        for path in store.files(self.corpus):
            yield path.relative_to(self.corpus).with_suffix("").as_posix(), path

    def strategy_files(self) -> Iterator[tuple[str, Path]]:
        """Yield the names and files of its strategies; what begins with an underscore is none."""
        for path in sorted(self.strategies.glob("*.py")):
            if not path.name.startswith(("_", ".")):
                yield path.stem.replace("_", "-"), path


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A file of strategies as it can be known without running it; `trouble` is why it can't be read."""

    name: str
    sentence: str
    file: Path
    trouble: str = ""


def builtin() -> Project:
    """Return the project that comes with tcpchaos: in the wheel beside its modules, in a checkout around them."""
    return Project(root=_SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent, builtin=True)


def is_project(directory: Path) -> bool:
    """Tell whether a directory is a project; a Python package that happens to have such a name makes none.

    Nor does what a stranger has put into a directory of others, such as /tmp: strategies are code, and would be run.
    """
    folders = (directory / CORPUS, directory / STRATEGIES)
    if any(os.path.lexists(folder) and not _is_trusted(folder, directory) for folder in folders):
        return False
    return any(folder.is_dir() and not (folder / "__init__.py").exists() for folder in folders)


def _is_trusted(folder: Path, directory: Path) -> bool:
    """Tell whether a folder is this user's, root's, or of whom the directory is in which it lies."""
    return os.lstat(folder).st_uid in (os.geteuid(), _ROOT, directory.stat().st_uid)


def find(start: Path) -> tuple[Project, ...]:
    """Return the projects that are in force in a directory: the nearest one above it, if any, and the built-in one.

    The search ends with the repository: what lies beyond it belongs to someone else.
    """
    for directory in (start.absolute(), *start.absolute().parents):
        if is_project(directory):
            return opened(directory)
        if (directory / ".git").exists():
            break
    return (builtin(),)


def opened(root: Path) -> tuple[Project, ...]:
    """Return this project and the built-in one, which it may be itself."""
    ours = builtin()
    if root.resolve() == ours.root.resolve():
        return (ours,)
    return Project(root=root), ours


def case_files(names: Sequence[str], projects: Sequence[Project]) -> list[Path]:
    """Return the files of the cases that are meant, each once: by paths of files and folders, or by names.

    A name is that of a case or folder below `corpus/`, and a case may be called without its folder and its hash. No
    name means the whole of the first project that has cases. Raises UnknownName, OSError.
    """
    found: dict[Path, None] = {}
    for name in names:
        found |= dict.fromkeys(_meant(name, projects))
    return list(found) if names else _all(projects)


def _all(projects: Sequence[Project]) -> list[Path]:
    for project in projects:
        if found := list(store.files(project.corpus)):
            return found
    raise UnknownName(f"no case lies in {' or in '.join(str(project.corpus) for project in projects)}")


def _meant(name: str, projects: Sequence[Project]) -> list[Path]:
    path = Path(name)
    if path.is_file():
        return [path]
    if path.is_dir():
        if inside := list(store.files(path)):
            return inside
        raise UnknownName(f"no case lies in {name}")
    said = name.removeprefix(f"{CORPUS}/").removesuffix(".json").strip("/")
    if said == CORPUS:
        return _all(projects)
    known: list[str] = []
    for project in projects:
        cases = list(project.cases())
        if chosen := [file for each, file in cases if said == each or said in _short_names(each)]:
            return chosen
        known += [short for each, _ in cases for short in _short_names(each)]
    raise UnknownName(_suggestion("case or folder", name, known))


def _short_names(name: str) -> Iterator[str]:
    """Yield what a case is called besides its name: without hash, without folder, and the folders that it lies in."""
    bare = _HASH.sub("", name)
    yield bare
    yield bare.rpartition("/")[2]
    yield from (parent.as_posix() for parent in Path(name).parents if parent.name)


def strategy_file(name: str, projects: Sequence[Project]) -> Path:
    """Return the file of a strategy, by its path or by its name. Raises UnknownName."""
    if name.endswith(".py") and Path(name).is_file():
        return Path(name)
    known = dict(reversed([each for project in projects for each in project.strategy_files()]))
    said = name.replace("_", "-")
    if said not in known:
        raise UnknownName(_suggestion("strategy", name, known))
    return known[said]


def strategies(project: Project) -> Iterator[Strategy]:
    """Yield the strategies of a project with the first lines of their docstrings; no file of them is run."""
    for name, path in project.strategy_files():
        try:
            docstring = ast.get_docstring(ast.parse(path.read_bytes(), str(path)))
        except SyntaxError as error:
            yield Strategy(name=name, sentence="", file=path, trouble=f"line {error.lineno}: {error.msg}")
        except (OSError, ValueError) as error:
            yield Strategy(name=name, sentence="", file=path, trouble=str(error))
        else:
            sentence = (docstring or "").partition("\n")[0]
            yield Strategy(name=name, sentence=sentence, file=path, trouble="" if sentence else "it has no docstring")


def _suggestion(what: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, dict.fromkeys(known), n=_NEAR, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see `tcpchaos list`"
    return f"no {what} is called {name}; {hint}"
