"""What is played, and who is a simulated endpoint."""

from pathlib import Path

import pytest

from tcpchaos.cli.group import Mistake
from tcpchaos.cli.programs import programs, simulated_ones, workload_of
from tcpchaos.sim.mutants import mutants
from tcpchaos.workloads import Commands, Exchange

MUTANT = next(iter(mutants()))
KERNELS = ("", "")


def test_a_workload_by_its_name() -> None:
    assert workload_of("echo").name == "echo"
    with pytest.raises(Mistake, match="--workload: no workload is called ecko: did you mean echo"):
        workload_of("ecko")


def test_what_is_simulated_is_told_from_what_is_a_program() -> None:
    assert simulated_ones(None, "sim") == ("", "sim")
    assert simulated_ones(f"sim:{MUTANT}", "nginx") == (f"sim:{MUTANT}", "")
    with pytest.raises(Mistake, match="--client sim:nobody: no broken endpoint is called nobody"):
        simulated_ones("sim:nobody", None)


def test_without_programs_there_are_none() -> None:
    assert programs(client=None, server=None, send=None, expect=None, endpoints=KERNELS) is None
    assert programs(client="sim", server=None, send=None, expect=None, endpoints=("sim", "")) is None


def test_two_commands() -> None:
    found = programs(client="curl", server="nginx", send=None, expect=None, endpoints=KERNELS)
    assert found == Commands(server="nginx", client="curl")


def test_a_server_and_what_is_said_to_it(tmp_path: Path) -> None:
    said = tmp_path / "ping.bin"
    said.write_bytes(b"PING\r\n")
    both = programs(client=None, server="redis", send=said, expect="PONG", endpoints=KERNELS)
    assert both == Commands(server="redis", client=Exchange(send=b"PING\r\n", expect="PONG"))
    silent = programs(client=None, server="redis", send=None, expect="READY", endpoints=KERNELS)
    assert silent == Commands(server="redis", client=Exchange(expect="READY"))


@pytest.mark.parametrize(
    ("server", "client", "send", "expect", "said"),
    [
        (None, "curl", None, None, "--server CMD is missing"),
        (None, None, None, "PONG", "--server CMD is missing"),
        ("redis", None, None, None, "--client CMD is missing: give a client of yours, or --send FILE"),
        ("redis", "curl", None, "PONG", "--client and --send/--expect exclude each other"),
        ("redis", None, "/nowhere/ping", None, "--send /nowhere/ping: No such file or directory"),
        ("redis", None, None, "(", "--expect '(' is no regular expression"),
        ("redis '", "curl", None, None, '--server "redis \'": no closing quotation'),
    ],
)
def test_mistakes(server: str | None, client: str | None, send: str | None, expect: str | None, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        programs(
            client=client, server=server, send=None if send is None else Path(send), expect=expect, endpoints=KERNELS
        )
    assert said in mistake.value.message
