"""The full-text index, standing on shelves: tables of some ten thousand messages each, filled one after the other.

A word's newest hits stream from the end of any index, but a beginning (`rel*`) must gather all its hits before the first
one: on a shelf that takes a few milliseconds, however large the store is. Shelves are filled in the order of indexing, so
their ids may overlap; they describe themselves (names in the schema, ids in FTS5's docsize tables).
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.store.database import Database

FULL = 10_000
"""Messages on a shelf, about."""
FIRST = "search"
"""The shelf that the schema makes; the others are search_2, search_3 …, of the same kind."""
_COLUMNS = "subject, sender, recipients, copies, attachments, body"
_CHECKED = 64
"""Whether a shelf is full is looked at for one message in so many."""

_known: weakref.WeakKeyDictionary[Database, tuple[int, tuple[str, ...]]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Shelf:
    """One table of the index, and the lowest and highest id on it."""

    name: str
    low: int
    high: int


def names(db: Database) -> tuple[str, ...]:
    """The tables of the index; the last one takes new messages."""
    version = int(db.value("PRAGMA schema_version"))
    known = _known.get(db)
    if known is None or known[0] != version:
        tables = [name for (name,) in db.read("SELECT name FROM sqlite_schema WHERE name GLOB 'search_[0-9]*'")]
        numbers = sorted(int(found[1]) for name in tables if (found := re.fullmatch(r"search_(\d+)", name)))
        known = version, (FIRST, *(f"{FIRST}_{number}" for number in numbers))
        _known[db] = known
    return known[1]


def shelves(db: Database) -> list[Shelf]:
    """All shelves that hold something, the one with the newest message first."""
    sql = " UNION ALL ".join(
        f"SELECT '{name}', (SELECT min(id) FROM {name}_docsize), (SELECT max(id) FROM {name}_docsize)" for name in names(db)
    )
    found = [Shelf(*row) for row in db.read(sql) if row[1] is not None]
    return sorted(found, key=lambda shelf: shelf.high, reverse=True)


def put(db: Database, message: int, texts: Sequence[str], *, new: bool = False) -> None:
    """Put the folded texts of a message on a shelf, in the order of the columns; what stood there of it is replaced.

    `new`: nothing of it stands on any shelf.
    """
    name = (None if new else _holding(db, message)) or _open_shelf(db, message)
    db.run(f"INSERT OR REPLACE INTO {name} (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", (message, *texts))


def take(db: Database, messages: Iterable[int]) -> None:
    """Take messages off their shelves."""
    for message in messages:
        name = _holding(db, message)
        if name is not None:
            db.run(f"DELETE FROM {name} WHERE rowid = ?", (message,))


def indexed(db: Database) -> str:
    """A SELECT of the ids of all messages in the index, as the column `id`."""
    return " UNION ALL ".join(f"SELECT id FROM {name}_docsize" for name in names(db))


def _holding(db: Database, message: int) -> str | None:
    sql = " UNION ALL ".join(f"SELECT '{name}' FROM {name}_docsize WHERE id = ?1" for name in names(db))
    found = db.value(sql, (message,))
    return None if found is None else str(found)


def _open_shelf(db: Database, message: int) -> str:
    """The last shelf, or a new one when it is full."""
    last = names(db)[-1]
    # Ids are no random numbers: without mixing, mails of some minutes would all be looked at, or none.
    if message * 0x9E3779B1 >> 8 & (_CHECKED - 1) or db.value(f"SELECT count(*) FROM {last}_docsize") < FULL:
        return last
    number = len(names(db)) + 1
    schema = str(db.value("SELECT sql FROM sqlite_schema WHERE name = ?", (FIRST,)))
    name = f"{FIRST}_{number}"
    db.run(re.sub(rf"^(CREATE VIRTUAL TABLE\s+){FIRST}\b", rf"\g<1>{name}", schema, flags=re.IGNORECASE))
    return name
