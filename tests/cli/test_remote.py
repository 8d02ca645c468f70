"""The control socket of a watch: it answers whatever comes, does what it may, and is its owner's alone."""

import json
import os
import socket
import stat
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from tcpchaos.cli import remote
from tcpchaos.cli.remote import Ask, ControlError, Replace, Stop, answer, ask, listening, serve
from tcpchaos.run.live import Live, LiveConfig
from tests.run_.test_live import DATA, OPENING, Script


def watch(*said: Any) -> Live:
    return Live(LiveConfig(flows="port 80"), Script(*said, losses={"frames that nobody saw": 3}))


def nobody(text: str) -> None:
    raise AssertionError(text)


def test_how_it_stands() -> None:
    found = answer(b'{"do": "status"}', watch(), nobody)
    assert (found.error, found.flows, found.plan, found.losses) == (None, "port 80", (), {"frames that nobody saw": 3})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "not a request"),
        (b"status", "not a request"),
        (b"{}", "missing required field `do`"),
        (b'{"do": "dance"}', "'dance'"),
        (b'{"do": "status", "more": 1}', "unknown field `more`"),
        (b'{"do": "plan"}', "missing required field `text`"),
        (b'{"do": "plan", "text": 7}', "Expected `str`, got `int`"),
        (b'{"do": "plan", "text": "client dat: drop", "name": "mine"}', "mine, line 1, column 8"),
        (b'{"do": "stop" "x"}', "malformed"),
        (b"\xff\xfe", "not a request"),
    ],
)
def test_what_is_no_request_changes_nothing_and_is_told_what_is_wrong(line: bytes, told: str) -> None:
    live = watch()
    found = answer(line, live, nobody)
    assert told in (found.error or "")
    assert (found.flows, live.fired()) == ("", ())


def conversation(path: Path, live: Live, say: Any) -> Any:
    """Run a watch with a control socket, and something in another thread that uses it; return what that returned."""
    told: list[str] = []

    async def run() -> Any:
        with listening(str(path)) as listener:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(serve, listener, live, told.append)
                nursery.start_soon(live.run)
                result = await trio.to_thread.run_sync(say)
                nursery.cancel_scope.cancel()
        return result

    result = trio.run(run)
    assert not path.exists()
    return result, told


def test_a_plan_is_replaced_and_a_watch_ended(tmp_path: Path) -> None:
    path, live = tmp_path / "control", watch(*OPENING, DATA)

    def say() -> Any:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        replaced = ask(str(path), Replace(text="client data: drop\n"))
        asked = ask(str(path), Ask())
        return replaced, asked, ask(str(path), Stop())

    answers, told = conversation(path, live, say)
    assert [[each.rule for each in found.plan] for found in answers] == [["client data: drop"]] * 3
    assert told == ["another plan is in force, of 1 rules, over the control socket"]


def test_several_lines_come_in_pieces_and_are_answered_in_turn(tmp_path: Path) -> None:
    path = tmp_path / "control"

    def say() -> Any:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            caller.sendall(b'{"do": "sta')
            caller.sendall(b'tus"}\nnonsense\n{"do": "status"}\n')
            octets = b""
            while octets.count(b"\n") < 3:
                octets += caller.recv(65536)
            return [json.loads(line)["error"] is None for line in octets.splitlines()]

    assert conversation(path, watch(), say)[0] == [True, False, True]


def test_a_line_without_end_is_refused_and_silence_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MOST_LINE_OCTETS", 1000)
    path = tmp_path / "control"

    def say(octets: bytes) -> Any:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            caller.sendall(octets)
            heard = b""
            while more := caller.recv(65536):
                heard += more
            return heard

    assert b"a line of more than 1,000 octets" in conversation(path, watch(), partial(say, bytes(2000)))[0]
    monkeypatch.setattr(remote, "PATIENCE_S", 0.01)
    assert conversation(path, watch(), partial(say, b"{"))[0] == b""


def test_a_path_where_something_is(tmp_path: Path) -> None:
    path = tmp_path / "control"
    path.write_text("mine")
    with pytest.raises(ControlError, match="exists and is no socket"), listening(str(path)):
        pass
    assert path.read_text() == "mine"
    path.unlink()
    with pytest.raises(ControlError, match="No such file"), listening(str(tmp_path / "nowhere" / "control")):
        pass
    with listening(str(path)):
        with pytest.raises(ControlError, match="another tcpchaos listens there"), listening(str(path)):
            pass
        assert path.exists()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with listening(str(path)):  # in place of the one that somebody has left
        assert path.exists()
    assert os.listdir(tmp_path) == []


def test_nobody_answers(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with pytest.raises(ControlError, match="is a bridge running with --control"):
        ask(str(path), Ask())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "closed without an answer"),
        (b"hello\n", "no tcpchaos answers"),
        (bytes(2000), "an answer of more than 1,000 octets"),
    ],
)
def test_somebody_else_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes, told: str) -> None:
    monkeypatch.setattr(remote, "MOST_ANSWER_OCTETS", 1000)
    path = tmp_path / "control"
    with listening(str(path)) as listener:
        listener.setblocking(True)

        async def talk() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.to_thread.run_sync, hear)
                await trio.to_thread.run_sync(ask, str(path), Ask())

        def hear() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.recv(1000)
                caller.sendall(said)

        with pytest.RaisesGroup(pytest.RaisesExc(ControlError, match=told)):
            trio.run(talk)
