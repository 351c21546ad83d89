"""Twins: the same mail as a message of another account, for moves and copies between accounts.

A twin is made from what is known of the mail, perhaps no more than its header; it gets the bytes once they are here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Container

import msgspec

from core.errors import NotFound
from core.parcel import pack_header, pack_mail
from core.store import bodies, compression, messages
from core.store.database import Database

A_WHILE = 0.2
"""Seconds."""


def twin(db: Database, account: int, source: int, besides: Container[int] = ()) -> int:
    """The message of that account (row id) with the bytes of `source`, made when there is none; its row id.

    `besides`: messages that are twins of others already. Inside `db.write`. NotFound `no-body` for a message of which
    nothing is here.
    """
    known = messages.get(db, source)
    raw, key = db.one("SELECT m.raw, r.hash FROM message m LEFT JOIN raw r ON r.id = m.raw WHERE m.id = ?", (source,)) or (0, b"")
    alike = messages.alike(db, account, [known.hash]).get(known.hash, [])
    same = messages.same(alike, key or b"")
    found = same.id if same else None
    if found is None or found in besides:
        found = _made(db, account, known)
    if raw is not None:
        mine = messages.get(db, found)
        if mine.body < 2:
            bodies.belongs(db, found, raw)
    return found


def _made(db: Database, account: int, known: messages.Message) -> int:
    from core import arrival

    block = bodies.header(db, known.id)
    if block is None:
        raise NotFound("no-body", what="message", name=str(known.id))
    parcel = msgspec.structs.replace(
        pack_header(block, known.size, compression.packer(db)), hash=known.hash, marks=int(known.marks), snippet=known.snippet
    )
    (made,) = messages.add(db, account, [parcel], [known.received], [None])
    arrival.index(db, [(made, parcel.texts)], new=True)
    return made


def share(db: Database, source: int, to: int) -> None:
    """The bytes of `source`, where they are here, are those of the twin `to` too; `give` makes them searchable, which takes
    time. Inside `db.write`."""
    raw = db.value("SELECT raw FROM message WHERE id = ? AND body = 2", (source,))
    if raw is not None and messages.get(db, to).body < 2:
        bodies.belongs(db, to, int(raw))


def give(db: Database, source: int, to: int) -> bool:
    """Give the twin `to` the bytes of `source` and make them searchable; False while they are not here."""
    body, indexed = db.one("SELECT body, indexed FROM message WHERE id = ?", (to,)) or (2, 1)
    if body == 2 and indexed:
        return True
    raw = bodies.raw(db, source) if body < 2 else bodies.raw(db, to)
    if raw is None:
        return False
    _take_in(db, to, raw)
    return True


def index_for_a_while(db: Database) -> None:
    """`index_waiting` for as long as somebody may be kept waiting; the rest is done when the store is tidied."""
    end = time.monotonic() + A_WHILE
    while time.monotonic() < end and index_waiting(db, 1):
        pass


def index_waiting(db: Database, most: int = 20) -> int:
    """Make searchable what has its bytes and was not read yet; how many messages."""
    rows = db.read("SELECT id FROM message WHERE body = 2 AND indexed = 0 LIMIT ?", (most,))
    for (message,) in rows:
        raw = bodies.raw(db, message)
        if raw is not None:
            _take_in(db, message, raw)
        else:
            with db.write():
                db.run("UPDATE message SET indexed = 1 WHERE id = ?", (message,))  # it has gone meanwhile
    return len(rows)


def _take_in(db: Database, message: int, raw: bytes) -> None:
    from core import arrival

    parcel = pack_mail(raw, compression.packer(db))  # before the store is locked
    with db.write():
        arrival.arrive_bodies(db, [(message, parcel)])


def source_of(db: Database, message: int) -> int | None:
    """The message whose bytes a twin still waits for, or None when it is no such twin."""
    for (args,) in db.read("SELECT args FROM operation WHERE kind = 'bring' AND state IN ('queued', 'running') ORDER BY id"):
        source = json.loads(args)["from"].get(str(message))
        if source is not None:
            return int(source)
    return None
