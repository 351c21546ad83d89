from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import QueryError
from core.query.parse import DEEPEST, LONGEST, parse
from core.query.tree import And, Everything, Field, Not, Or, Phrase, Query, Word

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("invoice", Word("invoice")),
        ("  a  b ", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b", Or((A, B))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("(a b) c", And((A, B, C))),
        ("-a", Not(A)),
        ("NOT a b", And((Not(A), B))),
        ("--a", A),
        ("-(a OR b)", Not(Or((A, B)))),
        ("a -b", And((A, Not(B)))),
        ("a-b", Word("a-b")),
        ("and or not", And((Word("and"), Word("or"), Word("not")))),
        ("ANDY", Word("ANDY")),
        ('"a b"', Phrase("a b")),
        ('"a b*"', Phrase("a b", True)),
        ('"a b"*', Phrase("a b", True)),
        (r'"say \"hi\" 2\*"', Phrase('say "hi" 2*')),
        ("inv*", Word("inv", True)),
        ("*", Everything()),
        ("-*", Not(Everything())),
        ("*foo", Word("*foo")),
        ("2 * 3", And((Word("2"), Everything(), Word("3")))),
        ("a - b", And((A, Word("-"), B))),
        ("x(y)z", And((Word("x"), Word("y"), Word("z")))),
        ("http://example.org/x", Word("http://example.org/x")),
        ("re: from", And((Word("re:"), Word("from")))),
        ("from:ana", Field("from", "ana")),
        ("FROM:Ana", Field("from", "Ana")),
        ("from: ana", Field("from", "ana")),
        ('from:"Ana Sousa"', Field("from", "Ana Sousa")),
        ("from:an*", Field("from", "an", True)),
        ("-from:ana", Not(Field("from", "ana"))),
        ("is:unread", Field("is", "unread")),
        ("is:STARRED", Field("is", "flagged")),
        ("has:attachments", Field("has", "attachment")),
        ("in:lists/linux-man", Field("in", "lists/linux-man")),
        ('in:="My mail"', Field("in", "My mail", exact=True)),
        ("in:=Sent", Field("in", "Sent", exact=True)),
        ("tag:pro*", Field("tag", "pro", True)),
        ("tag:*", Field("tag", "", True)),
        ("larger:5M before:2026-03", And((Field("larger", "5M"), Field("before", "2026-03")))),
        ("id:<a.b@c>", Field("id", "<a.b@c>")),
    ],
)
def test_the_language(text: str, tree: Query) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "id", "position"),
    [
        ("", "query-empty", 0),
        ("   ", "query-empty", 0),
        ('a "b', "query-quote", 2),
        ("(a", "query-bracket", 0),
        ("a)", "query-bracket", 1),
        (")", "query-bracket", 0),
        ("()", "query-operator", 1),
        ("a OR", "query-operator", 4),
        ("OR a", "query-operator", 0),
        ("AND a", "query-operator", 0),
        ("a AND AND b", "query-operator", 0),
        ("a AND", "query-operator", 0),
        ("a NOT", "query-operator", 2),
        ("a (-)", "query-operator", 3),
        ("x from:", "query-no-value", 2),
        ("from: OR a", "query-no-value", 0),
        ('from:""', "query-no-value", 0),
        ("is:red", "query-bad-value", 0),
        ("has:wings", "query-bad-value", 0),
        ("a before:2026-02-30", "query-bad-value", 2),
        ("larger:big", "query-bad-value", 0),
        ("(" * (DEEPEST + 1) + "a", "query-too-deep", DEEPEST),
        ("a" * (LONGEST + 1), "query-too-long", LONGEST),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_place(text: str, id: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.id == id
    assert caught.value.values["position"] == position
    assert caught.value.values["query"] == text


def test_a_bad_value_is_named() -> None:
    with pytest.raises(QueryError) as caught:
        parse("is:red")
    assert caught.value.values["field"] == "is"
    assert caught.value.values["value"] == "red"


def test_too_many_terms() -> None:
    with pytest.raises(QueryError) as caught:
        parse("a " * 600)
    assert caught.value.id == "query-too-long"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("inv", Word("inv", True)),
        ("a inv", And((A, Word("inv", True)))),
        ("inv ", Word("inv")),
        ('"a b"', Phrase("a b")),
        ('"a b', Phrase("a b", True)),
        ("from:an", Field("from", "an", True)),
        ("from:an ", Field("from", "an")),
        ("tag:wo", Field("tag", "wo", True)),
        ("in:inb", Field("in", "inb")),
        ("a (b OR c", And((A, Or((B, Word("c", True)))))),
        ("a OR", A),
        ("a OR ", A),
        ("a AND", A),
        ("a -", A),
        ("-", Everything()),
        ("a NOT", A),
        ("a from:", A),
        ("a is:un", A),
        ("before:2026-0", Everything()),
        ("-is:un", Everything()),
        ("a (", A),
        ("a )", A),
        ("a ) b ", And((A, B))),
        ("*", Everything()),
    ],
)
def test_a_query_that_is_being_typed(text: str, tree: Query) -> None:
    assert parse(text, typing=True) == tree


def test_a_mistake_before_the_end_is_one_while_typing_too() -> None:
    with pytest.raises(QueryError) as caught:
        parse("is:red a", typing=True)
    assert caught.value.id == "query-bad-value"


PIECES = st.lists(
    st.sampled_from(
        [*'aÉ1-"() *:\\\n', "AND ", " OR ", "NOT ", "from:", "in:=", "is:read", "before:", "2w"],
    ),
    max_size=14,
).map("".join)


@given(st.one_of(PIECES, st.text(max_size=20)))
def test_every_text_is_understood_or_refused(text: str) -> None:
    parse_or_refuse(text, typing=False)


@given(PIECES)
def test_typing_forgives_what_is_not_finished(text: str) -> None:
    tree = parse_or_refuse(text, typing=False)
    if tree is not None:
        assert parse_or_refuse(text, typing=True) is not None


def parse_or_refuse(text: str, *, typing: bool) -> Query | None:
    try:
        return parse(text, typing=typing)
    except QueryError as error:
        assert 0 <= error.values["position"] <= len(text)
        return None
