"""A process that plays trials in a lab of its own, told what to do through its pipes."""

import pickle

import msgspec
import pytest
import trio
import trio.testing

from tcpchaos.backends.host import Broken
from tcpchaos.backends.world import Setting
from tcpchaos.run import RunConfig, arena
from tcpchaos.search.assistant import Assignment, Report, Task, assist
from tcpchaos.search.pipes import Frames, framed, framed_octets
from tcpchaos.search.trials import Trial
from tcpchaos.workloads import Commands, Exchange

SIMULATED = Assignment(usual=RunConfig(backend="sim"), server="", at_once=9)
LOST = Trial(number=0, strategy="lost", workload="handshake", plan=("client syn#1: drop",))
NEVER = Trial(number=1, strategy="lost", workload="handshake", plan=("client syn: drop",))


async def told(assignment: Assignment, *tasks: Task, expected: int) -> list[Report]:
    """Give it these tasks, and return so many reports once they have come, after that of its lab."""
    theirs, ours = trio.testing.memory_stream_pair()
    frames, reports = Frames(ours), []
    await ours.send_all(framed_octets(pickle.dumps(assignment)))
    for task in tasks:
        await ours.send_all(framed(task))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(assist, theirs, theirs)
        assert msgspec.msgpack.decode(await frames.next(), type=Report) == Report()
        for _ in range(expected):
            reports.append(msgspec.msgpack.decode(await frames.next(), type=Report))
        await ours.send_eof()
    return reports


def test_the_assignment_says_what_all_trials_have_in_common() -> None:
    config = SIMULATED.config(LOST)
    assert (str(config.plan), config.play, config.backend) == ("client syn#1: drop", "handshake", "sim")
    exchange = Exchange(send=b"hello", expect="hello")
    theirs = Assignment(usual=RunConfig(play=exchange), server="serve {port}", at_once=9)
    assert theirs.config(LOST).play == exchange
    programs = Commands(server="s", client="c")
    assert Assignment(usual=RunConfig(play=programs), server="", at_once=4).config(LOST).play == programs
    assert pickle.loads(pickle.dumps(theirs)) == theirs


async def test_it_tells_what_was_seen_of_each_trial_by_its_number() -> None:
    reports = await told(SIMULATED, Task(number=7, trial=LOST), Task(number=8, trial=LOST, ahead=True), expected=2)
    assert {report.number for report in reports} == {7, 8}
    for report in reports:
        assert report.sighting is not None
        assert (report.sighting.outcome, report.sighting.fired) == ("pass", True)
        assert (report.stacks, report.missing) == (("sim", "sim"), "")


@pytest.mark.usefixtures("lab_or_skip")
async def test_what_is_called_off_is_told_of_no_more() -> None:
    lab = Assignment(usual=RunConfig(backend="lab"), server="", at_once=9)
    with trio.fail_after(60):  # a handshake of which every SYN is lost takes longer than any other
        [report] = await told(
            lab, Task(number=1, trial=NEVER), Task(number=2, trial=LOST), Task(number=1), Task(number=5), expected=1
        )
    assert report.number == 2
    assert report.stacks[0].startswith("linux")


async def test_what_the_environment_lacks_is_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Setting) -> None:
        raise Broken("no namespaces", "ask for some")

    monkeypatch.setattr(arena, "open_shared", refuse)
    lab = Assignment(usual=RunConfig(backend="lab"), server="", at_once=9)
    theirs, ours = trio.testing.memory_stream_pair()
    await ours.send_all(framed_octets(pickle.dumps(lab)))
    await assist(theirs, theirs)
    report = msgspec.msgpack.decode(await Frames(ours).next(), type=Report)
    assert report == Report(missing="no namespaces", remedy="ask for some")
