from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.tui.sources import EndlessList, MadeList, children, row
from tui.widgets.list_window import MOST, ListWindow

HEIGHT = 10


def window(length: int, height: int = HEIGHT) -> ListWindow:
    return ListWindow(MadeList([row(n) for n in range(length)]), children, height)


def number(view: ListWindow) -> int:
    """The number of the row under the cursor."""
    entry = view.current
    assert entry is not None
    return entry.row.message


def check(view: ListWindow) -> None:
    """What always holds: the cursor is in view, the view is full, the rows are in order and none is missing."""
    assert view.top <= view.cursor < view.top + view.height
    numbers = [entry.row.message for entry in view.entries if not entry.child]
    assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1))
    assert len(view.view()) == min(view.height, len(view.entries))
    assert view.place(view.cursor) == view.total - numbers[0] - 1 + sum(
        1 for entry in view.entries[: view.cursor] if not entry.child
    ) - (1 if view.entries[view.cursor].child else 0)


moves = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from([1, -1, 5, -5, 9, -9, 70, -70, 400, -400])),
        st.tuples(st.just("scroll"), st.sampled_from([3, -3, 40, -40])),
        st.tuples(st.sampled_from(["newest", "oldest", "reload"]), st.just(0)),
        st.tuples(st.just("key"), st.integers(0, 999)),
        st.tuples(st.just("resize"), st.integers(1, 40)),
    ),
    max_size=25,
)


@settings(max_examples=examples(80), deadline=None)
@given(moves, st.sampled_from([1, 9, 64, 65, 1000]))
def test_wherever_one_goes_the_rows_are_right(steps: list[tuple[str, int]], length: int) -> None:
    view = window(length)
    at = length - 1
    for name, value in steps:
        if name == "move":
            view.move(value)
            at = min(max(at - value, 0), length - 1)
        elif name == "newest":
            view.to_newest()
            at = length - 1
        elif name == "oldest":
            view.to_oldest()
            at = 0
        elif name == "key":
            at = value % length
            view.to_key(row(at).key)
        elif name == "resize":
            view.resize(value)
        elif name == "reload":
            view.reload()
        else:
            view.scroll(value)
            at = number(view)
        assert number(view) == at
        check(view)


def test_the_list_is_never_read_whole() -> None:
    source = EndlessList()
    view = ListWindow(source, height=30)
    assert source.made < 200
    view.to_oldest()
    assert number(view) == 0
    for _step in range(5000):
        view.move(-1)
    assert number(view) == 5000
    assert len(view.entries) <= MOST + 200
    assert source.made < 7000


def test_leaving_the_view_jumps_half_a_page() -> None:
    view = window(100)
    for _step in range(HEIGHT - 1):
        view.move(1)
    assert view.top == 0
    view.move(1)
    assert view.cursor - view.top == HEIGHT // 2
    view.move(-HEIGHT // 2 - 1)
    assert view.cursor - view.top == HEIGHT - 1 - HEIGHT // 2


def test_new_rows_above_leave_the_view_where_it_is() -> None:
    view = window(500)
    view.to_key(row(300).key, line=4)
    seen = [entry.row.message for entry in view.view()]
    source = view.source
    assert isinstance(source, MadeList)
    source.rows += [row(n) for n in range(500, 520)]
    view.reload()
    assert [entry.row.message for entry in view.view()] == seen
    assert number(view) == 300
    assert view.place(view.cursor) == 219


def test_a_view_at_the_newest_row_shows_what_arrives_and_keeps_the_cursor() -> None:
    view = window(100)
    view.move(3)
    source = view.source
    assert isinstance(source, MadeList)
    source.rows += [row(100), row(101)]
    view.reload()
    assert view.view()[0].row.message == 101
    assert number(view) == 96
    source.rows += [row(n) for n in range(102, 130)]
    view.reload()
    assert number(view) == 96
    assert view.top <= view.cursor < view.top + HEIGHT


def test_the_cursor_goes_to_the_next_older_row_when_its_own_is_gone() -> None:
    view = window(100)
    view.move(5)
    source = view.source
    assert isinstance(source, MadeList)
    source.rows = [one for one in source.rows if one.message != 94]
    view.reload()
    assert number(view) == 93
    assert view.cursor == 5


def test_a_conversation_that_moved_up_keeps_the_cursor() -> None:
    view = window(100)
    view.move(6)
    source = view.source
    assert isinstance(source, MadeList)
    kept = [one for one in source.rows if one.message != 93]
    source.rows = [*kept, row(100, thread=93, key=(row(100).received, 93))]
    view.reload()
    entry = view.current
    assert entry is not None and entry.row.thread == 93 and view.cursor == 0


def test_a_conversation_that_moved_up_from_far_below_keeps_the_cursor() -> None:
    view = window(500)
    view.to_key(row(100).key, line=4)
    source = view.source
    assert isinstance(source, MadeList)
    kept = [one for one in source.rows if one.message != 100]
    source.rows = [*kept, row(500, thread=100, key=(row(500).received, 100))]
    view.reload()
    entry = view.current
    assert entry is not None and entry.row.thread == 100, "the next key is meant for it"
    assert view.top == view.cursor == 0


def test_an_empty_list_is_harmless_and_fills() -> None:
    view = window(0)
    assert view.current is None and not view.move(1) and not view.scroll(3)
    view.to_oldest()
    view.resize(5)
    view.reload()
    source = view.source
    assert isinstance(source, MadeList)
    source.rows = [row(1)]
    view.reload()
    assert number(view) == 1
    source.rows = []
    view.reload()
    assert view.current is None


def test_a_conversation_unfolds_below_its_row() -> None:
    view = window(30)
    at = next(index for index, entry in enumerate(view.entries) if entry.row.total > 1)
    view.move(at)
    entry = view.entries[at]
    view.fold(entry, True)
    below = view.entries[at + 1 : at + 1 + entry.row.total]
    assert [one.row.depth for one in below] == list(range(1, entry.row.total + 1))
    view.move(2)
    view.reload()
    current = view.current
    assert current is not None and current.child and current.row.depth == 2
    view.fold(current, False)
    assert view.cursor == at
    assert not any(one.child for one in view.entries)


@pytest.mark.parametrize("seed", range(5))
def test_all_conversations_unfold_wherever_one_goes(seed: int) -> None:
    chance = random.Random(seed)
    view = window(600)
    view.fold_all(True)
    for _step in range(40):
        view.move(chance.choice([1, -1, 30, -30, 200]))
        assert view.top <= view.cursor < view.top + HEIGHT
        for index, entry in enumerate(view.entries[:-20]):
            if entry.opened:
                assert [one.child for one in view.entries[index + 1 : index + 1 + entry.row.total]] == [True] * entry.row.total
    view.fold_all(False)
    assert not any(entry.child for entry in view.entries)
