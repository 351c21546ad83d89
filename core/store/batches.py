"""Sendings to many, each person by itself: rows of the outbox that are stopped, resumed and cancelled together."""

from __future__ import annotations

import json
import time

from msgspec import Struct

from core.errors import CorreioError, NotFound, from_json
from core.store.database import Database

MAKING, RUNNING, PAUSED, CANCELLED = "making", "running", "paused", "cancelled"


class Batch(Struct, frozen=True):
    """One sending to many, and how far it is."""

    id: int
    made: int
    name: str
    state: str
    total: int
    sent: int
    failed: int
    """Refused for good."""
    uncertain: int
    cancelled: int
    waiting: int
    """Yet to go."""
    troubled: int
    """Sent, but reported as not delivered."""
    reason: CorreioError | None
    """Why those wait that were tried."""
    not_before: int
    """When the next of them goes; 0 for now."""

    @property
    def through(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state == CANCELLED or (self.state != MAKING and not self.waiting)


def begin(db: Database, name: str) -> int:
    """A new one; nothing of it goes before `start`. Its row id."""
    with db.write(durable=True):
        db.run("INSERT INTO batch (made, name, state) VALUES (?, ?, ?)", (int(time.time()), name, MAKING))
        return db.last_id()


def start(db: Database, id: int) -> None:
    """Everything is in the outbox: it goes."""
    with db.write(durable=True):
        db.run("UPDATE batch SET state = ? WHERE id = ? AND state = ?", (RUNNING, id, MAKING))


def get(db: Database, id: int) -> Batch:
    """One of them. Raises NotFound `no-batch`."""
    row = db.one("SELECT id, made, name, state FROM batch WHERE id = ?", (id,))
    if row is None:
        raise NotFound("no-batch", what="batch", name=str(id))
    counts: dict[str, int] = dict(db.read("SELECT state, count(*) FROM outbox WHERE batch = ? GROUP BY state", (id,)))
    waits = db.one(
        "SELECT reason, not_before FROM outbox WHERE batch = ? AND state IN ('queued', 'waiting')"
        " ORDER BY state = 'queued' DESC, not_before LIMIT 1",
        (id,),
    )
    troubled = int(db.value("SELECT count(*) FROM outbox WHERE troubled = 1 AND batch = ?", (id,)) or 0)
    return Batch(
        id=row[0], made=row[1], name=row[2], state=row[3], total=sum(counts.values()),
        sent=counts.get("sent", 0), failed=counts.get("failed", 0),
        uncertain=counts.get("uncertain", 0), cancelled=counts.get("cancelled", 0),
        waiting=sum(counts.get(state, 0) for state in ("queued", "waiting", "sending")), troubled=troubled,
        reason=from_json(json.loads(waits[0])) if waits and waits[0] else None,
        not_before=int(waits[1]) if waits and waits[1] > time.time() else 0,
    )  # fmt: skip


def has_more(db: Database, id: int) -> bool:
    """Whether some of it is yet to go."""
    waits = "SELECT EXISTS (SELECT 1 FROM outbox WHERE batch = ? AND state IN ('queued', 'waiting', 'sending'))"
    return bool(db.value(waits, (id,)))


def unseen(db: Database) -> list[Batch]:
    """Those that are not through, or that nobody has taken off the list; the oldest first."""
    return [get(db, row[0]) for row in db.read("SELECT id FROM batch WHERE seen = 0 AND state <> ? ORDER BY id", (MAKING,))]


def pause(db: Database, id: int) -> bool:
    """Nothing more of it goes, until it is resumed; the one on its way does."""
    return _turn(db, id, RUNNING, PAUSED)


def resume(db: Database, id: int) -> bool:
    """It goes on."""
    return _turn(db, id, PAUSED, RUNNING)


def _turn(db: Database, id: int, old: str, new: str) -> bool:
    with db.write(durable=True):
        return bool(db.run("UPDATE batch SET state = ? WHERE id = ? AND state = ?", (new, id, old)))


def cancel(db: Database, id: int) -> int:
    """Nothing more of it goes, ever; how many mails are not sent."""
    with db.write(durable=True):
        db.run("UPDATE batch SET state = ? WHERE id = ?", (CANCELLED, id))
        return db.run("UPDATE outbox SET state = 'cancelled' WHERE batch = ? AND state IN ('queued', 'waiting')", (id,))


def take_off(db: Database, id: int) -> bool:
    """It is through and has been looked at: the list no longer shows it."""
    with db.write():
        return bool(db.run("UPDATE batch SET seen = 1 WHERE id = ?", (id,)))


def forget_unfinished(db: Database) -> int:
    """After a crash: what was not wholly put into the outbox is taken out, and nothing of it was sent; how many."""
    found = [row[0] for row in db.read("SELECT id FROM batch WHERE state = ? AND made < ?", (MAKING, int(time.time()) - 3600))]
    for id in found:
        drop(db, id)
    return len(found)


def drop(db: Database, id: int) -> None:
    """Take out what was not started."""
    with db.write(durable=True):
        if db.run("DELETE FROM batch WHERE id = ? AND state = ?", (id, MAKING)):
            db.run("DELETE FROM outbox WHERE batch = ?", (id,))
