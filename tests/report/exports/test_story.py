"""What one endpoint lived through."""

from tcpchaos.corpus.case import Case
from tcpchaos.corpus.replay import Target
from tcpchaos.report.exports.story import told
from tcpchaos.run import run_simulated
from tcpchaos.trace import Side
from tests.report.exports.stories import lived


def test_a_story_has_what_was_delivered_and_what_was_sent_with_relative_numbers() -> None:
    story = lived(Case(title="x", plan=("client syn#1: drop", "client data#1: duplicate")))

    assert [
        (step.sent, story.seq(step), story.ack(step) if step.packet.ack else 0, step.packet.size)
        for step in story.steps[:5]
    ] == [(False, 0, 0, 0), (True, 0, 1, 0), (False, 1, 1, 0), (False, 1, 1, 1), (False, 1, 1, 1)]
    assert not story.opens
    assert lived(Case(title="x"), Side.CLIENT).opens


def test_the_connection_is_the_one_to_which_something_was_done() -> None:
    case = Case(title="x", workload="many-connections", plan=("client data#1 conn#3: duplicate",))
    story = lived(case)

    assert [story.seq(step) for step in story.steps if step.packet.size and not step.sent][:2] == [1, 1]


def test_where_nothing_reached_it_there_is_no_story() -> None:
    case = Case(title="x", plan=("client any: drop",))

    assert told(run_simulated(Target(backend="sim").config(case)), Side.SERVER) is None
