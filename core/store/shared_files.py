"""Files that go as links: where each copy is, for whom, until when, and whether it was fetched."""

from __future__ import annotations

import time

from msgspec import Struct

from core.store import schedule
from core.store.database import Database

WAITING, THERE, WITHDRAWN = "waiting", "there", "withdrawn"
WITHDRAW, FETCHED = "withdraw", "fetched"
"""Kinds of the schedule: a link ends; somebody looks whether it was fetched."""
HOUR = 3600


class Shared(Struct, frozen=True):
    """One copy of one file, for one recipient."""

    id: int
    outgoing: int
    """The row of the outbox that its link is sent with."""
    message_id: str
    recipient: str
    name: str
    path: str
    """Where it is on this machine; '' where its bytes are in the draft."""
    size: int
    state: str
    url: str
    """What the recipient is told."""
    place: str
    """What the server knows it by, to withdraw it."""
    expires: int
    """Unix seconds; before it is there: the seconds it will be."""
    fetched: int


_COLUMNS = "id, outgoing, message_id, recipient, name, path, size, state, url, place, expires, fetched"


def add(db: Database, outgoing: int, message_id: str, recipient: str, name: str, path: str, size: int, seconds: int) -> None:
    """A file that is to be there before the mail goes. Inside `db.write`."""
    db.run(
        "INSERT INTO shared_file (outgoing, message_id, recipient, name, path, size, state, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (outgoing, message_id, recipient, name, path, size, WAITING, seconds),
    )


def of(db: Database, outgoing: int) -> list[Shared]:
    """The files of a mail in the outbox, in their order."""
    return _read(db, "outgoing = ?", outgoing)


def of_message(db: Database, message_id: str) -> list[Shared]:
    """The files of a sent message, of all its recipients."""
    return _read(db, "message_id = ?", message_id)


def find(db: Database, id: int) -> Shared | None:
    """One of them."""
    return next(iter(_read(db, "id = ?", id)), None)


def there(db: Database) -> list[Shared]:
    """All that can be fetched now, the newest first."""
    return _read(db, "state = ?", THERE)[::-1]


def _read(db: Database, where: str, value: object) -> list[Shared]:
    return [Shared(*row) for row in db.read(f"SELECT {_COLUMNS} FROM shared_file WHERE {where} ORDER BY id", (value,))]


def waiting(db: Database, outgoing: int) -> bool:
    """Whether the links of a mail are yet to be made."""
    return bool(db.value("SELECT 1 FROM outbox WHERE id = ? AND length(wire) = 0", (outgoing,))) and bool(of(db, outgoing))


def begun(db: Database, id: int, place: str) -> None:
    """An upload begins there: what it leaves if it is cut off can be found and taken away."""
    with db.write(durable=True):
        db.run("UPDATE shared_file SET place = ? WHERE id = ?", (place, id))


def uploaded(db: Database, one: Shared, url: str, place: str, *, watched: bool) -> None:
    """It is there: its end is put into the schedule, and looks at whether it was fetched if the server can tell."""
    now = int(time.time())
    with db.write(durable=True):
        expires = now + one.expires if one.expires else 0
        db.run(
            "UPDATE shared_file SET state = ?, url = ?, place = ?, expires = ? WHERE id = ?", (THERE, url, place, expires, one.id)
        )
        if expires:
            schedule.add(db, expires, WITHDRAW, args={"shared": one.id})
        if watched:
            schedule.add(db, now + HOUR, FETCHED, args={"shared": one.id})


def withdrawn(db: Database, id: int) -> None:
    """It is no longer there. Inside `db.write`."""
    db.run("UPDATE shared_file SET state = ? WHERE id = ?", (WITHDRAWN, id))


def count_fetched(db: Database, id: int, times: int) -> bool:
    """How often it was fetched; whether that is news. Inside `db.write`."""
    return bool(db.run("UPDATE shared_file SET fetched = ?1 WHERE id = ?2 AND fetched < ?1", (times, id)))


def end(db: Database, ids: list[int]) -> None:
    """Withdraw these as soon as the engine can."""
    with db.write(durable=True):
        for id in ids:
            schedule.add(db, 0, WITHDRAW, args={"shared": id})
