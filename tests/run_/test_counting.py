"""What kernels count, held against what was seen: only where it must be the same."""

from tcpchaos.run.counting import cross_check, increases, no_room, unnamed
from tcpchaos.trace import Event, Side, Socket, Trace
from tcpchaos.wire import Packet
from tests.transcript import segment

HELLO = '. 1:6(5) ack 1 win 9 "hello"'


ASKED_US = 1_000_000


def event(packet: Packet, side: Side, *, delivered: bool, at_us: int = 0) -> Event:
    return Event(1, at_us, side, delivered, packet, 1, 0, (), ("", ""))


def seen(*events: Event) -> Trace:
    trace = Trace()
    for each in events:
        trace.add(each)
    return trace


def check(grown: dict[str, int], *events: Event, alone: bool = True) -> str | None:
    finding = cross_check(Side.SERVER, {"TcpInSegs": 9, **grown}, seen(*events), ASKED_US, alone=alone)
    return None if finding is None else f"{finding.rule} {finding.expected}; {finding.observed}"


def test_only_what_has_grown_and_is_no_level() -> None:
    before = {"TcpInSegs": 40, "TcpOutRsts": 3, "TCP inuse": 4}
    after = {"TcpInSegs": 43, "TcpOutRsts": 3, "TCP inuse": 9, "TcpExtNew": 1}
    assert increases(before, after) == {"TcpInSegs": 3, "TcpExtNew": 1}


def test_wrong_checksums() -> None:
    wrong = event(segment(Side.CLIENT, ". 1:1(0) ack 1 win 9 checksum 0x1"), Side.SERVER, delivered=True)
    assert check({"TcpInCsumErrors": 1}, wrong) is None
    assert check({}, wrong) == "KX-05 1 wrong checksums; TcpInCsumErrors 0"
    right = event(segment(Side.CLIENT, HELLO), Side.SERVER, delivered=True)
    assert check({"TcpInCsumErrors": 1}, right) == "KX-05 0 wrong checksums; TcpInCsumErrors 1"


def test_resets() -> None:
    reset = event(segment(Side.SERVER, "R 1:1(0) win 0"), Side.SERVER, delivered=False)
    assert check({"TcpOutRsts": 1}, reset) is None
    assert check({}, reset) == "KX-05 1 resets; TcpOutRsts 0"
    assert check({"TcpOutRsts": 2}, reset) == "KX-05 1 resets; TcpOutRsts 2"
    assert check({"TcpOutRsts": 2}, reset, alone=False) is None  # programs there may have talked to each other
    assert check({"TcpOutRsts": 1}, event(reset.packet, Side.SERVER, delivered=True)) is not None


def test_what_is_on_its_way_while_the_kernel_is_asked_may_count_or_not() -> None:
    late = event(segment(Side.SERVER, "R 1:1(0) win 0"), Side.SERVER, delivered=False, at_us=ASKED_US + 1)
    assert check({}, late) is None
    assert check({"TcpOutRsts": 1}, late) is None
    assert check({"TcpOutRsts": 2}, late) == "KX-05 0 to 1 resets; TcpOutRsts 2"
    wrong = segment(Side.CLIENT, ". 1:1(0) ack 1 win 9 checksum 0x1")
    assert check({}, event(wrong, Side.SERVER, delivered=True, at_us=ASKED_US - 1)) is None
    assert check({"TcpInCsumErrors": 1}, event(wrong, Side.SERVER, delivered=True, at_us=ASKED_US + 1)) is not None


def test_segments_from_the_past() -> None:
    newer = event(segment(Side.CLIENT, ". 1:1(0) ack 1 win 9 <TS val 9 ecr 0>"), Side.SERVER, delivered=True)
    older = event(segment(Side.CLIENT, ". 1:1(0) ack 1 win 9 <TS val 4 ecr 0>"), Side.SERVER, delivered=True)
    assert check({"TcpExtPAWSEstab": 1}, newer, older) is None
    assert check({"TcpExtPAWSEstab": 1}, older, newer) is not None


def test_nothing_is_said_of_what_was_not_kept_or_is_not_counted() -> None:
    reset = event(segment(Side.SERVER, "R 1:1(0) win 0"), Side.SERVER, delivered=False)
    assert cross_check(Side.SERVER, {}, seen(reset), ASKED_US, alone=True) is None
    short = Trace(kept_at_each_end=1)
    for _ in range(3):
        short.add(reset)
    assert cross_check(Side.SERVER, {"TcpInSegs": 1}, short, ASKED_US, alone=True) is None


def test_sockets_in_use_that_have_no_name() -> None:
    listed = [
        Socket("LISTEN", "192.0.2.2", 80, "0.0.0.0", 0, 0, 9),
        Socket("TIME-WAIT", "192.0.2.2", 80, "192.0.2.1", 9, 0, 0, timer="time-wait"),
    ]
    assert unnamed(Side.SERVER, {"TCP inuse": 1}, listed) is None
    finding = unnamed(Side.SERVER, {"TCP inuse": 1, "TCP6 inuse": 1}, listed)
    assert finding is not None
    assert (finding.rule, finding.observed) == ("KX-04", "2 in use")
    assert unnamed(Side.SERVER, {}, listed) is None


def test_want_of_room_is_told() -> None:
    assert no_room(Side.CLIENT, {"TcpInSegs": 3}) is None
    told = no_room(Side.SERVER, {"TcpExtTCPBacklogDrop": 3})
    assert told == "the server's kernel had no room for all that came: TcpExtTCPBacklogDrop 3"
