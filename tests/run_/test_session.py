"""Whole runs between real kernels: what a user asks for, and what comes of it."""

import os
import shutil
import signal
import sys
from itertools import pairwise, takewhile
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest
import trio

from tcpchaos.backends.host import Broken
from tcpchaos.backends.simulated import virtual
from tcpchaos.engine import Engine
from tcpchaos.oracle import Connection, Oracle
from tcpchaos.plan import Plan, parse
from tcpchaos.rfc import State
from tcpchaos.rfc.deviations import DEVIATIONS
from tcpchaos.rfc.rules.runs import PROMISE
from tcpchaos.run import Fired, RunConfig, RunResult, run, run_simulated
from tcpchaos.trace import Event, Side, Trace
from tcpchaos.wire import ACK, RST, SYN, URG
from tcpchaos.workloads import WORKLOADS, Commands, Recorder, Scale, Stage, workload

in_lab = pytest.mark.usefixtures("lab_or_skip")

IMPAIRED = (
    "seed 9",
    "any data: drop 3%",
    "any any: duplicate 3%",
    "any data: hold 2 5%",
    "any any: delay 20ms 5%",
    "any ack: drop 2%",
)

# Each known deviation, and what makes this kernel show it.
MEASURED = (
    ("linux-crossed-syn-793", "simultaneous-open", "client any#2-4: ack-=1"),
    ("linux-crossed-syn-options", "simultaneous-open", "any syn: remove TS"),
    ("linux-crossed-syn-window", "simultaneous-open", "any any#2-9: delay 200ms"),
    ("linux-fin-again", "simultaneous-close", "any ack when server=closing: drop"),
    # The last octets of that workload over IPv4, each time they are sent: its FIN comes before them.
    ("linux-fin-leaves-sack", "half-close-client", "server data len=496: delay 400ms"),
    ("linux-least-segment", "echo", "server syn-ack: mss=10"),
    ("linux-old-ack", "slow-reader", "server data#20-60/4: ack-=100000"),
    (
        "linux-old-twice",
        "bulk-up",
        "client data#3: blackhole client for 4s\n"
        "on server=established after 1s: inject to server ack seq=rcv.nxt-1 "
        "<nop,nop,TS val ts.recent-100000 ecr ts.val>",
    ),
    (
        "linux-time-wait-syn",
        "request-response",
        "server ack#1 when server=time-wait: inject to server flags=syn|fin seq=rcv.nxt+rcv.wnd+100000000",
    ),
    ("linux-time-wait-window", "echo", "client syn: remove wscale\nserver fin: duplicate 1 after 900ms"),
)
# What wants a kernel that is short of memory, which no plan brings about each time: its transcripts are in the tests of
# the deviations.
UNMEASURED = {"linux-no-memory"}


async def ran(*plan: str, **how: Any) -> RunResult:
    return await run(RunConfig(plan=parse("\n".join(plan)), **how))


def sent(result: RunResult, side: Side, flags: int) -> list[Event]:
    return [
        event
        for event in result.trace
        if event.side is side and not event.delivered and event.packet.flags & (SYN | ACK | RST) == flags
    ]


def passes(result: RunResult, faults: str) -> bool:
    assert (result.outcome, result.verdict.faults, result.findings) == ("pass", faults, ())
    return not result.interrupted and not result.timed_out


@in_lab
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("name", WORKLOADS)
async def test_every_workload_passes_without_faults(name: str, family: int) -> None:
    result = await ran(play=name, family=family, scale=Scale(octets=100_000, connections=20))

    assert passes(result, "survivable" if workload(name).rules else "none")
    assert result.notes == ()
    assert all(application.ok for application in result.applications)
    assert [fired.times for fired in result.fired] == [1] * len(workload(name).rules)
    assert all(stack.startswith("linux ") for stack in result.stacks)


@in_lab
async def test_a_lost_syn_is_sent_again() -> None:
    result = await ran("client syn#1: drop")

    assert passes(result, "survivable")
    assert len(sent(result, Side.CLIENT, SYN)) == 2
    assert result.fired == (Fired("client syn#1: drop", 1, False),)


@in_lab
async def test_a_slow_line_with_a_short_queue_costs_nothing_but_time() -> None:
    octets = 100_000
    result = await ran("client data: rate 1mbit queue 5", play="bulk-up", scale=Scale(octets=octets))

    assert passes(result, "survivable")
    data = [event for event in result.trace if event.packet.size]
    through = [event for event in data if event.delivered]
    assert through[-1].at_us - through[0].at_us >= (octets - through[0].packet.size) * 8
    assert len(through) < len(data) / 2  # some found the queue full


