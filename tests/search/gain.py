"""What guidance gains: how many cases a campaign plays until it finds each of many broken endpoints, with and without.

    python -m tests.search.gain [--seeds 5] [--most 2000] [MUTANT]...

Cases are counted, not seconds, so that a busy machine gives the same figures; a campaign that finds nothing counts as
`--most`. Without names, every mutant is tried that takes a fault to show.
"""

import argparse
from statistics import median

from tcpchaos.corpus.project import builtin
from tcpchaos.search.campaign import Campaign
from tcpchaos.search.worker import Against, Order, obey
from tcpchaos.sim.mutants import Mutant, mutants


def strategies() -> list[tuple[str, str]]:
    """All but what enumerates, by name and file."""
    return [(name, str(file)) for name, file in builtin().strategy_files() if name != "matrix"]


def cases_until_found(mutant: Mutant, *, seed: int, most: int, guided: bool) -> int:
    """Play a campaign against a mutant until its rule names it, and return after how many cases."""
    word = f"sim:{mutant.name}"
    against = Against(endpoints=(word, "") if str(mutant.side) == "client" else ("", word))
    campaign = Campaign(strategies(), seed=seed, most=most, guided=guided)
    while not campaign.over:
        for batch in campaign.round():
            drawn = obey(Order(files=campaign.files, batch=batch))
            for trial in campaign.choose(drawn.trials):
                [sighting] = obey(Order(trials=(trial,), against=against)).sightings
                campaign.tell(trial, sighting)
                if any(culprit.rule == mutant.rule for culprit, _ in sighting.culprits):
                    return campaign.trials
    return most


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--most", type=int, default=2000)
    parser.add_argument("mutants", nargs="*")
    wanted = parser.parse_args()
    known = mutants()
    chosen = [known[name] for name in wanted.mutants] or [each for each in known.values() if each.plan]
    medians: dict[bool, list[float]] = {True: [], False: []}
    print(f"{'mutant':<36}{'guided':>8}{'unguided':>10}", flush=True)
    for mutant in chosen:
        for guided, found in medians.items():
            runs = [
                cases_until_found(mutant, seed=seed, most=wanted.most, guided=guided) for seed in range(wanted.seeds)
            ]
            found.append(median(runs))
        print(f"{mutant.name:<36}{medians[True][-1]:>8.0f}{medians[False][-1]:>10.0f}", flush=True)
    guided_cases, unguided_cases = median(medians[True]), median(medians[False])
    print(f"{'median':<36}{guided_cases:>8.0f}{unguided_cases:>10.0f}  ratio {guided_cases / unguided_cases:.2f}")


if __name__ == "__main__":
    main()
