"""Writing bodies again while nobody waits, so that they take less room: small mails that came one by one go into blocks,
blocks are compressed harder, and the bytes in them that belong to nobody any more are left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from core.parcel import BLOCK
from core.store import blocks, compression
from core.store.compression import IDLE_LEVEL, compressor, unpack
from core.store.database import Database

_LOOSE = (
    "SELECT id, size, dictionary, data FROM raw WHERE block IS NULL AND data IS NOT NULL AND size <= 65536 ORDER BY id LIMIT 64"
)
"""Of the size that `core.parcel.SMALL` and the index raw_loose say."""


def repack(db: Database, seconds: float = 0.008) -> int:
    """One short turn; how many rows were looked at, 0 at the end. For idle moments."""
    end = time.monotonic() + seconds
    looked = 0
    with db.write():
        for step in _STEPS:
            while (done := step(db)) and time.monotonic() < end:
                looked += done
            if looked + done and time.monotonic() >= end:
                return looked + done
    return looked


def _gather(db: Database) -> int:
    """Loose mails into one block; how many, 0 where there are too few of them."""
    rows = db.read(_LOOSE)
    group: list[tuple[int, bytes]] = []
    size = 0
    for id, length, dictionary, data in rows:
        if size + length > BLOCK:
            break
        group.append((id, unpack(db, dictionary, data)))
        size += length
    if len(group) == len(rows) < 64:
        return 0
    _write(db, group)
    return len(group)


def _squeeze(db: Database) -> int:
    """One block that was written in a hurry."""
    row = db.one("SELECT id, dictionary, data FROM block WHERE slowly = 0 ORDER BY id LIMIT 1")
    if row is None:
        return 0
    id, dictionary, data = row
    number = compression.newest(db)
    whole = unpack(db, dictionary, data)
    packed = compressor(db, number, IDLE_LEVEL).compress(whole)
    if len(packed) >= len(data):
        db.run("UPDATE block SET slowly = 1 WHERE id = ?", (id,))
        return 1
    _exchange(db, id, blocks.add(db, len(whole), number, packed, slowly=True))
    return 1


def _exchange(db: Database, old: int, new: int) -> None:
    """At the end of the table, where pages are filled up; shrunk in its place a block would free nothing."""
    db.run("UPDATE raw SET block = ? WHERE block = ?", (new, old))
    db.run("UPDATE block_dead SET block = ? WHERE block = ?", (new, old))
    db.run("DELETE FROM block WHERE id = ?", (old,))


def _shrink(db: Database) -> int:
    """One block more than half of which belongs to nobody."""
    block = db.value("SELECT d.block FROM block_dead d JOIN block b ON b.id = d.block WHERE d.size * 2 > b.size LIMIT 1")
    if block is None:
        return 0
    rows = db.read("SELECT id, at, size FROM raw WHERE block = ? ORDER BY at", (block,))
    _write(db, [(id, blocks.cut(db, block, at, size)) for id, at, size in rows])
    db.run("DELETE FROM block WHERE id = ?", (block,))
    return 1


def _write(db: Database, group: Sequence[tuple[int, bytes]]) -> None:
    """A block of these mails."""
    whole = b"".join([raw for _, raw in group])
    number = compression.newest(db)
    packed = compressor(db, number, IDLE_LEVEL).compress(whole)
    block = blocks.add(db, len(whole), number, packed, slowly=True)
    at = 0
    for id, raw in group:
        db.run("UPDATE raw SET block = ?, at = ?, dictionary = 0, data = NULL WHERE id = ?", (block, at, id))
        at += len(raw)


def _headers(db: Database) -> int:
    """One header that uses an older dictionary. Where it got to is kept: after a restart it goes on, and rests when done."""
    number = compression.newest(db)
    if not number or db.value("SELECT value FROM meta WHERE name = 'repacked'") == number:
        return 0
    note = f"repacked-{number}"
    after = db.value("SELECT value FROM meta WHERE name = ?", (note,))
    row = db.one(
        "SELECT message, dictionary, data FROM header WHERE message > ? AND dictionary <> ? ORDER BY message LIMIT 1",
        (-1 if after is None else after, number),
    )
    if row is None:
        db.run("DELETE FROM meta WHERE name GLOB 'repacked-*'")
        db.run("INSERT OR REPLACE INTO meta (name, value) VALUES ('repacked', ?)", (number,))
        return 0
    message, dictionary, data = row
    db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (note, message))
    packed = compressor(db, number, IDLE_LEVEL).compress(unpack(db, dictionary, data))
    if len(packed) < len(data):
        db.run("UPDATE header SET dictionary = ?, data = ? WHERE message = ?", (number, packed, message))
    return 1


_STEPS: tuple[Callable[[Database], int], ...] = (_shrink, _gather, _squeeze, _headers)
