"""Twins: the same mail as a message of another account, for moves and copies between accounts.

A twin is made from what is known of the mail, perhaps no more than its header; it gets the bytes once they are here.
"""

from __future__ import annotations

import json
from collections.abc import Container

from core.envelope import read_envelope
from core.errors import NotFound
from core.store import bodies, messages
from core.store.database import Database


def twin(db: Database, account: int, source: int, besides: Container[int] = ()) -> int:
    """The message of that account (row id) with the bytes of `source`, made when there is none; its row id.

    `besides`: messages that are twins of others already. Inside `db.write`. NotFound `no-body` for a message of which
    nothing is here.
    """
    known = messages.get(db, source)
    raw, key = db.one("SELECT m.raw, r.hash FROM message m LEFT JOIN raw r ON r.id = m.raw WHERE m.id = ?", (source,)) or (0, b"")
    if key is not None:
        found, _ = messages.same(db, account, known.hash, key)
    else:
        found = messages.find(db, known.hash, account)
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
    envelope = read_envelope(block)
    made = messages.add(db, account, envelope, known.hash, known.size, known.received)
    bodies.put_header(db, made, block)
    db.run("UPDATE message SET snippet = ?, marks = ? WHERE id = ?", (known.snippet, int(known.marks), made))
    arrival.index_header(db, made, envelope, new=True)
    return made


def give(db: Database, source: int, to: int) -> bool:
    """Give the twin `to` the bytes of `source` and make them searchable; False while they are not here."""
    from core import arrival

    body, indexed = db.one("SELECT body, indexed FROM message WHERE id = ?", (to,)) or (2, 1)
    if body == 2 and indexed:
        return True
    raw = bodies.raw(db, source) if body < 2 else bodies.raw(db, to)
    if raw is None:
        return False
    with db.write():
        arrival.arrive_body(db, to, raw)
    return True


def source_of(db: Database, message: int) -> int | None:
    """The message whose bytes a twin still waits for, or None when it is no such twin."""
    for (args,) in db.read("SELECT args FROM operation WHERE kind = 'bring' AND state IN ('queued', 'running') ORDER BY id"):
        source = json.loads(args)["from"].get(str(message))
        if source is not None:
            return int(source)
    return None
