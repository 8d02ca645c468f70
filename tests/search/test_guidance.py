"""Plans that showed something new are drawn from again."""

from hypothesis import find, given, settings
from hypothesis import strategies as st

from tcpchaos.plan import Plan, parse
from tcpchaos.search import plans
from tcpchaos.search.guidance import MOST_KEPT, MOST_RULES, Pool, changed

BASE = parse("client syn#1: drop\nserver data#2: delay 50ms")
FRESH = st.just(parse("any fin: duplicate"))


def test_a_pool_keeps_the_latest_and_the_best_more_than_once() -> None:
    pool = Pool()
    pool.add("echo", "client syn#1: drop", 1)
    pool.add("echo", "client syn#2: drop", 9)
    pool.add("echo", "", 9)
    assert pool.plans() == (("echo", "client syn#1: drop"), *[("echo", "client syn#2: drop")] * 3)
    for number in range(MOST_KEPT):
        pool.add("echo", f"client syn#{number + 3}: drop", 1)
    assert len(pool.plans()) == MOST_KEPT
    assert ("echo", "client syn#1: drop") not in pool.plans()


def test_each_way_of_changing_a_plan_is_drawn() -> None:
    drawn = changed([("abort", BASE)], FRESH)
    fresh = parse("any fin: duplicate").rules

    def reachable(rules: tuple[object, ...]) -> bool:
        found = find(drawn, lambda each: each[1].rules == rules, settings=settings(max_examples=2000, database=None))
        return found[0] == "abort"

    assert reachable((*BASE.rules, *fresh))
    assert reachable(BASE.rules[:1])
    assert reachable(BASE.rules[1:])
    assert reachable((fresh[0], BASE.rules[1]))
    assert reachable((*parse("client syn#7: drop").rules, BASE.rules[1]))


@given(
    st.lists(st.tuples(st.just("echo"), plans()), min_size=1, max_size=5).flatmap(lambda pool: changed(pool, plans()))
)
def test_what_is_changed_is_a_plan(drawn: tuple[str, Plan]) -> None:
    workload, plan = drawn
    assert workload == "echo"
    assert len(plan.rules) <= MOST_RULES
    assert parse(str(plan)) == plan
