"""What an endpoint lived through in virtual time, for the tests of the exports."""

from tcpchaos.corpus.case import Case
from tcpchaos.corpus.replay import Target
from tcpchaos.report.exports.story import Story, told
from tcpchaos.run import run_simulated
from tcpchaos.trace import Side


def lived(case: Case, side: Side = Side.SERVER) -> Story:
    """Play a case between two endpoints of our own, and return what this one lived through."""
    story = told(run_simulated(Target(backend="sim").config(case)), side)
    assert story is not None
    return story
