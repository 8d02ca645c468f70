"""Labs one after the other, and what is raised after each."""

from collections.abc import Iterator

import pytest

from tcpchaos.plan import Plan, PlanError, parse
from tcpchaos.testing import Lab, Proxy, ViolationError
from tcpchaos.testing.lab import read
from tcpchaos.testing.proxy import story, story_so_far

pytestmark = pytest.mark.usefixtures("lab_or_skip")


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.close()


def talk(lab: Lab) -> None:
    """Say something, and close both ends."""
    with lab.listen() as listening, lab.connect() as client:
        served, _ = listening.accept()
        with served:
            client.sendall(b"hello")
            assert served.recv(10) == b"hello"


def test_a_plan_is_text_or_lines_or_a_plan() -> None:
    plan = parse("client syn#1: drop\nany data: duplicate")

    assert read("client syn#1: drop\nany data: duplicate") == read(plan) == plan
    assert read(["client syn#1: drop", "any data: duplicate"]) == plan
    assert read("") == Plan()


def test_each_lab_has_its_own_plan_and_its_connections_count_from_one(proxy: Proxy) -> None:
    for plan, faults in (("", "none"), ("client data#1: duplicate", "survivable"), ("", "none")):
        with proxy(plan) as lab:
            talk(lab)
        assert proxy.last is not None
        assert (proxy.last.outcome, proxy.last.faults) == ("pass", faults)
        assert [link.number for link in proxy.last.connections] == [1]


def test_who_breaks_the_law_is_named_after_the_block(proxy: Proxy) -> None:
    with pytest.raises(ViolationError) as raised, proxy("server syn-ack: mss=10", strict=True) as lab:
        talk(lab)

    assert "The client broke OP-02" in str(raised.value)
    assert "│── S 0:0(0) " in str(raised.value)


def test_a_failure_of_the_block_carries_what_passed(proxy: Proxy) -> None:
    def fail() -> None:
        with proxy() as lab:
            talk(lab)
            raise KeyError("mine")

    with pytest.raises(KeyError) as raised:
        fail()
    (note,) = raised.value.__notes__
    assert "PASS  1 connection seen" in note


def test_a_look_in_between_tells_what_has_passed_so_far(proxy: Proxy) -> None:
    with proxy() as lab:
        assert "No segment of these flows was seen." in story_so_far(lab)
        talk(lab)
        assert "│── S 0:0(0) " in story_so_far(lab)
    assert proxy.last is not None
    assert "│── S 0:0(0) " in story(proxy.last)


def test_a_plan_that_can_t_be_read_is_told_before_anything_is_made(proxy: Proxy) -> None:
    with pytest.raises(PlanError, match="did you mean syn"), proxy("client sny: drop"):
        pass
