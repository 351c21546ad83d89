"""Sendings to many: nothing goes before all is in the outbox; paused, resumed and cancelled as one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import NotFound
from core.store import accounts, batches, outbox
from core.store.database import Database
from tests.empty_store import empty_store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def put(db: Database, n: int, batch: int | None = None) -> int:
    return outbox.queue(
        db, account=accounts.row_of(db, "5e44e400"), message_id=f"{n}@x", sender="me@example.org", recipients=[f"p{n}@x.example"],
        subject=f"mail {n}", shown=f"p{n}", wire=b"wire", copy=b"wire", not_before=0, batch=batch,
    )  # fmt: skip


def due(db: Database) -> list[int]:
    return [row.id for row in outbox.due(db, int(time.time()))]


def test_its_life(db: Database) -> None:
    batch = batches.begin(db, "Newsletter")
    ids = [put(db, n, batch) for n in range(3)]
    assert due(db) == []
    assert outbox.next_due(db) is None
    assert not outbox.trying(db, ids[0], "x")
    batches.start(db, batch)
    assert due(db) == ids
    assert batches.pause(db, batch)
    assert due(db) == []
    assert not outbox.sending(db, ids[0]), "also the one that was just being called for"
    assert not batches.pause(db, batch)
    assert batches.resume(db, batch)
    assert outbox.sending(db, ids[0])
    outbox.finish(db, ids[0], "sent", answers={"p0@x.example": (250, "ok")})
    found = batches.get(db, batch)
    assert (found.total, found.sent, found.waiting, found.through) == (3, 1, 2, False)
    assert batches.cancel(db, batch) == 2
    found = batches.get(db, batch)
    assert (found.sent, found.cancelled, found.waiting, found.through) == (1, 2, 0, True)
    assert [one.id for one in batches.unseen(db)] == [batch]
    batches.take_off(db, batch)
    assert batches.unseen(db) == []


def test_what_one_writes_meanwhile_goes_first(db: Database) -> None:
    batch = batches.begin(db, "Newsletter")
    many = [put(db, n, batch) for n in range(3)]
    batches.start(db, batch)
    mine = put(db, 9)
    assert due(db) == [mine, *many]


def test_one_that_was_not_wholly_made(db: Database) -> None:
    batch = batches.begin(db, "Newsletter")
    put(db, 1, batch)
    assert batches.forget_unfinished(db) == 0, "it may be made just now"
    with db.write():
        db.run("UPDATE batch SET made = made - 7200")
    assert batches.forget_unfinished(db) == 1
    assert outbox.rows(db, all=True) == []
    with pytest.raises(NotFound):
        batches.get(db, batch)


def test_the_list_shows_of_a_batch_what_one_must_decide(db: Database) -> None:
    batch = batches.begin(db, "Newsletter")
    ids = [put(db, n, batch) for n in range(3)]
    batches.start(db, batch)
    outbox.finish(db, ids[1], "failed", answers={"p1@x.example": (550, "no")})
    alone = put(db, 7)
    assert [row.id for row in outbox.open_rows(db)] == [ids[1], alone]


def test_the_order_of_the_queue(db: Database) -> None:
    ids = [put(db, n) for n in range(3)]
    assert outbox.move(db, ids[2], -1)
    assert due(db) == [ids[0], ids[2], ids[1]]
    assert outbox.move(db, ids[0], 1)
    assert due(db) == [ids[2], ids[0], ids[1]]
    assert not outbox.move(db, ids[2], -1)
    assert not outbox.move(db, 999, 1)
    assert [row.id for row in outbox.rows(db)] == [ids[2], ids[0], ids[1]]


def test_equal_copies_are_kept_once(db: Database) -> None:
    id = put(db, 1)
    assert outbox.copy(db, id) == outbox.wire(db, id) == b"wire"
    assert db.value("SELECT length(copy) FROM outbox") == 0
