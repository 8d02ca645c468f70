"""One measurement in a process: its figures as JSON, and no longer than somebody waits for them."""

import json
import subprocess

from tcpchaos.bench.middle import program


def test_the_figures_are_printed(lab_or_skip: None) -> None:
    argv, environment = program("trial", "cost", 1, 1, 0.05)
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as trial:
        assert trial.stdout is not None
        figures = json.load(trial.stdout)

    assert set(figures) == {"us_per_segment"}


def test_it_ends_when_nobody_waits_for_it(lab_or_skip: None) -> None:
    argv, environment = program("trial", "cost", 1, 1, 3600)
    ended = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=30, check=True)

    assert json.loads(ended.stdout) == {}
