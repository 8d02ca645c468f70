"""packetdrill's scripts: they are in its language, whatever the plan does, and say what the application does."""

from itertools import islice

import pytest

from tcpchaos.corpus.case import Case
from tcpchaos.report.exports.packetdrill import packetdrill
from tcpchaos.sim.mutants import mutants
from tcpchaos.trace import Side
from tests.report.exports.grammar import check
from tests.report.exports.stories import lived

# Plans of every kind: each was made to bring another fault to light. Every seventh is enough.
PLANS = list(islice(sorted({(each.plan, each.workload) for each in mutants().values()}), 0, None, 7))


def script(case: Case, side: Side = Side.SERVER) -> list[str]:
    text = packetdrill(case, lived(case, side))
    check(text)
    return [line for line in text.splitlines() if line and not line.startswith(("//", "--"))]


def test_a_server_is_called_and_answers() -> None:
    lines = script(Case(title="x", plan=("client data#1: duplicate",)))

    assert lines[:14] == [
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
        "+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0",
        "+0 bind(3, ..., ...) = 0",
        "+0 listen(3, 1) = 0",
        "+0 < S 0:0(0) win 65535 <mss 1460, nop, nop, sackOK, nop, nop, TS val 1000 ecr 0, nop, wscale 7>",
        "+0 > S. 0:0(0) ack 1 <mss 1460, nop, nop, sackOK, nop, nop, TS val 1000 ecr 1000, nop, wscale 7>",
        "+0 < . 1:1(0) ack 1 win 2048 <nop, nop, TS val 1000 ecr 1000>",
        "+0 < P. 1:2(1) ack 1 win 2048 <nop, nop, TS val 1000 ecr 1000>",
        "+0 accept(3, ..., ...) = 4",
        "+0 read(4, ..., 1) = 1",
        "+0 < P. 1:2(1) ack 1 win 2048 <nop, nop, TS val 1000 ecr 1000>",
        "+0 > . 1:1(0) ack 2 <nop, nop, TS val 1000 ecr 1000, nop, nop, sack 1:2>",
        "+0 write(4, ..., 1) = 1",
        "+0 > P. 1:2(1) ack 2 <nop, nop, TS val 1000 ecr 1000>",
    ]
    assert "+0 close(4) = 0" in lines


def test_a_client_calls() -> None:
    lines = script(Case(title="x", plan=("server syn-ack#1: ack+=1000",)), Side.CLIENT)

    assert lines[1:6] == [
        "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0",
        "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)",
        "+0 > S 0:0(0) <mss 1460, nop, nop, sackOK, nop, nop, TS val 1000 ecr 0, nop, wscale 7>",
        "+0 < S. 0:0(0) ack 1001 win 65535 <mss 1460, nop, nop, sackOK, nop, nop, TS val 1000 ecr 1000, nop, wscale 7>",
        "+0 > R 1001:1001(0)",
    ]


def test_an_abort_lingers_not_and_a_half_close_shuts_down() -> None:
    aborted = script(Case(title="x", workload="abort-server"))
    half = script(Case(title="x", workload="half-close-server"))

    assert "+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0" in aborted
    assert "+0 shutdown(4, SHUT_WR) = 0" in half


def test_what_the_language_has_no_words_for_is_a_comment() -> None:
    case = Case(
        title="x", plan=("client data#1: checksum=bad", "client data#2: add <uto 30s>", "client fin#1: offset=3")
    )
    text = packetdrill(case, lived(case))

    check(text)
    for lack in ("its checksum 0x", "all of its options", "its data offset or reserved bits"):
        assert f"// without {lack}" in text


def test_the_case_stands_above() -> None:
    case = Case(title="A title", about="What it proves.", family=6, mtu=1400, sysctls={"net.ipv4.tcp_sack": "0"})
    text = packetdrill(case, lived(Case(title="A title")))

    assert text.startswith("// A title\n// What it proves.\n")
    assert "// needs sysctl net.ipv4.tcp_sack=0\n" in text
    assert "\n--ip_version=ipv6\n--mtu=1400\n" in text


@pytest.mark.parametrize("side", list(Side), ids=str)
@pytest.mark.parametrize(("plan", "workload"), PLANS)
def test_every_script_is_in_the_language(plan: str, workload: str, side: Side) -> None:
    script(Case(title="x", workload=workload, plan=tuple(plan.splitlines())), side)
