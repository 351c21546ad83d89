"""The shape of conversations, also of those that lie about whom they answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.thread_tree import DEEPEST, grow
from tests.depth import examples


def drawn(*messages: tuple[str, str]) -> list[str]:
    return [f"{limb.branch}{messages[limb.index][0]}" for limb in grow(messages)]


def test_answers_stand_below_what_they_answer() -> None:
    assert drawn(("a", ""), ("b", "a"), ("c", "a"), ("d", "b"), ("e", "")) == ["+a", "|+b", "||Ld", "|Lc", "Le"]
    assert [limb.depth for limb in grow([("a", ""), ("b", "a"), ("d", "b")])] == [1, 2, 3]


def test_what_answers_mail_that_is_not_here_begins_anew() -> None:
    assert drawn(("b", "gone"), ("c", "gone"), ("d", "b")) == ["+b", "|Ld", "Lc"]


def test_circles_and_doubles_hide_nothing() -> None:
    assert drawn(("a", "a")) == ["La"]
    assert drawn(("a", "b"), ("b", "a")) == ["La", " Lb"]
    assert drawn(("a", ""), ("a", ""), ("b", "a")) == ["+a", "|Lb", "La"]
    assert drawn(("", ""), ("", "")) == ["+", "L"]


def test_a_deep_thread_tells_its_nearest_levels() -> None:
    limbs = grow([(str(n), str(n - 1)) for n in range(2000)])
    assert [limb.depth for limb in limbs] == list(range(1, 2001))
    assert max(len(limb.branch) for limb in limbs) == DEEPEST + 1


@settings(deadline=None, max_examples=examples(200))
@given(st.lists(st.tuples(st.sampled_from(["", *"abcdefg"]), st.sampled_from(["", *"abcdefgz"])), max_size=20))
def test_every_message_stands_in_it_once(messages: list[tuple[str, str]]) -> None:
    limbs = grow(messages)
    assert sorted(limb.index for limb in limbs) == list(range(len(messages)))
    assert all(len(limb.branch) == limb.depth and limb.branch[-1] in "+L" for limb in limbs)