@in_lab
async def test_loss_and_reordering_cost_nothing_but_time() -> None:
    result = await ran("any data: drop 5%", "server data: hold 3 10%", play="bulk-down")

    assert passes(result, "survivable")
    assert all(fired.times > 5 for fired in result.fired)
    assert result.accounts[0].read == [512 * 1024, 0]


@in_lab
async def test_an_exact_reset_is_lethal_and_both_sides_end() -> None:
    result = await ran("on client=established: inject to client rst seq=rcv.nxt")

    assert (result.outcome, result.verdict.faults) == ("pass", "lethal")
    assert [application.ok for application in result.applications] == [False, False]
    [finding] = result.findings
    assert (finding.rule, finding.counts) == (PROMISE.id, False)
    assert finding.excused == "a reset that must be accepted was delivered to the client at #5"
    [account] = result.accounts
    assert account.ended == ["reset", "reset"]


@in_lab
async def test_a_reset_beside_the_point_is_challenged_and_survived() -> None:
    result = await ran("on client=established: inject to client rst seq=rcv.nxt+1")

    assert passes(result, "survivable")
    assert result.accounts[0].ended == ["eof", "eof"]


@in_lab
@pytest.mark.parametrize(("deviation", "play", "fault"), MEASURED)
async def test_known_deviations_are_those_of_this_kernel(deviation: str, play: str, fault: str) -> None:
    result = await ran(fault, play=play, scale=Scale(octets=10_000, times=4, at_once=4))

    assert result.outcome != "violation"
    assert {finding.known for finding in result.findings} == {deviation}


def test_every_known_deviation_is_measured() -> None:
    assert {deviation for deviation, _, _ in MEASURED} | UNMEASURED == {deviation.id for deviation in DEVIATIONS}


@in_lab
@pytest.mark.parametrize(("plan", "faults"), [((), "none"), (IMPAIRED, "survivable")])
async def test_two_hundred_connections_keep_every_octet(plan: tuple[str, ...], faults: str) -> None:
    result = await ran(*plan, play="many-connections", scale=Scale(connections=200, at_once=32))

    assert passes(result, faults)
    assert len(result.connections) == len(result.accounts) == 200
    assert all(account.read == account.wrote[::-1] for account in result.accounts)


@in_lab
@pytest.mark.parametrize("name", ["call-back", "half-close-client", "half-close-server", "simultaneous-open"])
async def test_a_workload_s_port_is_the_one_asked_for(name: str) -> None:
    result = await ran(play=name, port=4242)

    assert passes(result, "survivable" if workload(name).rules else "none")
    ports = {event.packet.dport for event in result.trace if event.packet.flags & (SYN | ACK) == SYN}
    assert ports == ({4242} if name != "simultaneous-open" else {20001, 20002})


@in_lab
async def test_what_a_workload_is_named_after_takes_place() -> None:
    """Each by what only it brings about: a shut window, probes, urgent pointers, a SYN-ACK from both, a state."""
    slow = [e.packet for e in (await ran(play="slow-reader")).trace if e.side is Side.CLIENT and not e.delivered]
    windows = [packet.window for packet in slow]
    assert 0 in windows
    assert max(windows[windows.index(0) :]) > 0

    idle = await ran(play="keepalive")
    gaps = [later.at_us - earlier.at_us for earlier, later in pairwise(idle.trace)]
    assert len([gap for gap in gaps if 900_000 < gap < 1_200_000]) == 2

    urgent = await ran(play="urgent")
    assert {e.side for e in urgent.trace if e.delivered and e.packet.flags & URG} == set(Side)

    opening = await ran(play="simultaneous-open")
    assert all(sent(opening, side, SYN) and sent(opening, side, SYN | ACK) for side in Side)

    closing = await ran(play="simultaneous-close")
    assert (State.CLOSING, State.CLOSING) in {event.states for event in closing.trace}

    for who, name in ((Side.CLIENT, "abort"), (Side.SERVER, "abort-server")):
        assert sent(await ran(play=name), who, RST | ACK)


TOGETHER = ("call-back", "half-close-client", "half-close-server", "simultaneous-open", "simultaneous-close")


