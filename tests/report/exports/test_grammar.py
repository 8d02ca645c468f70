"""The checker of packetdrill's language knows right from wrong."""

import pytest

from tests.report.exports.grammar import check

RIGHT = """\
// a comment
--mtu=1500

0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+.1 < S 0:0(0) win 100 <mss 1460, nop, sack 1:5 7:9, TS val 1 ecr 0> // behind it
+0.250 > FP. 1:6(5) ack 1
"""


def test_what_is_right() -> None:
    assert check(RIGHT.replace("+.1", "+0.1")) == 5


@pytest.mark.parametrize(
    "line",
    [
        "+0 < S 0:1(0) win 100",
        "+0 < S 0:0(0) win 65536",
        "+0 < . -5:0(5) ack 1 win 1",
        "+0 < Q 0:0(0) win 1",
        "+0 < S 0:0(0) win 1 <uto 30s>",
        "+0 < S 0:0(0) win 1 <mss 1460",
        "+0 < S 0:0(0) checksum 0x1234",
        "0 socket(...) =",
        "soon socket(...) = 3",
        "0 close(3) = 0 again",
    ],
)
def test_what_is_wrong(line: str) -> None:
    with pytest.raises(AssertionError):
        check(line)
