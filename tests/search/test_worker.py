"""A process that draws and plays: orders in, answers out, and an end when nobody orders any more."""

import io
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tcpchaos.search.pipes import LENGTH, framed
from tcpchaos.search.trials import Batch, Trial
from tcpchaos.search.worker import Against, Answer, Order, obey, serve

STRATEGY = '''"""Lost handshakes."""
from tcpchaos import search as chaos
workloads = ("handshake",)
plans = chaos.plans(chaos.rules(chaos.selectors("client syn", "server syn-ack"), chaos.actions("drop")))
'''
TRIAL = Trial(number=0, strategy="lost", workload="handshake", plan=("client syn#1: drop",))


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "lost.py"
    path.write_text(STRATEGY)
    return str(path)


def answers(octets: bytes) -> list[Answer]:
    found = []
    while octets:
        (size,) = LENGTH.unpack_from(octets)
        found.append(msgspec.msgpack.decode(octets[LENGTH.size : LENGTH.size + size], type=Answer))
        octets = octets[LENGTH.size + size :]
    return found


def test_it_draws_and_plays_what_it_is_told(file: str) -> None:
    drawn = obey(Order(batch=Batch(file=file, seed=1, size=10)))
    assert drawn.trials
    assert drawn.sightings == ()

    played = obey(Order(trials=(TRIAL,), against=Against(endpoints=("", "sim:acks-one-too-many"))))
    assert [each.outcome for each in played.sightings] == ["violation"]

    both = obey(Order(batch=Batch(file=file, seed=1, size=10), against=Against(family=6)))
    assert both.trials == drawn.trials
    assert {each.outcome for each in both.sightings} == {"pass"}
    assert obey(Order(batch=Batch(file=file, seed=1, size=10), against=Against(family=6))) == both


def test_what_is_drawn_does_not_depend_on_what_else_was_drawn_before(tmp_path: Path) -> None:
    """Hypothesis also draws numbers that it finds in code that is loaded, and so in other strategies."""
    begins = '"""Anything."""\nfrom hypothesis import strategies as st\nfrom tcpchaos import search as chaos\n'
    plans = (
        "plans = chaos.plans(chaos.rules(chaos.selectors('client data'), chaos.delays(st.integers(1, 9_000_000))))\n"
    )
    files = []
    for name, numbers in (("one", range(1000, 1400, 7)), ("other", range(3000, 3400, 7))):
        (tmp_path / f"{name}.py").write_text(f"{begins}numbers = {list(numbers)}\n{plans}")
        files.append(str(tmp_path / f"{name}.py"))
    wanted = Order(batch=Batch(file=files[1], seed=1, size=200), files=tuple(files))
    before = Order(batch=Batch(file=files[0], seed=1), files=tuple(files))

    def drawn(*orders: Order) -> Answer:
        worker = [sys.executable, "-m", "tcpchaos.search.worker"]
        done = subprocess.run(worker, input=b"".join(map(framed, orders)), capture_output=True, check=True)
        return answers(done.stdout)[-1]

    assert len(drawn(wanted).trials) > 100
    assert drawn(before, wanted) == drawn(wanted)


def test_a_broken_strategy_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("plans = (")
    assert "broken.py, line 1: not Python" in obey(Order(batch=Batch(file=str(tmp_path / "broken.py")))).error
    assert "No such file" in obey(Order(batch=Batch(file=str(tmp_path / "none.py")))).error


def test_it_serves_until_there_are_no_orders(file: str) -> None:
    orders = io.BytesIO(
        framed(Order(batch=Batch(file=file, seed=1, size=10))) + framed(Order(trials=(TRIAL,), against=Against()))
    )
    out = io.BytesIO()

    serve(orders, out)

    first, second = answers(out.getvalue())
    assert first.trials
    assert [each.outcome for each in second.sightings] == ["pass"]


def test_as_a_process_it_ends_with_its_orders() -> None:
    order = framed(Order(trials=(TRIAL,), against=Against()))
    done = subprocess.run(
        [sys.executable, "-m", "tcpchaos.search.worker"], input=order, capture_output=True, check=True, timeout=50
    )
    [answer] = answers(done.stdout)
    assert (answer.trials, answer.sightings[0].outcome, done.stderr) == ((TRIAL,), "pass", b"")


def test_a_strategy_that_prints_disturbs_nobody(tmp_path: Path) -> None:
    (tmp_path / "talks.py").write_text(STRATEGY + "print('loaded')\n")
    order = framed(Order(batch=Batch(file=str(tmp_path / "talks.py"), seed=1, size=10)))
    done = subprocess.run(
        [sys.executable, "-m", "tcpchaos.search.worker"], input=order, capture_output=True, check=True, timeout=50
    )
    [answer] = answers(done.stdout)
    assert answer.trials
    assert done.stderr == b"loaded\n"