@in_lab
async def test_together_the_workloads_take_both_endpoints_through_all_states(open_pumped: Any, eventually: Any) -> None:
    """Each segment is a while on its way, so that the kernels, too, can be watched in each state but CLOSED."""
    slow = Plan(rules=parse("client any: delay 30ms\nserver any: delay 30ms").rules)
    seen_by_oracle: tuple[set[str], set[str]] = (set(), set())
    seen_in_kernels: tuple[set[str], set[str]] = (set(), set())

    async def watch(lab: Any) -> None:
        while True:
            for side in Side:
                seen_in_kernels[side].update(found.state for found in lab.host(side).sockets())
            await trio.sleep(0.004)

    for name in TOGETHER:
        oracle, trace = Oracle(), Trace()
        rules = (*slow.rules, *parse("\n".join(workload(name).rules)).rules)
        engine = Engine(Plan(rules=rules), oracle, trace)
        async with open_pumped(engine) as lab, trio.open_nursery() as nursery:
            nursery.start_soon(watch, lab)
            await workload(name).play(Stage(lab.client, lab.server, Recorder(oracle)))
            await eventually(lambda engine=engine: engine.due() is None)
            nursery.cancel_scope.cancel()
        assert oracle.verdict().outcome == "pass"
        for event in trace:
            for side in Side:
                seen_by_oracle[side].add(event.states[side])

    for side in Side:
        # An observer of the wire can't tell a socket that listens from none at all; a kernel has no socket in CLOSED.
        assert seen_by_oracle[side] | seen_in_kernels[side] == set(State)
        assert seen_by_oracle[side] >= set(State) - {State.LISTEN}
        assert seen_in_kernels[side] >= set(State) - {State.CLOSED}


# What the user's own programs need: a server that takes any number of connections and answers each with one line.
SERVER = f"{sys.executable} -u -m http.server --bind {{host}} {{port}}"
CLIENT = f"""{sys.executable} -c "
import os, urllib.request
print(len(urllib.request.urlopen(f'http://{{os.environ[\\"TCPCHAOS_HOST\\"]}}:{{port}}/').read()) > 0)" """


@in_lab
async def test_programs_of_the_user_s_run_in_the_lab() -> None:
    result = await ran("any data: drop 3%", play=Commands(server=SERVER, client=CLIENT))

    client, server = result.applications
    assert passes(result, result.verdict.faults)
    assert (client.ok, client.ended, client.output) == (True, "exit 0", "True")
    assert server.ok
    assert "GET / HTTP/1.1" in server.output
    assert result.accounts == ()


@in_lab
async def test_a_client_that_fails_under_faults_that_can_be_survived_is_a_violation() -> None:
    result = await ran(play=Commands(server=SERVER, client="exit 7"))

    assert (result.outcome, result.verdict.outcome) == ("violation", "undetermined")
    [finding] = result.findings
    assert (finding.rule, finding.blame) == (PROMISE.id, None)
    assert finding.observed == "exit 7: exit 7, though nothing was done to any segment"


@in_lab
@pytest.mark.parametrize(
    ("server", "client", "complaint"),
    [
        ("no-such-server {port}", "true", "the command 'no-such-server' does not exist"),
        ("echo out of order >&2; exit 3", "true", r"the server ended \(exit 3\) .* it printed: out of order"),
        (SERVER, "no-such-client", "the command 'no-such-client' does not exist"),
        (SERVER, "no-such-client | cat; exit 127", "the client's command can't be run: .*no-such-client.* not found"),
    ],
)
async def test_commands_that_cannot_be_run_are_broken(server: str, client: str, complaint: str) -> None:
    with pytest.raises(Broken, match=complaint):
        await ran(play=Commands(server=server, client=client))


NGINX = """daemon off; pid {at}/pid; error_log stderr; events {{}}
http {{ access_log off; client_body_temp_path {at}/1; proxy_temp_path {at}/2; fastcgi_temp_path {at}/3;
uwsgi_temp_path {at}/4; scgi_temp_path {at}/5; server {{ listen 8090; root {at}; }} }}"""


@in_lab
@pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("curl")), reason="needs nginx and curl")
async def test_nginx_serves_curl_over_a_bad_line(tmp_path: Path) -> None:
    conf, page, out = tmp_path / "nginx.conf", tmp_path / "page", tmp_path / "out"
    conf.write_text(NGINX.format(at=tmp_path))
    page.write_bytes(bytes(range(256)) * 1000)
    for folder in takewhile(lambda each: each != Path(gettempdir()), (tmp_path, *tmp_path.parents)):
        folder.chmod(0o755)  # nginx' workers are nobody

    result = await ran(
        "any data: drop 3%",
        play=Commands(server=f"nginx -c {conf}", client=f"curl -sS --fail http://{{host}}:{{port}}/page -o {out}"),
    )

    assert passes(result, "survivable")
    assert out.read_bytes() == page.read_bytes()


