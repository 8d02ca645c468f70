"""Cases on disk: whole or not there, found again, and left as they are."""

import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tcpchaos.corpus.case import Case, CaseError, encode
from tcpchaos.corpus.store import files, fresh, means_a_case, partial_of, read, read_all, save, write

CASE: Final = Case(title="A lost SYN", plan=("client syn#1: drop",))

# Saves one large case after the other, and says each time that one is done.
WRITER: Final = """
import sys
from itertools import count
from pathlib import Path
from tcpchaos.corpus.case import Case
from tcpchaos.corpus.store import save
for number in count():
    case = Case(title=f"case {number}", about="x" * 200_000, plan=(f"client data#{number + 1}: drop",))
    save(case, Path(sys.argv[1]))
    print(number, flush=True)
"""


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    path = save(CASE, tmp_path / "corpus" / "new")

    assert path == tmp_path / "corpus" / "new" / CASE.file_name
    assert read(path) == CASE
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_case_that_lies_there_is_left_as_it_is(tmp_path: Path) -> None:
    first = save(CASE, tmp_path)
    first.write_bytes(first.read_bytes().replace(b'"title"', b'\n  "title"'))
    before = first.read_bytes()

    assert save(Case(title="A lost SYN", about="Said anew.", plan=CASE.plan), tmp_path) == first
    assert first.read_bytes() == before


def test_a_folder_yields_its_cases_in_order_and_nothing_else(tmp_path: Path) -> None:
    for name, content in (
        ("b.json", encode(CASE)),
        ("a/z.json", b'\xef\xbb\xbf { "tcpchaos" : "case/1", "title": "x"}'),
        ("package.json", b'{"name": "x"}'),
        ("run.json", b'{"tcpchaos": "run/1"}'),
        (".b.json.17.part", b'{"tcpchaos": "case/1"'),
        (".hidden.json", encode(CASE)),
        ("notes.txt", encode(CASE)),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    assert [path.relative_to(tmp_path).as_posix() for path in files(tmp_path)] == ["a/z.json", "b.json"]
    assert [case.title for _, case in read_all(tmp_path)] == ["x", "A lost SYN"]


def test_a_wrong_case_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text('{"tcpchaos": "case/1", "titel": "x"}')

    assert means_a_case(tmp_path / "wrong.json")
    with pytest.raises(CaseError, match=r"wrong\.json: \$: there is no key titel; did you mean title\?"):
        list(read_all(tmp_path))


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write(path, b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        # A file that may not grow is what a full disk looks like to a program.
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        with pytest.raises(OSError, match="File too large"):
            write(path, b"x" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, kept)

    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("x.json", b"before")]


def test_whoever_is_killed_leaves_whole_files(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(20):
            writer.stdout.readline()
        writer.kill()

    cases = list(read_all(tmp_path))
    assert len(cases) >= 20
    assert all(path.name == case.file_name for path, case in cases)


def test_a_link_that_lies_where_a_file_is_to_be_made_is_not_followed(tmp_path: Path) -> None:
    (precious := tmp_path / "precious").write_text("octets of somebody")
    partial_of(tmp_path / "a.json").symlink_to(precious)
    (tmp_path / "left").write_bytes(b"what a killed one has left")

    write(tmp_path / "a.json", b"{}")
    with fresh(tmp_path / "left") as file:
        file.write(b"new")

    assert precious.read_text() == "octets of somebody"
    assert (tmp_path / "a.json").read_bytes() == b"{}"
    assert (tmp_path / "left").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "left", "precious"]
