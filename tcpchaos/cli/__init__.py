"""The command `tcpchaos`: a front end without logic of its own.

Only click is imported here: each command brings what it needs when it is called, so that `tcpchaos --version` and every
`--help` answer at once.
"""

import os
from typing import Final

import click

from tcpchaos import __version__
from tcpchaos.cli.group import Commands

__all__ = ["cli", "main"]

SETTINGS: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("tcpchaos", cls=Commands, context_settings=SETTINGS)
@click.version_option(__version__, message="tcpchaos %(version)s")
def cli() -> None:
    """A transparent TCP proxy that breaks segments on purpose, and an oracle that tells who broke the law.

    \b
    tcpchaos run                               two kernels, one exchange, no fault
    tcpchaos run --fault 'client syn#1: drop'  the same without its first SYN
    tcpchaos check capture.pcap                who broke the law in a capture?
    tcpchaos doctor                            does it work here? if not, why?

    Exit codes: 0 pass, 1 a violation was found (or the applications failed without a lethal fault), 2 wrong usage or
    bad input, 3 the environment failed, 130 interrupted.
    """


def main() -> None:
    """Run the command that the process was started with; never returns."""
    # What Hypothesis knows of modules is a cache: it belongs there, and not into the directory where a user stands.
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.isabs(caches):  # not everybody has a home
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(caches, "tcpchaos", "hypothesis"))
    cli.main(prog_name="tcpchaos")
