"""`tcpchaos export`: a case for the tools of others."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpchaos.cli.group import BROKEN, PASSED, Mistake
from tcpchaos.cli.output import file_option, tell_broken, write_file
from tcpchaos.cli.projects import project_option, projects_of
from tcpchaos.cli.target import backend_option

if TYPE_CHECKING:
    from tcpchaos.backends.world import BackendName
    from tcpchaos.corpus.case import Case
    from tcpchaos.run import RunConfig
    from tcpchaos.trace import Side

# What is played for an export is as small as it can be: nobody reads a script of a thousand segments.
OCTETS = 20_000


@click.command("export")
@click.argument("name", metavar="CASE")
@click.option(
    "--to",
    "tool",
    type=click.Choice(["packetdrill", "scapy", "pytest", "pcapng", "json"]),
    required=True,
    help="For whom.",
)
@file_option("-o", "--output", help="Where to write.")
@click.option(
    "--side",
    type=click.Choice(["client", "server"]),
    help="Which endpoint is under test, for packetdrill (default: the one to blame, or the server).",
)
@backend_option
@project_option
def command(
    name: str, tool: str, output: Path | None, side: str | None, backend: "BackendName", project: Path | None
) -> int:
    """Write a CASE as a script for packetdrill or scapy, as a test for pytest, as a capture, or as JSON.

    For packetdrill, scapy and pcapng the case is played once; packetdrill's script expects what the endpoint did then.
    scapy's script plays the client against a server of yours.

    Exit codes: 0 written, 2 wrong usage or no such case, 3 the environment failed.
    """
    from tcpchaos.backends.host import Broken

    case = _case(name, project)
    if tool == "pcapng" and output is None:
        raise Mistake("--to pcapng: a capture is no text; say where to write it (-o FILE)")
    try:
        if tool == "pcapng" and output is not None:
            _capture(case, backend, output)
            return PASSED
        text = _text(case, tool, side, backend, output)
    except Broken as broken:
        tell_broken(broken)
        return BROKEN
    if output is None:
        sys.stdout.write(text)
        return PASSED
    write_file("-o", output, text)
    return PASSED


def _case(name: str, project: Path | None) -> "Case":
    from tcpchaos.corpus.case import CaseError
    from tcpchaos.corpus.project import UnknownName, case_files
    from tcpchaos.corpus.store import read

    try:
        files = case_files([name], projects_of(project))
        if len(files) > 1:
            raise Mistake(f"{name} is a folder with {len(files)} cases; one at a time can be exported")
        return read(files[0])
    except (UnknownName, CaseError) as error:
        raise Mistake(f"{error}") from None
    except OSError as error:
        raise Mistake(f"{error.filename}: {error.strerror or error}") from None


def _text(case: "Case", tool: str, side: str | None, backend: "BackendName", output: Path | None) -> str:
    if tool == "json":
        from tcpchaos.corpus.case import encode

        return encode(case).decode()
    if tool == "pytest":
        from tcpchaos.report.exports.pytest_file import pytest_file

        return pytest_file(case, backend=backend)
    import trio

    from tcpchaos.report.exports.packetdrill import packetdrill
    from tcpchaos.report.exports.scapy_script import scapy_script
    from tcpchaos.report.exports.story import told
    from tcpchaos.run import run

    tested = _tested(case, tool, side)
    story = told(trio.run(run, _config(case, backend)), tested)
    if story is None:
        raise Mistake(f"nothing happened at the {tested} when the case was played: there is nothing to write")
    if tool == "packetdrill":
        return packetdrill(case, story)
    return scapy_script(case, story, file="FILE" if output is None else output.name)


def _tested(case: "Case", tool: str, side: str | None) -> "Side":
    from tcpchaos.corpus.case import Violates
    from tcpchaos.trace import Side

    blamed = case.expect.blame if isinstance(case.expect, Violates) else None
    chosen = side or blamed or "server"
    if tool == "scapy" and chosen == "client":
        raise Mistake("scapy's script plays the client, and this is about the client: export it to packetdrill")
    return Side.CLIENT if chosen == "client" else Side.SERVER


def _config(case: "Case", backend: "BackendName") -> "RunConfig":
    from dataclasses import replace

    from tcpchaos.corpus.replay import Target
    from tcpchaos.workloads import Scale

    return replace(Target(backend=backend).config(case), scale=Scale(octets=OCTETS), tracing=False)


def _capture(case: "Case", backend: "BackendName", output: Path) -> None:
    import trio

    from tcpchaos import __version__
    from tcpchaos.report.pcapng import CapturedTrace, CaptureSink
    from tcpchaos.run import run

    try:
        # The time of a capture that anyone can make again is nobody's business: it begins with 1970.
        with CaptureSink(output, began_us=0, version=__version__) as sink:
            trio.run(lambda: run(_config(case, backend), trace=CapturedTrace(sink)))
    except OSError as error:
        raise Mistake(f"-o {output}: {error.strerror or error}") from None
    if sink.error is not None:
        raise Mistake(f"-o {output}: {sink.error.strerror}; nothing was written")
