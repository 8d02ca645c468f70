"""No false alarm: campaigns between two TCPs of our own find nothing, whatever strategies do to their segments.

Both keep the law, so that each finding is a fault of ours: of a rule, or of what it takes for granted. `--share 1` is
twenty thousand cases over each family, in some minutes; the seeds stand here, and the cases are the same each time.
"""

from typing import Final, Literal

import pytest
import trio

from tcpchaos.corpus.project import builtin
from tcpchaos.run import RunConfig
from tcpchaos.search.fuzzing import Setup, fuzz

pytestmark = pytest.mark.soak

CASES: Final = 20_000
SEEDS: Final[dict[Literal[4, 6], int]] = {4: 404, 6: 606}


@pytest.mark.parametrize("family", SEEDS)
def test_nothing_is_found_between_two_that_keep_the_law(
    family: Literal[4, 6], share: float, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = Setup(
        strategies=tuple((name, str(file)) for name, file in builtin().strategy_files()),
        usual=RunConfig(backend="sim", family=family),
        seed=SEEDS[family],
        most=round(CASES * share),
    )

    campaign = trio.run(fuzz, setup).expedition.campaign

    with capsys.disabled():
        print(f"\nIPv{family}, seed {setup.seed}: {campaign.trials} cases, {dict(sorted(campaign.outcomes.items()))}")
    assert [(each.culprit, each.observed, each.trial.workload, str(each.plan)) for each in campaign.ledger.bugs] == []
    assert campaign.trials == setup.most
