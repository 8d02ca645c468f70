"""The scorecard."""

from collections.abc import Sequence

from tcpchaos.corpus.case import Case, Violates
from tcpchaos.corpus.replay import Kept, Replay, Target
from tcpchaos.report.replayed import replayed
from tcpchaos.report.scorecard import scorecard

LOST = Case(title="A lost SYN is sent again by whoever still wants to connect", plan=("client syn#1: drop",))
FOUND = Case(title="A hole is acknowledged", expect=Violates(rule="SA-02", blame="server"))
REPLAYS = (
    Replay(kept=Kept(name="pack/lost-0a1b2c3d", case=LOST), status="held", times=1, good=1),
    Replay(kept=Kept(name="pack/found-0a1b2c3d", case=FOUND), status="fixed", reason="not any more", times=1),
    Replay(kept=Kept(name="pack/wrong-0a1b2c3d", case=LOST), status="broken", reason="no lab: be root", times=1),
    Replay(kept=Kept(name="it's.json", case=FOUND), status="known", reason="known: linux-x", times=1, good=1),
    Replay(kept=Kept(name="both-0a1b2c3d", case=FOUND), status="not applicable", reason="it needs both endpoints"),
)


def printed(replays: Sequence[Replay], width: int, *, quiet: bool = False) -> str:
    document = replayed(replays, Target(backend="sim"), took_us=1_500_000)
    return "\n".join(line.plain.rstrip() for line in scorecard(document, width=width, quiet=quiet))


def test_each_case_has_its_line_and_what_is_wrong_below() -> None:
    assert (
        printed(REPLAYS, 60)
        == """\
tcpchaos replay  sim, 5 cases, took 1.50 s

pack
  held            A lost SYN is sent again by whoever still
                  wants to connect
  fixed           A hole is acknowledged
                  expected: server breaks SA-02
                  found: not any more
                  see: tcpchaos replay -v pack/found
  broken          A lost SYN is sent again by whoever still
                  wants to connect
                  expected: both endpoints keep to the law
                  found: no lab: be root

  known           A hole is acknowledged
                  known: linux-x
  not applicable  A hole is acknowledged
                  it needs both endpoints

NOT AS EXPECTED  2 of 5 cases as expected; 1 held, 1 known;
                 1 fixed, 1 broken, 1 not applicable."""
    )


def test_a_quiet_one_leaves_out_what_is_as_expected() -> None:
    assert (
        printed(REPLAYS[:1], 80, quiet=True)
        == """\
tcpchaos replay  sim, 1 case, took 1.50 s

AS EXPECTED  1 of 1 case as expected; 1 held."""
    )
    assert "fixed" in printed(REPLAYS[:2], 80, quiet=True)


def test_a_command_to_copy_is_left_whole() -> None:
    failed = Replay(kept=Kept(name="it's.json", case=LOST), status="failed", reason="x", times=1)

    assert "see: tcpchaos replay -v 'it'\"'\"'s.json'" in printed([failed], 40)


def test_what_means_nothing_here_is_counted_where_it_is_much_and_no_quiet_one_tells_of_it() -> None:
    skipped = [
        Replay(kept=Kept(name=f"pack/{name}", case=LOST), status="not applicable", reason=reason)
        for name, reason in (("a", "no rule met a segment"), ("b", "it needs a kernel"), ("c", "no rule met a segment"))
    ]
    held = Replay(kept=Kept(name="pack/d", case=FOUND), status="held", times=1, good=1)

    assert (
        printed([*skipped, held], 80).partition("pack\n")[2]
        == """\
  held            A hole is acknowledged
  not applicable  2 cases
                  each: no rule met a segment
  not applicable  A lost SYN is sent again by whoever still wants to connect
                  it needs a kernel

AS EXPECTED  1 of 4 cases as expected; 1 held; 3 not applicable."""
    )
    assert "each" not in printed([*skipped, held], 80, quiet=True)
