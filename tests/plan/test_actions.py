"""What is done to a segment: how it prints, and which values are refused."""

from collections.abc import Callable

import pytest

from tcpchaos.plan import (
    Action,
    AddOptions,
    Blackhole,
    Coalesce,
    Corrupt,
    Delay,
    Drop,
    Duplicate,
    GarbleOption,
    Heal,
    Hold,
    HoldUntil,
    Kind,
    OptionSpec,
    Rate,
    RemoveOption,
    ReplaceOption,
    SetOptions,
    Split,
    Truncate,
    number,
)
from tcpchaos.trace import Side
from tcpchaos.wire.options import MSS, NOP

NOPS = (OptionSpec(kind=NOP),)


@pytest.mark.parametrize(
    ("action", "printed"),
    [
        (Drop(), "drop"),
        (Delay(us=50_000), "delay 50ms"),
        (Rate(bits=9_600), "rate 9600bit"),
        (Rate(bits=1_000_000_000, queue=20), "rate 1gbit queue 20"),
        (Duplicate(), "duplicate"),
        (Duplicate(copies=2, after_us=10_000), "duplicate 2 after 10ms"),
        (Hold(segments=3), "hold 3"),
        (HoldUntil(kind=Kind.FIN), "hold until fin"),
        (HoldUntil(kind=Kind.ACK, who=Side.SERVER), "hold until server ack"),
        (Split(at=1), "split 1"),
        (Split(at=100, every=True), "split every 100"),
        (Coalesce(), "coalesce"),
        (Truncate(to=0), "truncate 0"),
        (Corrupt(at=0, xor=b"\xff"), "corrupt 0 0xff"),
        (RemoveOption(kind=254), "remove kind 254"),
        (AddOptions(options=NOPS), "add <nop>"),
        (ReplaceOption(kind=MSS, options=(OptionSpec(kind=MSS, values=(number(9),)),)), "replace mss <mss 9>"),
        (SetOptions(options=()), "options=<>"),
        (GarbleOption(kind=MSS, length=3), "garble mss length 3"),
        (Blackhole(), "blackhole both"),
        (Blackhole(who=Side.CLIENT, for_us=500_000), "blackhole client for 500ms"),
        (Heal(who=Side.SERVER), "heal server"),
    ],
)
def test_an_action_prints_as_it_is_written(action: Action, printed: str) -> None:
    assert str(action) == printed


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Delay(us=0), "delay 50ms"),
        (lambda: Delay(us=3_600_000_001), "at most an hour"),
        (lambda: Rate(bits=999), "rate 1mbit"),
        (lambda: Rate(bits=1_000_000_001), "1kbit to 1gbit"),
        (lambda: Rate(bits=1_000, queue=0), "queue 20"),
        (lambda: Duplicate(copies=0), "how many copies"),
        (lambda: Duplicate(after_us=-1), "after 10ms"),
        (lambda: Hold(segments=0), "hold 3"),
        (lambda: Split(at=0), "split 1"),
        (lambda: Truncate(to=-1), "truncate 5"),
        (lambda: Corrupt(at=-1, xor=b"\xff"), "corrupt 0 0xff"),
        (lambda: Corrupt(at=0, xor=b"\x00"), "changes nothing"),
        (lambda: Corrupt(at=0, xor=b""), "changes nothing"),
        (lambda: RemoveOption(kind=256), "0 to 255"),
        (lambda: AddOptions(options=()), "add <nop>"),
        (lambda: AddOptions(options=NOPS * 41), "room for 40"),
        (lambda: ReplaceOption(kind=MSS, options=()), "remove mss"),
        (lambda: SetOptions(options=NOPS * 41), "room for 40"),
        (lambda: GarbleOption(kind=NOP, length=3), "no length octet"),
        (lambda: GarbleOption(kind=MSS, length=256), "0 to 255"),
        (lambda: Blackhole(for_us=0), "for 500ms"),
    ],
)
def test_what_cannot_be_done_is_refused(make: Callable[[], Action], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
