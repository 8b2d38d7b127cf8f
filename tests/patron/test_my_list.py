"""The list a person chose: each service once, in the person's order."""

from hypothesis import given
from hypothesis import strategies as st

from referral.patron.my_list import MOST_CHOSEN, MyList

ids = st.sampled_from([f"s{number}" for number in range(40)])
steps = st.lists(st.tuples(st.sampled_from(["add", "out", "move"]), ids, st.integers(-3, 3)))


@given(steps)
def test_each_service_is_on_the_list_once_whatever_is_done(done):
    chosen = MyList()
    for verb, service_id, step in done:
        before = chosen
        if verb == "add":
            chosen = chosen.with_added(service_id)
            assert service_id in chosen.ids or before.is_full
        elif verb == "out":
            chosen = chosen.without(service_id)
            assert service_id not in chosen.ids
        else:
            chosen = chosen.moved(service_id, step)
            assert sorted(chosen.ids) == sorted(before.ids)
        assert len(set(chosen.ids)) == len(chosen.ids) <= MOST_CHOSEN


def test_up_and_down_stop_at_the_ends():
    chosen = MyList.of([("a", ""), ("b", "there"), ("c", "")])
    assert chosen.moved("c", -1).ids == ("a", "c", "b")
    assert chosen.moved("a", 1).places == {"b": "there", "a": "", "c": ""}
    assert chosen.moved("a", 1).ids == ("b", "a", "c")
    assert chosen.moved("a", -1) == chosen.moved("c", 1) == chosen.moved("z", 1) == chosen


def test_a_full_list_takes_no_more():
    full = MyList.of((str(number), "") for number in range(60))
    assert full.is_full
    assert full.with_added("new") == full
