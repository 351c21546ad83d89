"""The ways in which hits are read from shelves all find the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.query.parse import parse
from core.query.sql import compile
from core.query.statement import Scope, statement
from core.store import search, shelf_reading, shelves
from core.store.database import Database
from tests.core.store.mailboxes import DAY, START, Mail, Stand, fill
from tests.core.store.test_shelves import asked_of
from tests.depth import examples
from tests.empty_store import empty_store

COMMON, RARE = "the of", "review invoice contract"
_BITS = st.sampled_from(["the of the", "of the of", "of the", "review of contract", "contract of the review", "invoice"])
_COMMON = st.just("of the of the")
_TEXTS = st.one_of(_COMMON, _COMMON, _COMMON, st.lists(_BITS, max_size=4).map(" ".join))
_ROWS = st.one_of(
    st.sampled_from(["review of contract", "review of contract of", "the review of contract", "contract of the review"]),
    st.lists(st.sampled_from(f"{COMMON} {RARE}".split()), min_size=2, max_size=5).map(" ".join),
).map('"{}"'.format)
_PARTS = st.one_of(
    _ROWS, _ROWS, _ROWS.map("-{}".format), _ROWS.map("subject:{}".format), _ROWS.map(lambda row: f'{row[:-1]}*"'),
    st.sampled_from(["invoice", "the", "-review", "rev*", "is:flagged", "in:inbox"]),
)  # fmt: skip
_QUERIES = st.one_of(
    _ROWS,
    st.lists(_PARTS, min_size=1, max_size=3).map(" ".join),
    st.lists(_PARTS, min_size=2, max_size=3).map(lambda parts: f"({parts[0]} OR {parts[1]}) {' '.join(parts[2:])}"),
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("store")
    database = empty_store(folder / "state" / "correio.db")
    yield database
    database.close()


@pytest.fixture(autouse=True)
def small_shelves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "FULL", 8)
    monkeypatch.setattr(shelves, "_CHECKED", 1)
    monkeypatch.setattr(shelf_reading, "LOOKED_AT", 3)


def plainly(db: Database, text: str) -> set[int]:
    """What a query finds on all shelves, each asked for the whole of it."""
    found: set[int] = set()
    for branch in compile(parse(text), search.context(db), None, shelves.names(db)):
        for name in shelves.names(db):
            wanted = statement(branch, Scope(0, shelf=name))
            found |= {id for (id,) in db.read(wanted.sql, wanted.params)}
    return found


@given(st.lists(st.tuples(_TEXTS, _TEXTS, st.booleans()), min_size=12, max_size=40), st.lists(_QUERIES, min_size=3, max_size=6),
       st.sampled_from([2, 7, 50]))  # fmt: skip
@settings(max_examples=examples(200))
def test_every_way_finds_the_same(kept: Database, mails: list[tuple[str, str, bool]], queries: list[str], limit: int) -> None:
    fill(kept, [
        Mail(subject=subject, body=body, received=START + n * 7 % 40 * DAY, stands=(Stand(1, 4 * flagged),))
        for n, (subject, body, flagged) in enumerate(mails)
    ])  # fmt: skip
    for text in queries:
        wanted = sorted(plainly(kept, text), reverse=True)
        for sort in ("date", "oldest"):
            found = page = search.find(kept, parse(text), limit=limit, sort=sort)
            while len(page) == limit:
                page = search.find(kept, parse(text), limit=limit, sort=sort, before=found[-1])
                found = found + page
            assert found == (wanted if sort == "date" else wanted[::-1]), text
        assert search.count(kept, parse(text)) == len(wanted), text
        assert sorted(search.find(kept, parse(text), limit=100, sort="relevance"), reverse=True) == wanted, text


def seldom(count: int, *hits: int, near: tuple[int, ...] = ()) -> list[Mail]:
    """Mails of common words, with the row of words in some and only its rare words near to each other in others."""
    text = dict.fromkeys(range(count), "of the " * 5) | dict.fromkeys(hits, "the review of contract")
    text |= dict.fromkeys(near, "of review the contract")
    return [Mail(body=text[n], received=START + n * DAY) for n in range(count)]


def test_rare_words_are_looked_for_before_common_ones(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, seldom(40, 3, 20, near=(4, 12, 13, 21)))
    values: list[object] = []
    read = db.read
    monkeypatch.setattr(db, "read", lambda sql, params=(): values.extend(params) or read(sql, params))
    assert search.find(db, parse('"review of contract"')) == [ids[20], ids[3]]
    assert 'NEAR("review" "contract", 1)' in values
    values.clear()
    assert search.find(db, parse('"review of contract" the'), sort="oldest") == [ids[3], ids[20]]
    assert any("NEAR(" in str(value) for value in values)
    for text in ('"of the of the"', '"the review"', '-"review of contract"', '"review of contract*"'):
        values.clear()
        search.find(db, parse(text))
        assert not any("NEAR(" in str(value) for value in values), text


def test_a_shelf_with_few_hits_has_the_next_one_read_from_its_beginning(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, [Mail(body="common" if n < 8 else f"x{n}", received=START + n * DAY) for n in range(32)])
    asked = asked_of(db, monkeypatch)
    assert search.find(db, parse("common"), limit=4) == ids[7:3:-1]
    ways = {sql.split(" FROM ")[1].split()[0]: "DESC LIMIT" in sql for sql in asked if "MATCH" in sql}
    assert ways == {"search_4": True, "search_3": False, "search_2": False, "search": False}


def test_a_conversation_about_the_rare_words_does_not_stop_the_search_for_them(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(db, seldom(40, 1, near=(16, 17, 18, 19)))
    values: list[object] = []
    read = db.read
    monkeypatch.setattr(db, "read", lambda sql, params=(): values.extend(params) or read(sql, params))
    assert search.find(db, parse('"review of contract"')) == [ids[1]]
    assert values.count('NEAR("review" "contract", 1)') == 4
    monkeypatch.setattr(shelf_reading, "PATIENCE", 1)
    values.clear()
    assert search.find(db, parse('"review of contract"')) == [ids[1]]
    assert values.count('NEAR("review" "contract", 1)') == 2


def test_few_hits_on_a_part_of_a_shelf_say_nothing_of_the_next(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(db, [Mail(body="common", received=START + n * DAY) for n in range(32)])
    asked = asked_of(db, monkeypatch)
    assert search.find(db, parse("common"), limit=4, before=ids[17]) == ids[16:12:-1]
    assert all("DESC LIMIT" in sql for sql in asked if "MATCH" in sql)
