"""The public names of the search, all of which exist, and none of which costs anything before it is used."""

import subprocess
import sys
from typing import Final

import pytest

import tcpchaos.search as search

BLOCKS: Final = {
    *("acks", "actions", "blackholes", "corruptions", "deeds", "delays", "duplicates", "edits", "entries"),
    *("expressions", "holds", "icmp_errors", "injections", "masks", "near", "numbers", "option_changes"),
    *("option_lists", "options", "ordinals", "payloads", "plans", "rates", "rules", "selectors", "seqs", "splits"),
    *("state_rules", "truncations"),
}


def test_the_building_blocks_are_public() -> None:
    assert set(search.__all__) >= BLOCKS
    assert all(callable(getattr(search, name)) for name in BLOCKS)
    assert set(search.__all__) <= set(dir(search))


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute actoins"):
        search.actoins  # noqa: B018


def test_hypothesis_is_loaded_when_it_is_needed() -> None:
    code = "import sys, tcpchaos.search; print('hypothesis' in sys.modules)"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "False"
