"""Lists in every order: page by page the same as sorting everything, whichever way it is read."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.arrival import arrive_mail
from core.flags import Flag
from core.query.parse import parse
from core.store import accounts, folders, results, search, sorting
from core.store.database import Database
from core.store.lists import Key, ListSource, Row
from core.store.results import ResultList
from core.store.sorting import Order, SortedList, sorted_list
from tests.core.store.mails import mail
from tests.empty_store import empty_store

COUNT = 150
NAMES = ("One", "Two", "Three")
ORDERS = [Order(by, reverse) for by in ("date", "sender", "subject", "size") for reverse in (False, True)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two folders of mail with many equal names, subjects and sizes; every tenth mail stands in both."""
    path = tmp_path_factory.mktemp("filled") / "state" / "correio.db"
    db = empty_store(path)
    _fill(db, accounts.row_of(db, "10ca1000", local=True))
    db.backup(path.with_name("copy.db"))
    db.close()
    return path.with_name("copy.db")


@pytest.fixture
def db(filled: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of that store."""
    shutil.copy(filled, tmp_path / "correio.db")
    db = Database(tmp_path / "correio.db")
    yield db
    db.close()


@pytest.fixture
def places(db: Database, local: int) -> list[int]:
    """The folders of the store."""
    return [folders.ensure(db, local, name).id for name in NAMES]


def _fill(db: Database, local: int) -> None:
    lots = random.Random(5)
    found = [folders.ensure(db, local, name).id for name in NAMES]
    with db.write():
        for n in range(COUNT):
            raw = mail(
                lots.choice(("Äpfel", "apples", "Re: apples", "", "Zebra", "日本語", "[list] x", "a" * 90)),
                id=f"{n}@x",
                sender=lots.choice(("Ana <a@x>", "ánA <b@x>", "Zoe <z@x>", "q@x", "")),
                body="x" * lots.choice((1, 1, 500, 900)),
            )
            when = 1_700_000_000 + lots.randrange(40) * 60
            for place in {found[n % 2], found[0] if n % 10 == 0 else found[n % 2]}:
                arrive_mail(db, place, local, raw, internal=when, flags=Flag(n % 3 == 0))


def walk(source: ListSource, limit: int) -> list[Row]:
    rows: list[Row] = []
    key: Key | None = None
    while page := source.page(key, limit):
        rows += page
        key = page[-1].key
    return rows


def check(source: ListSource) -> list[Row]:
    """The rows, after looking at them from all sides as the screen does."""
    rows = walk(source, 7)
    assert [row.key for row in rows] == sorted({row.key for row in rows}, reverse=True)
    assert len({row.message for row in rows}) == len(rows)
    assert walk(source, 64) == rows
    assert source.page_newer((-(1 << 60), 0), 10) == rows[-10:], "from the end"
    for n in (0, 1, len(rows) // 2, len(rows) - 1):
        key = rows[n].key
        assert source.page_newer(key, 5) == rows[max(0, n - 5) : n]
        assert source.page((key[0], key[1] + 1), 5) == rows[n : n + 5]
        assert source.position(key) == n
        assert source.position((key[0], key[1] - 1)) == n + 1
        assert source.key_of(rows[n].message) == key
    assert source.key_of(1) is None
    return rows


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.by}-{'back' if order.reverse else 'usual'}")
@pytest.mark.parametrize("unread", [False, True])
def test_by_pages_as_at_once(db: Database, places: list[int], order: Order, unread: bool) -> None:
    source = sorted_list(db, places[:2], order, threads=False, unread_only=unread)
    rows = check(source)
    column = {"sender": "writer", "subject": "topic", "size": "size", "date": "received"}[order.by]
    values = [db.value(f"SELECT {column} FROM message WHERE id = ?", (row.message,)) for row in rows]
    assert values == sorted(values, reverse=not order.rising)
    wanted = "SELECT count(DISTINCT message) FROM placement WHERE flags & 1 = 0" if unread else "SELECT count(*) FROM message"
    assert len(rows) == db.value(wanted)
    if order.by in ("sender", "subject"):
        assert walk(sorted_list(db, places[2:], order), 5) == []


@pytest.mark.parametrize("order", ORDERS[2:], ids=lambda order: f"{order.by}-{'back' if order.reverse else 'usual'}")
def test_along_an_index_as_by_sorting(db: Database, places: list[int], order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    by_sorting = check(SortedList(db, places[:1], order))
    monkeypatch.setattr(sorting, "SORTED_AT_ONCE", 0)
    source = SortedList(db, places[:1], order)
    assert walk(source, 9) == by_sorting
    ran: list[str] = []
    monkeypatch.setattr(db, "read", lambda sql, params=(), read=db.read: ran.append(sql) or read(sql, params))
    source.page(by_sorting[9].key, 5)
    asked = [sql for sql in ran if "INDEXED BY" in sql]
    plans = [row[3] for sql in asked for row in db.read(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))]
    assert plans and not [words for words in plans if "TEMP B-TREE" in words]


@pytest.mark.parametrize("order", [*ORDERS, Order("relevance"), Order("relevance", reverse=True)])
def test_what_a_search_finds_in_every_order(db: Database, places: list[int], order: Order) -> None:
    source = ResultList(db, parse("apples"), places, None, order)
    rows = walk(source, 7)
    assert len(rows) == source.total() == db.value("SELECT count(*) FROM message WHERE subject LIKE '%apples'")
    check(source)
    with_more = ResultList(db, parse("apples"), places, None, order, [rows[0].message, _other(db, rows)])
    assert len(walk(with_more, 7)) == len(rows) + 1
    check(with_more)


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if some ten hits were thousands."""
    monkeypatch.setattr(search, "RANKED", 12)
    monkeypatch.setattr(results, "MOST_COUNTED", 10)
    monkeypatch.setattr(results, "PAGE", 5)


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize("order", [*ORDERS, Order("relevance")])
def test_a_search_says_which_orders_show_the_newest_hits_only(db: Database, places: list[int], order: Order) -> None:
    ids = [id for (id,) in db.read("SELECT id FROM message WHERE subject LIKE '%apples' ORDER BY id DESC")]
    assert len(ids) > 12
    source = ResultList(db, parse("apples"), places, None, order)
    rows = [row.message for row in walk(source, 4)]
    if order.by == "date":
        assert rows == (ids[::-1] if order.reverse else ids)
        assert not source.cut and source.total() == len(ids) and not source.more
        early = ResultList(db, parse("apples"), places, None, order)
        assert early.total() == 10 and early.more and not early.cut
    else:
        assert sorted(rows, reverse=True) == ids[:12]
        assert source.cut and source.total() == 12


@pytest.mark.usefixtures("few_at_once")
def test_the_oldest_hits_are_found_on_any_shelf(db: Database, places: list[int]) -> None:
    ids = [id for (id,) in db.read("SELECT id FROM message WHERE subject LIKE '%apples' ORDER BY id")]
    for text in ("apples", "app*", "apples -is:flagged OR apples", "apples in:inbox OR apples"):
        first = search.find(db, parse(text), limit=6, sort="oldest")
        rest = search.find(db, parse(text), limit=500, sort="oldest", before=first[-1])
        assert first + rest == ids
    source = ResultList(db, parse("apples"), places, None, Order("date", True))
    rows = walk(source, 4)
    again = ResultList(db, parse("apples"), places, None, Order("date", True))
    assert [row.message for row in again.page_newer(rows[-1].key, 3)] == ids[-4:-1]
    again = ResultList(db, parse("apples"), places, None, Order("date", True))
    assert [row.message for row in again.page(rows[-3].key, 9)] == ids[-2:]


def _other(db: Database, rows: list[Row]) -> int:
    found = {row.message for row in rows}
    return next(id for (id,) in db.read("SELECT id FROM message ORDER BY id") if id not in found)
