from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import QueryError
from core.query.parse import parse
from core.query.show import show
from core.query.tree import FIELDS, STATES, THINGS, And, Everything, Field, Not, Or, Phrase, Query, Word, all_of, any_of

TEXT = st.text(st.sampled_from('ab É日1*-"\\()<>@.:=\n'), min_size=1, max_size=8)
VALUES = {
    "is": st.sampled_from(STATES),
    "has": st.sampled_from(THINGS),
    **dict.fromkeys(("before", "after", "on"), st.sampled_from(["2026-03-12", "2026", "2w", "yesterday"])),
    **dict.fromkeys(("larger", "smaller"), st.sampled_from(["5M", "10", "2k"])),
}
MAY_BEGIN = ("from", "to", "cc", "subject", "body", "attachment", "tag", "list")


@st.composite
def fields(draw: st.DrawFn) -> Query:
    name = draw(st.sampled_from(FIELDS))
    value = draw(VALUES.get(name, TEXT.filter(str.strip)))
    prefix = name in MAY_BEGIN and draw(st.booleans())
    return Field(name, value, prefix, name == "in" and draw(st.booleans()))


LEAVES = st.one_of(st.just(Everything()), st.builds(Phrase, TEXT, st.booleans()), fields())
TREES: st.SearchStrategy[Query] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
    ),
    max_leaves=8,
)


@given(TREES)
def test_what_is_shown_is_read_as_the_same_tree(tree: Query) -> None:
    assert parse(show(tree)) == tree


@given(st.text(st.sampled_from('ab1*-"() :ORNTfrom\\'), max_size=20))
def test_what_was_typed_survives(text: str) -> None:
    try:
        tree = parse(text)
    except QueryError:
        assume(False)
    assert parse(show(tree)) == tree


@given(TEXT, st.booleans())
def test_a_word_that_cannot_stand_alone_becomes_a_phrase(text: str, prefix: bool) -> None:
    assert parse(show(Word(text, prefix))) in (Word(text, prefix), Phrase(text, prefix))


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (And((Word("a"), Or((Word("b"), Not(Word("c")))))), "a (b OR -c)"),
        (Or((And((Word("a"), Word("b"))), Phrase("c d"))), 'a b OR "c d"'),
        (Not(And((Word("a"), Field("in", "x y", exact=True)))), '-(a in:="x y")'),
        (Field("from", "ana", True), "from:ana*"),
        (Word("OR"), '"OR"'),
        (Word("from:"), '"from:"'),
        (Not(Not(Word("a"))), "-(-a)"),
    ],
)
def test_how_it_is_written(tree: Query, text: str) -> None:
    assert show(tree) == text
