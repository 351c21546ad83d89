"""Blocks: small mails that are compressed together, about ten of them, for they have much in common with their neighbours.

Together they take less room than half of what each of them takes alone, and less time. A block is never changed, and goes
with its last mail.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable

from core.errors import StoreError
from core.parcel import Block
from core.store.compression import unpack
from core.store.database import Database

_latest: weakref.WeakKeyDictionary[Database, tuple[int, bytes]] = weakref.WeakKeyDictionary()
"""The block that was read last: who reads one mail of it often reads the next one too."""


def put(db: Database, blocks: Iterable[Block]) -> dict[int, int]:
    """Keep blocks; row ids by `id()` of each. Inside `db.write`."""
    places: dict[int, int] = {}
    for block in blocks:
        if id(block) not in places:
            places[id(block)] = add(db, block.size, block.dictionary, block.packed)
    return places


def add(db: Database, size: int, dictionary: int, packed: bytes, *, slowly: bool = False) -> int:
    """Keep a block of so many bytes; its row id. `slowly`: it is as small as it gets. Inside `db.write`."""
    db.run("INSERT INTO block (size, slowly, dictionary, data) VALUES (?, ?, ?, ?)", (size, int(slowly), dictionary, packed))
    return db.last_id()


def whole(db: Database, block: int) -> bytes:
    """All bytes of a block. StoreError `store-unreadable` when it is missing or damaged."""
    known = _latest.get(db)
    if known is None or known[0] != block:
        row = db.one("SELECT dictionary, data FROM block WHERE id = ?", (block,))
        if row is None:
            raise StoreError("store-unreadable", file=str(db.path), answer=f"block {block} is missing")
        known = (block, unpack(db, *row))
        if not db.writing:  # what is taken back gives its row id to another block
            _latest[db] = known
    return known[1]


def cut(db: Database, block: int, at: int, size: int) -> bytes:
    """One mail of a block. StoreError `store-unreadable` when it is missing or damaged."""
    found = whole(db, block)[at : at + size]
    if len(found) != size:
        raise StoreError("store-unreadable", file=str(db.path), answer=f"block {block} is too short")
    return found
