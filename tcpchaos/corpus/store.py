"""Cases on disk: a file each, in folders; a file is whole or not there, whatever ends the program that writes it."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from tcpchaos.corpus.case import MAX_OCTETS, Case, decode, encode

# How a file begins that means to be a case, right or wrong. Other JSON may lie beside it, and is nobody's mistake.
_BEGINS: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"tcpchaos"\s*:\s*"case/')
_LOOKED_AT: Final = 256  # octets of a file that tell whether it means to be a case


def save(case: Case, folder: Path) -> Path:
    """Write a case into a folder, which is made where it is missing, and return its file. Raises OSError.

    The name follows from the case: where the same case lies there already, its file is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / case.file_name
    if not path.exists():
        write(path, encode(case))
    return path


def write(path: Path, octets: bytes) -> None:
    """Have a file with this content under this name, or, where that fails, what was there before. Raises OSError."""
    partial = partial_of(path)
    try:
        with fresh(partial) as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        with suppress(OSError):  # it has its place; or else, that it could not be written is what has to be told
            partial.unlink()
    _sync(path.parent)


def partial_of(path: Path) -> Path:
    """Return where a file is written until it is whole: beside its place, so that renaming it is all there is to do."""
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def fresh(path: Path) -> BinaryIO:
    """Make a file for writing; a link that someone has put under its name is removed, not followed. Raises OSError."""
    path.unlink(missing_ok=True)
    return open(path, "xb")


def read(path: Path) -> Case:
    """Return the case in a file. Raises OSError, and CaseError with the path to what is wrong with it."""
    with open(path, "rb") as file:
        return decode(file.read(MAX_OCTETS + 1), file=str(path))


def means_a_case(path: Path) -> bool:
    """Tell whether a file begins as a case does, be it one or not. Raises OSError."""
    with open(path, "rb") as file:
        return _BEGINS.match(file.read(_LOOKED_AT)) is not None


def files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that mean to be cases, in the order of their names. Raises OSError."""
    for path in sorted(folder.rglob("*.json")):
        if not path.name.startswith(".") and path.is_file() and means_a_case(path):
            yield path


def read_all(folder: Path) -> Iterator[tuple[Path, Case]]:
    """Yield the cases below a folder with their files. Raises OSError and, at the first that is none, CaseError."""
    for path in files(folder):
        yield path, read(path)


def _sync(folder: Path) -> None:
    """Have a new name in a folder outlive the machine's power, where the file system can promise that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
