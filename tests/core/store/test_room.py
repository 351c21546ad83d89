"""Deletion frees room: messages nobody shows go, and the file becomes smaller."""

from __future__ import annotations

import random
from itertools import islice

from core.arrival import arrive_mail
from core.query.parse import parse
from core.store import accounts, compression, doctor, folders, placements, room, search, shelves, tidying
from core.store.database import Database
from tests.core.store.mails import mail


def fill(db: Database, account: int, count: int = 300) -> list[int]:
    inbox = folders.ensure(db, account, "INBOX", role="inbox").id
    chance = random.Random(2)
    with db.write():
        mails = [mail(id=f"{n}@x", references=f"{n}@y", body=chance.randbytes(4000).hex()) for n in range(count)]
        return [arrive_mail(db, inbox, account, raw, uid=uid) for uid, raw in enumerate(mails, 1)]


def drop_all(db: Database) -> None:
    with db.write():
        placements.drop(db, [row[0] for row in db.read("SELECT id FROM placement")])


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db, deep=True))


def test_what_nobody_shows_goes_in_short_turns(db: Database, remote: int) -> None:
    ids = fill(db, remote)
    pages = db.value("PRAGMA page_count")
    drop_all(db)
    assert room.sweep(db, 0) == 0, "undo may still want them"
    turns = []
    while gone := room.sweep(db, 1 << 40, seconds=0):
        turns.append(gone)
    assert turns == [1] * len(ids)
    for table in ("message", "raw", "header", "part", "thread", "thread_key"):
        assert db.value(f"SELECT count(*) FROM {table}") == 0
    while room.give_back(db, spare=0):
        continue
    assert db.value("PRAGMA page_count") < pages / 4
    assert db.value("PRAGMA freelist_count") == 0
    assert well(db)


def test_a_thread_stays_while_one_of_it_is_here(db: Database, remote: int) -> None:
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    with db.write():
        first = arrive_mail(db, inbox, remote, mail(id="a@x"), uid=1)
        arrive_mail(db, inbox, remote, mail(id="b@x", references="a@x"), uid=2)
        placements.drop_uids(db, inbox, [1])
    assert room.sweep(db, 1 << 40) == 1
    with db.write():
        again = arrive_mail(db, inbox, remote, mail(id="c@x", references="a@x"), uid=3)
    assert first != again
    assert db.value("SELECT count(DISTINCT thread) FROM message") == 1
    assert well(db)


def test_empty_pages_are_kept_for_what_comes_next(db: Database, remote: int) -> None:
    fill(db, remote)
    drop_all(db)
    while room.sweep(db, 1 << 40):
        continue
    while room.give_back(db, spare=40):
        continue
    assert db.value("PRAGMA freelist_count") == 40
    assert room.give_back(db, spare=40) == 0


def test_compacting_makes_the_file_small(db: Database, remote: int) -> None:
    fill(db, remote, 400)
    drop_all(db)
    while room.sweep(db, 1 << 40):
        continue
    before = db.value("PRAGMA page_count") * db.value("PRAGMA page_size")
    freed = room.compact(db)
    assert freed > 0
    assert db.value("PRAGMA page_count") * db.value("PRAGMA page_size") == before - freed
    assert db.value("PRAGMA freelist_count") == 0
    assert well(db)


def test_the_index_is_merged_to_its_end(db: Database, remote: int) -> None:
    ids = fill(db, remote, 60)
    with db.write():
        search.remove(db, ids[:50])
    assert len(list(islice(room.merge_index(db), 1000))) < 1000
    assert search.find(db, parse("release")) == sorted(ids[50:], reverse=True)


def test_a_forgotten_account_leaves_nothing(db: Database, remote: int, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(shelves, "FULL", 50)
    monkeypatch.setattr(shelves, "_CHECKED", 1)
    fill(db, remote, 120)
    assert len(shelves.names(db)) > 1
    [(inbox,)] = db.read("SELECT id FROM folder")
    with db.write():
        # What the passes noted of its folders would count for the next folder that gets this row id.
        for name in (f"imap {inbox} marked", f"imap {inbox} doubt", f"imap 0 prefix {remote}", f"imap {inbox}0 marked"):
            db.run("INSERT INTO meta (name, value) VALUES (?, '1')", (name,))
    accounts.forget(db, remote)
    assert db.read("SELECT name FROM meta WHERE name LIKE 'imap %'") == [(f"imap {inbox}0 marked",)]
    for table in ("message", "raw", "placement", "thread", "thread_key", "folder"):
        assert db.value(f"SELECT count(*) FROM {table}") == 0
    assert well(db)


def test_tidying_does_it_all(db: Database, remote: int, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(compression, "ENOUGH", 200)
    monkeypatch.setattr(compression, "SIZE", 16 * 1024)
    monkeypatch.setattr(compression, "_TRIED", 20)
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    with db.write():
        for n in range(1, 401):
            arrive_mail(db, inbox, remote, mail(id=f"{n}@x", body=f"text {n} " * 40), uid=n, internal=n * 60)
        placements.drop_uids(db, inbox, range(1, 11))
    with db.write():
        db.run("UPDATE message SET stored = 0")
    db.reserve.give_up()
    breaths: list[None] = []
    tidying.tidy(db, 1 << 40, {remote: tidying.Limit(101 * 60)}, lambda: breaths.append(None))
    assert breaths
    assert db.read("SELECT body, count(*) FROM message GROUP BY body") == [(0, 90), (2, 300)]
    assert db.read("SELECT DISTINCT dictionary, slowly FROM block") == [(1, 1)]
    assert db.reserve.path.exists()
    assert well(db)
