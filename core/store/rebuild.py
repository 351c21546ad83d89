"""Making the search index anew from what is in the store."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from core.envelope import read_envelope
from core.errors import StoreError
from core.part import Part
from core.query.union import union
from core.store import bodies, shelves
from core.store.database import Database
from core.store.room import TURN

_LOST = "indexed > 0 AND body = 0 AND orphaned IS NULL"


def lost_by_rebuild(db: Database) -> list[int]:
    """Messages whose text only the index knows, since their bodies were pruned: a rebuild finds them by header only.

    Row ids, the newest first: fetch these bodies before `rebuild_index`, or do without their text.
    """
    return [row[0] for row in db.read(f"SELECT id FROM message WHERE {_LOST} ORDER BY id DESC")]


def rebuild_index(db: Database, breathe: Callable[[], None] = lambda: None) -> int:
    """Empty the search index and fill it from the store, in short turns; how many messages were indexed.

    Killed meanwhile, it is gone on with by `index_missing`.
    """
    first, *others = shelves.names(db)
    with db.write(durable=True):
        for name in others:
            db.run(f"DROP TABLE {name}")
        sql = str(db.value("SELECT sql FROM sqlite_schema WHERE name = ?", (first,)))
        db.run(f"DROP TABLE {first}")  # one that is damaged cannot be emptied
        shelves.make(db, first, sql)
        db.run(f"UPDATE message SET indexed = 0 WHERE {_LOST}")
    return index_missing(db, breathe)


def index_missing(db: Database, breathe: Callable[[], None] = lambda: None) -> int:
    """Index every message that is not in the index, in short turns, oldest first; how many."""
    count, last = 0, -1
    while True:
        there = union([f"SELECT 1 FROM {name}_docsize WHERE id = message.id" for name in shelves.names(db)])
        rows = db.read(f"SELECT id FROM message WHERE id > ? AND NOT EXISTS ({there}) ORDER BY id LIMIT 500", (last,))
        if not rows:
            return count
        end = time.monotonic() + TURN
        with db.write():
            for (last,) in rows:
                _index(db, last)
                count += 1
                if time.monotonic() > end:
                    break
        breathe()


def _index(db: Database, id: int) -> None:
    from core import arrival
    from core import message as mail
    from core.part import marks_of

    whole = _readable(lambda: bodies.raw(db, id))
    if whole is not None:
        arrival.arrive_body(db, id, whole)
        return
    arrival.index_header(db, id, read_envelope(_readable(lambda: bodies.header(db, id)) or b""))
    parts = bodies.structure(db, id)
    sections = mail.bodies(parts)
    here = [(part, data) for part in sections if (data := _readable(partial(bodies.part, db, id, part.section))) is not None]
    if here:
        names = [part.name for part in mail.attachments(parts) if part.name]
        arrival.arrive_texts(db, id, "\n".join(_text(data, part) for part, data in here), names, marks_of(parts))


def _readable(read: Callable[[], bytes | None]) -> bytes | None:
    """None, too, for bytes that are damaged or whose dictionary is lost: the other mails are indexed all the same."""
    try:
        return read()
    except StoreError as error:
        if error.id != "store-unreadable":
            raise
        return None


def _text(data: bytes, part: Part) -> str:
    from core.html import html_to_text
    from core.message import text_of

    text = text_of(data, part)
    return html_to_text(text) if part.type == "text/html" else text
