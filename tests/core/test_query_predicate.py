"""One query, one meaning: what SQL finds in a store is what the test of one message holds for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.query import sql, statement
from core.query.facts import Context, Facts
from core.query.parse import parse
from core.query.predicate import matches
from core.query.show import show
from core.query.tree import Query
from core.store import search, shelves
from core.store.database import Database
from tests.core.store.mailboxes import ACCOUNTS, DAY, FOLDERS, MAILS, QUERIES, START, Mail, fill
from tests.depth import examples

NAMES = {names[0]: names[1:] for names in ACCOUNTS.values()}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(tmp_path_factory.mktemp("state") / "correio.db")
    yield database
    database.close()


def where(db: Database) -> Context:
    return search.context(db, NAMES, now=START + DAY, zone=UTC)


def pretending(context: Context, totals: list[int]) -> Context:
    """Other sizes of the folders lead to other ways of searching, and to the same mails."""
    places = zip(context.places, totals, strict=True)
    return replace(context, places=tuple(replace(place, total=total, unread=total // 2) for place, total in places))


SIZES = st.lists(st.sampled_from([0, 1, 1, 10_000]), min_size=len(FOLDERS), max_size=len(FOLDERS))


@settings(max_examples=examples(200), deadline=None)
@given(
    st.lists(MAILS, max_size=6), QUERIES, SIZES, st.sampled_from([0, 4000]), st.sampled_from([1, 12]), st.sampled_from([2, 9])
)  # fmt: skip
def test_sql_and_predicate_agree(
    db: Database, mails: list[Mail], query: Query, totals: list[int], small: int, branches: int, full: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelves, "FULL", full)
        patch.setattr(shelves, "_CHECKED", 1)
        ids = fill(db, mails)
    context = where(db)
    expected = sorted((id for id, mail in zip(ids, mails, strict=True) if matches(query, mail.facts(), context)), reverse=True)
    pretended = pretending(context, totals)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statement, "SMALL", small)
        patch.setattr(sql, "MOST_BRANCHES", branches)
        assert search.find(db, query, where=pretended) == expected
        assert search.count(db, query, where=pretended) == len(expected)
        assert sorted(search.find(db, query, where=pretended, sort="relevance"), reverse=True) == expected
        first = search.find(db, query, limit=2, where=pretended)
        rest = search.find(db, query, before=first[-1], where=pretended) if first else []
        assert first + rest == expected


@settings(deadline=None)
@given(st.lists(MAILS, max_size=4), QUERIES)
def test_what_is_shown_finds_the_same(db: Database, mails: list[Mail], query: Query) -> None:
    fill(db, mails)
    context = where(db)
    assert search.find(db, parse(show(query)), where=context) == search.find(db, query, where=context)


FACTS = Facts(
    subject="Réunion du Comité", sender="Ana Sousa <ana@example.org>", recipients="me@example.com",
    copies="rel.lists.example.org", attachments="plan.pdf", body="See you at the 日本語 class: http://x.example/a",
    message_id="1@x", received=START, size=2048, flags=0, tags=frozenset({"work"}), folders=frozenset({6}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("reunion", True),
        ("COMITE", True),
        ("reun", False),
        ("reun*", True),
        ("re*", True),
        ("se*", False),  # a beginning of two letters: subject and people only
        ("at*", True),  # a whole word everywhere
        ("cla*", True),
        ("body:cl*", False),
        ("from:ana@example.org", True),
        ("from:me", False),
        ('"ana ana"', False),
        ('"comite du"', False),
        ('"du comite"', True),
        ("http://x.example/a", True),
        ("日本", True),
        ("語", True),
        ("本日", False),
        ("attachment:pdf -attachment:doc", True),
        ("subject:reunion body:reunion", False),
        ("is:unread", True),
        ("is:read OR tag:WORK", True),
        ("in:lists", True),
        ("in:=lists", False),
        ("in:work/Lists", True),
        ("in:home/lists", False),
        ("account:Work", True),
        ("larger:2047 smaller:2049", True),
        ("larger:2k", False),
        ("on:2026-03-01", True),
        ("before:2026-03-01", False),
        ("after:2026-03-01", True),
        ("after:1d before:today", True),
        ("id:<1@x>", True),
        ("&", False),
        ("reunion & comite", True),
        ("*", True),
        ("-*", False),
    ],
)
def test_what_the_words_mean(db: Database, text: str, found: bool) -> None:
    fill(db, [])
    assert matches(parse(text), FACTS, where(db)) is found


def test_what_no_folder_shows_is_never_found(db: Database) -> None:
    fill(db, [])
    assert not matches(parse("*"), replace(FACTS, folders=frozenset()), where(db))
