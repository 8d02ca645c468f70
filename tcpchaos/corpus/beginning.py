"""What a new project begins with: a strategy to change, and a corpus that says how it is replayed."""

from pathlib import Path
from typing import Final

from tcpchaos.corpus.project import CORPUS, STRATEGIES
from tcpchaos.corpus.store import write

_STRATEGY: Final = '''\
"""Trouble with the first segments: one or two of them are lost, late, doubled or overtaken.

The first line of this text is what `tcpchaos list` shows. What counts is `plans`, a Hypothesis strategy of plans; a
failing plan is shrunk by Hypothesis and kept in corpus/. Copy this file, give it a name, and change what it draws:

    tcpchaos fuzz first
"""

import tcpchaos.search as chaos

# Whose segments, and which of them: `tcpchaos run --help` teaches the whole notation.
segments = chaos.selectors("client data", "server data", "any ack", "any fin", "any any", nth=(1, 2, 3, 4))

# What is done to them. A failing plan is shrunk towards the first, so let the mildest stand there.
actions = chaos.actions("delay 20ms", "hold 2", "duplicate", "drop")

plans = chaos.plans(chaos.rules(segments, actions), min_size=1, max_size=2)

# The plans are played under this workload; `tcpchaos list workloads` names the others.
workloads = ("echo",)
'''

_README: Final = """\
# Cases

One file is one case: what is played, under which plan of faults, and what must come of it. They are found by
`tcpchaos fuzz`, made of captures by `tcpchaos import FILE`, or written by hand (`tcpchaos schema case`).

    tcpchaos replay                  # all of them
    tcpchaos replay NAME --times 20  # one of them, twenty times
    pytest corpus                    # as tests

A case that expects a violation holds while the violation is there. Once it is fixed, leave out `expect`: from then on
the case sees to it that it stays fixed.
"""

BEGINNINGS: Final = {f"{STRATEGIES}/first.py": _STRATEGY, f"{CORPUS}/README.md": _README}


def begin(root: Path) -> dict[Path, bool]:
    """Make what a project begins with below a directory; what is there already is left as it is. Raises OSError.

    Returns the files, and whether each of them was made.
    """
    made = {}
    for name, text in BEGINNINGS.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made[path] = not path.exists()
        if made[path]:
            write(path, text.encode())
    return made
