"""The full-text index, standing on shelves: tables of some ten thousand messages each, filled one after the other.

A word's newest hits stream from the end of any index, but a beginning (`rel*`) must gather all its hits before the first
one: on a shelf that takes a few milliseconds, however large the store is. Shelves are filled in the order of indexing, so
their ids may overlap; they describe themselves (names in the schema, ids in FTS5's docsize tables).
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from core.query.union import union
from core.store.database import Database, json_numbers

if TYPE_CHECKING:
    from core.parcel import Texts

FULL = 7_000
"""Messages on a shelf, about."""
FIRST = "search"
"""The shelf that the schema makes; the others are search_2, search_3 …, of the same kind."""
SETTINGS = (("automerge", 16), ("crisismerge", 64), ("deletemerge", 50), ("hashsize", 4 * 1024 * 1024))
"""How often FTS5 writes its segments together. By default (4, 16, 10) it does so three times as often, now and then a whole level
in one commit that makes others wait, and over and over while bodies replace what was indexed of their headers. The rest of it
is done in quiet moments (`core.store.room.merge_index`). `hashsize`: bytes that are gathered before a segment is written within
a transaction; by default (1 MB) a longer turn writes several."""
TRIFLE = 8
"""Segments that make less than this part of the largest one stay beside it: not all is written anew for a few mails."""
_COLUMNS = "subject, sender, recipients, copies, attachments, body"
_RANGE = "SELECT '{0}', (SELECT min(id) FROM {0}_docsize), (SELECT max(id) FROM {0}_docsize)"
_CHECKED = 64
"""How full a shelf is, is counted once in so many messages: others may write too."""

_OPEN = 3
"""Shelves that a connection may write to before it lets go of them: of each FTS5 keeps what it needed for its largest turn,
half a megabyte and more."""


class Shelf(Struct, frozen=True):
    """One table of the index, and the lowest and highest id on it."""

    name: str
    low: int
    high: int


class _Known(Struct, frozen=True):
    """What is known of the shelves while the schema stays as it is."""

    version: int
    names: tuple[str, ...]
    full: list[Shelf] | None = None
    """All but the last one, once they have been asked. They take no ids that they had not: some may go."""


class _Filled(Struct):
    """How many messages a shelf had, and how many this connection has put there since, at most."""

    name: str
    count: int
    unseen: int = 0


_known: weakref.WeakKeyDictionary[Database, _Known] = weakref.WeakKeyDictionary()
_filled: weakref.WeakKeyDictionary[Database, _Filled] = weakref.WeakKeyDictionary()
_written: weakref.WeakKeyDictionary[Database, set[str]] = weakref.WeakKeyDictionary()


def names(db: Database) -> tuple[str, ...]:
    """The tables of the index; the last one takes new messages."""
    return _known_now(db).names


def _known_now(db: Database) -> _Known:
    version = int(db.value("PRAGMA schema_version"))
    known = _known.get(db)
    if known is None or known.version != version:
        tables = [name for (name,) in db.read("SELECT name FROM sqlite_schema WHERE name GLOB 'search_[0-9]*'")]
        numbers = sorted(int(found[1]) for name in tables if (found := re.fullmatch(r"search_(\d+)", name)))
        known = _known[db] = _Known(version, (FIRST, *(f"{FIRST}_{number}" for number in numbers)))
    return known


def shelves(db: Database) -> list[Shelf]:
    """All shelves that hold something, the one with the newest message first; low and high may lie beyond what is left there."""
    known = _known_now(db)
    if known.full is None and not db.writing:
        known = _known[db] = replace(known, full=_ends(db, known.names[:-1]))
    found = _ends(db, known.names) if known.full is None else known.full + _ends(db, known.names[-1:])
    return sorted(found, key=lambda shelf: shelf.high, reverse=True)


def _ends(db: Database, some: Sequence[str]) -> list[Shelf]:
    if not some:
        return []
    return [Shelf(*row) for row in db.read(union([_RANGE.format(name) for name in some])) if row[1] is not None]


def put(db: Database, messages: Sequence[tuple[int, Texts]], *, new: bool = False) -> None:
    """Put the folded texts of messages on a shelf, ids ascending; what stood there of them is replaced.

    `new`: nothing of them stands on any shelf.
    """
    last = _open_shelf(db, len(messages))
    if new:
        _write(db, "INSERT", last, [(id, *texts) for id, texts in messages])
        _note_written(db, [last])
        return
    holding = _holding(db, [id for id, _ in messages])
    by_shelf: dict[str, list[tuple[int | str, ...]]] = {}
    for id, texts in messages:
        by_shelf.setdefault(holding.get(id, last), []).append((id, *texts))
    for name, rows in by_shelf.items():
        _write(db, "INSERT OR REPLACE", name, rows)
    _note_written(db, by_shelf)


def _write(db: Database, verb: str, name: str, rows: Sequence[tuple[int | str, ...]]) -> None:
    # A statement that stays compiled would hold its shelf in memory.
    db.many(f"{verb} INTO {name} (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows, again=False)


def _note_written(db: Database, names: Iterable[str]) -> None:
    written = _written.setdefault(db, set())
    written.update(names)
    if len(written) > _OPEN:
        written.clear()
        db.afterwards(Database.forget_tables)


def take(db: Database, messages: Iterable[int]) -> None:
    """Take messages off their shelves."""
    for message, name in _holding(db, messages).items():
        db.run(f"DELETE FROM {name} WHERE rowid = ?", (message,))


def indexed(db: Database) -> str:
    """A SELECT of the ids of all messages in the index, as the column `id`."""
    return union([f"SELECT id FROM {name}_docsize" for name in names(db)])


def scattered(db: Database, name: str) -> bool:
    """Whether a shelf stands in several segments that are worth being written as one: those beside the largest are no trifle."""
    if not db.value(f"SELECT (SELECT min(segid) FROM {name}_idx) < (SELECT max(segid) FROM {name}_idx)"):
        return False
    # A row for each page of a segment, of which the number is the last column, doubled.
    *others, largest = sorted(pages for (pages,) in db.read(f"SELECT max(pgno) FROM {name}_idx GROUP BY segid"))
    return bool(sum(others) * TRIFLE >= largest)


def _holding(db: Database, messages: Iterable[int]) -> dict[int, str]:
    """Message → the shelf it stands on, where it stands on one."""
    ids = json_numbers(messages)
    return {
        id: name
        for name in names(db)
        for (id,) in db.read(f"SELECT d.id FROM json_each(?) j CROSS JOIN {name}_docsize d ON d.id = j.value", (ids,))
    }


def _open_shelf(db: Database, count: int) -> str:
    """The last shelf, or a new one when it is full; `count` messages are to be put there."""
    last = names(db)[-1]
    filled = _filled.get(db)
    if filled is None or filled.name != last or filled.unseen >= _CHECKED:
        filled = _filled[db] = _Filled(last, int(db.value(f"SELECT count(*) FROM {last}_docsize")))
    filled.unseen += count
    if filled.count + filled.unseen - count < FULL:
        return last
    name = f"{FIRST}_{len(names(db)) + 1}"
    make(db, name, str(db.value("SELECT sql FROM sqlite_schema WHERE name = ?", (FIRST,))))
    return name


def make(db: Database, name: str, schema: str) -> None:
    """A new shelf of the kind of the first one, whose CREATE statement is `schema`. Inside `db.write`."""
    db.run(re.sub(rf"^(CREATE VIRTUAL TABLE\s+){FIRST}\b", rf"\g<1>{name}", schema, flags=re.IGNORECASE))
    for setting, value in SETTINGS:
        db.many(f"INSERT INTO {name} ({name}, rank) VALUES (?, ?)", [(setting, value)], again=False)
