"""One run: a plan, what is played under it, a lab, an oracle, and what came of it.

All judging is the oracle's but for one question, which is the run's: did the applications get what they came for? See
`judge`.
"""

from tcpchaos.run.config import TIMEOUT_S, Fired, Outcome, RunConfig, RunResult
from tcpchaos.run.judging import failed_promises, judge
from tcpchaos.run.session import run, run_simulated

__all__ = [
    "TIMEOUT_S",
    "Fired",
    "Outcome",
    "RunConfig",
    "RunResult",
    "failed_promises",
    "judge",
    "run",
    "run_simulated",
]