@in_lab
@pytest.mark.skipif(not shutil.which("redis-benchmark"), reason="needs redis-server and redis-benchmark")
async def test_redis_serves_its_benchmark(tmp_path: Path) -> None:
    server = f"redis-server --bind {{host}} --protected-mode no --save '' --dir {tmp_path}"

    result = await ran(play=Commands(server=server, client="redis-benchmark -h {host} -p {port} -n 2000 -q -t set"))

    assert passes(result, "none")
    assert "requests per second" in result.applications[0].output


@in_lab
async def test_when_time_is_up_the_result_says_who_waits_for_what() -> None:
    result = await ran("any data: drop", timeout_s=0.5)

    assert (result.outcome, result.timed_out, result.interrupted) == ("undetermined", True, False)
    assert result.notes[0].startswith("timed out after 0.5 s: ")
    assert "client was reading at octet 0" in result.notes[0]
    assert "client port" in result.notes[1]
    assert "ESTABLISHED, 1 octets not acknowledged" in result.notes[1]


@pytest.fixture
def soon_a_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Call a storm what has a tenth of the packets."""
    monkeypatch.setattr(virtual, "STORM", virtual.STORM // 10)


@pytest.mark.usefixtures("soon_a_storm")
@pytest.mark.parametrize(
    "storm", ['any ack: inject to server data "x"', 'any ack: inject to server data "x", inject to client data "y"']
)
def test_in_virtual_time_a_storm_is_cut_off_and_what_it_hinders_is_not_judged(storm: str) -> None:
    config = RunConfig(
        plan=parse(f"{storm}\nserver any#1: seq+=1"), backend="sim", endpoints=("", "sim:opens-on-any-ack")
    )
    result, again = run_simulated(config), run_simulated(config)

    assert result.timed_out
    assert result.notes[0].startswith("cut off for a storm: packets begot packets and no application got any further: ")
    assert {finding.rule for finding in result.findings if finding.counts} >= {"ST-02"}
    assert result.took_us < 1_000_000
    assert (result.trace.seen, result.findings) == (again.trace.seen, again.findings)


@pytest.mark.usefixtures("soon_a_storm")
def test_a_storm_that_rages_on_when_the_applications_have_ended_leaves_the_rest_unjudged() -> None:
    plan = parse('client ack when client=time-wait: drop, inject to client data "x" seq=rcv.nxt-1')
    result = run_simulated(RunConfig(plan=plan, backend="sim"))

    assert all(application.ok for application in result.applications)
    assert (result.outcome, result.timed_out, result.findings) == ("undetermined", True, ())


@in_lab
async def test_nearly_all_of_a_transfer_takes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    long_way, sent = 0, Connection.sent

    def counted(*segment: Any) -> None:
        nonlocal long_way
        long_way += 1
        sent(*segment)

    monkeypatch.setattr(Connection, "sent", counted)
    result = await ran(play="bulk-both", scale=Scale(octets=5_000_000))

    assert result.trace.seen // 2 > 5_000
    assert long_way < result.trace.seen // 2 / 20


@in_lab
async def test_a_tcp_that_gives_up_because_all_is_lost_is_not_accused() -> None:
    result = await ran("any rst: drop", play="abort")

    assert (result.outcome, result.verdict.outcome, result.findings) == ("undetermined", "pass", ())
    assert result.accounts[0].ended == ["", "timeout"]
    assert "gave up" in result.notes[0]


@in_lab
async def test_a_client_that_never_ends_is_stopped_when_time_is_up() -> None:
    result = await ran(play=Commands(server=SERVER, client="sleep 1000"), timeout_s=0.3)

    assert (result.outcome, result.timed_out) == ("undetermined", True)
    assert result.notes[0] == "timed out after 0.3 s: client was still running: sleep 1000"
    assert [application.ended for application in result.applications] == ["stopped", "stopped"]


@in_lab
async def test_an_interrupt_ends_a_run_with_what_was_seen(eventually: Any) -> None:
    trace = Trace()

    async def interrupt() -> None:
        await eventually(lambda: trace.seen >= 16)
        os.kill(os.getpid(), signal.SIGINT)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(interrupt)
        result = await run(RunConfig(play="keepalive"), trace=trace)

    assert (result.outcome, result.interrupted, result.timed_out) == ("undetermined", True, False)
    assert result.notes[0].startswith("interrupted by SIGINT: client was reading at octet")
    assert result.trace is trace
    assert trace.seen >= 16
    assert result.took_us < 2_000_000


async def test_an_unknown_workload_is_known_before_anything_is_made() -> None:
    with pytest.raises(LookupError, match="did you mean echo"):
        await ran(play="ehco")


@in_lab
async def test_an_mtu_that_cannot_be_is_no_matter_of_the_lab() -> None:
    with pytest.raises(ValueError, match="MTU of 20"):
        await ran(mtu=20)
