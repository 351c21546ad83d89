from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.tui.sources import EndlessList, MadeList, row
from tui.widgets.list_window import Entry
from tui.widgets.selection import Selection

LENGTH = 60
ROWS = [row(number) for number in range(LENGTH)]


def entry(number: int) -> Entry:
    one = ROWS[number] if number < LENGTH else row(number)
    return Entry(one, one.key)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("toggle"), st.integers(0, LENGTH - 1), st.just(0)),
        st.tuples(st.just("range"), st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1)),
    ),
    max_size=12,
)


@settings(max_examples=examples(60), deadline=None)
@given(steps)
def test_what_is_chosen_is_what_was_chosen(made: list[tuple[str, int, int]]) -> None:
    source = MadeList(ROWS)
    selection = Selection()
    model: set[int] = set()
    for name, first, last in made:
        if name == "toggle":
            selection.toggle(entry(first))
            model ^= {first}
        else:
            selection.begin_range(entry(first))
            selection.stretch(entry(last))
            selection.end_range()
            model |= set(range(min(first, last), max(first, last) + 1))
    chosen = {number for number in range(LENGTH) if entry(number) in selection}
    assert chosen == model
    rows = [one.message for one in selection.rows(source)]
    assert sorted(rows) == sorted(model)
    assert selection.count(source) == len(model)
    assert bool(selection) or not model


def test_a_range_over_a_million_rows_is_two_keys() -> None:
    source = EndlessList()
    selection = Selection()
    selection.begin_range(entry(999_999))
    selection.stretch(entry(0))
    assert selection.count(source) == 1_000_000
    assert source.made == 0
    assert [one.message for one, _n in zip(selection.rows(source), range(3), strict=False)] == [999_999, 999_998, 999_997]
    selection.clear()
    assert not selection and selection.count(source) == 0


def test_a_conversation_that_moved_up_stays_chosen_or_taken_out() -> None:
    selection = Selection()
    selection.begin_range(entry(20))
    selection.stretch(entry(30))
    selection.end_range()
    selection.toggle(entry(25))
    selection.toggle(entry(5))
    after = [one for one in ROWS if one.message not in (5, 25)]
    came = {n: row(LENGTH + n, thread=n, key=(row(LENGTH + n).received, n)) for n in (5, 25)}
    source = MadeList([*after, *came.values()])
    selection.follow(source)
    chosen = {one.thread for one in source.rows if Entry(one, one.key) in selection}
    assert chosen == {5, *range(20, 31)} - {25}
    assert {one.thread for one in selection.rows(source)} == chosen and selection.count(source) == len(chosen)

    everything = Selection()
    everything.spans.append(((-(1 << 60), 0), (1 << 60, 0)))
    everything.toggle(entry(25))
    everything.follow(source)
    assert Entry(came[25], came[25].key) not in everything, "it was taken out by hand"
    assert 25 not in {one.thread for one in everything.rows(source)}
