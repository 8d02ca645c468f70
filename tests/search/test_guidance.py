"""What says something new comes first, and plans that showed something new are drawn from again."""

from hypothesis import find, given, settings
from hypothesis import strategies as st

from tcpchaos.plan import Plan, parse
from tcpchaos.search import plans
from tcpchaos.search.guidance import MOST_KEPT, MOST_RULES, MOST_WAITING, Pool, Reserve, Said, changed, words
from tcpchaos.search.trials import Trial

BASE = parse("client syn#1: drop\nserver data#2: delay 50ms")
FRESH = st.just(parse("any fin: duplicate"))


def trial(*plan: str) -> Trial:
    return Trial(number=0, strategy="x", workload="echo", plan=plan)


def test_a_plan_says_its_deeds_where_they_are_done_and_each_of_their_words() -> None:
    said = words(trial("client syn#1-3: mss=1460, replace <mss 0,nop>"))
    assert list(said) == sorted(said)
    assert set(said) == {
        ("mss=9999",),
        ("client syn", "mss=9999"),
        ("client", "says", "mss=9999"),
        ("replace <mss 0,nop>",),
        ("client syn", "replace <mss 0,nop>"),
        *(("client", "says", word) for word in ("replace", "<mss", "0,nop>")),
    }
    assert words(trial()) == ()
    assert words(trial("any data#2: delay 50ms")) == words(trial("any data#7-9: delay 70ms"))
    assert words(trial("any data#2: delay 50ms")) != words(trial("any data#2: delay 500ms"))


def test_what_was_said_is_less_and_less_new() -> None:
    said, what = Said(), words(trial("any fin: drop"))
    assert said.news(what) == len(what) == 3
    said.say(what)
    assert said.news(what) == 1.5
    assert said.news(words(trial("any rst: drop"))) == 1 + 0.5 + 0.5


def test_a_reserve_gives_what_is_newest_first_and_forgets_what_it_has_no_room_for() -> None:
    reserve, said = Reserve(), Said()
    assert not reserve
    often = [trial(f"any data#{number}: drop") for number in range(1, 4)]
    reserve.add([*often, trial("any syn: seq=0, ack=0")])
    assert list(reserve.take(3, said)) == [trial("any syn: seq=0, ack=0"), *often[:2]]
    reserve.add(trial(f"any fin#{number}: drop") for number in range(1, MOST_WAITING + 1))
    assert len(list(reserve.take(2 * MOST_WAITING, said))) == MOST_WAITING
    assert not reserve


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
