"""The bytes of mail: raw messages shared by SHA-256, headers, and parts that were fetched alone; zstd-compressed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

import msgspec
import zstandard

from core.header import header_block
from core.part import Part
from core.store.database import Database

LEVEL = 3
LARGEST = 512 * 1024 * 1024
"""Bytes that a stored mail may unpack to."""

_local = threading.local()


def _compress(data: bytes) -> bytes:
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return _local.compressor.compress(data)  # type: ignore[no-any-return]


def _expand(data: bytes) -> bytes:
    if not hasattr(_local, "expander"):
        _local.expander = zstandard.ZstdDecompressor()
    return _local.expander.decompress(data, max_output_size=LARGEST)  # type: ignore[no-any-return]


def put_header(db: Database, message: int, block: bytes) -> None:
    """Keep the header of a message whose body is not here. Inside `db.write`."""
    db.run("INSERT OR REPLACE INTO header (message, data) VALUES (?, ?)", (message, _compress(block)))


def put_raw(db: Database, message: int, raw: bytes) -> None:
    """Keep the whole mail, exactly as received; header and single parts are dropped. Inside `db.write`."""
    key = hashlib.sha256(raw).digest()
    db.run("INSERT OR IGNORE INTO raw (hash, size, data) VALUES (?, ?, ?)", (key, len(raw), _compress(raw)))
    db.run("UPDATE message SET raw = ?, body = 2 WHERE id = ?", (key, message))
    db.run("DELETE FROM header WHERE message = ?", (message,))
    db.run("DELETE FROM part WHERE message = ?", (message,))


def raw(db: Database, message: int) -> bytes | None:
    """The exact bytes of a mail, or None while they are not here."""
    data = db.value("SELECT r.data FROM message m JOIN raw r ON r.hash = m.raw WHERE m.id = ?", (message,))
    return None if data is None else _expand(data)


def header(db: Database, message: int) -> bytes | None:
    """The header block of a mail, from its own row or its raw bytes, or None."""
    data = db.value("SELECT data FROM header WHERE message = ?", (message,))
    if data is not None:
        return _expand(data)
    whole = raw(db, message)
    return None if whole is None else header_block(whole)


def put_structure(db: Database, message: int, parts: Sequence[Part]) -> None:
    """Keep what BODYSTRUCTURE says of a mail whose raw bytes are not here. Inside `db.write`."""
    db.many(
        "INSERT INTO part (message, section, n, spec) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (message, section) DO UPDATE SET n = excluded.n, spec = excluded.spec",
        [(message, part.section, n, msgspec.json.encode(part).decode()) for n, part in enumerate(parts)],
    )


def structure(db: Database, message: int) -> tuple[Part, ...]:
    """The parts noted by `put_structure`, in order; empty when unknown."""
    rows = db.read("SELECT spec FROM part WHERE message = ? ORDER BY n", (message,))
    return tuple(msgspec.json.decode(spec, type=Part) for (spec,) in rows)


def put_part(db: Database, message: int, section: str, data: bytes) -> None:
    """Keep one part, still in its transfer encoding. Inside `db.write`."""
    db.run("UPDATE part SET data = ? WHERE message = ? AND section = ?", (_compress(data), message, section))
    db.run("UPDATE message SET body = max(body, 1) WHERE id = ?", (message,))


def part(db: Database, message: int, section: str) -> bytes | None:
    """One part fetched alone, still in its transfer encoding, or None."""
    data = db.value("SELECT data FROM part WHERE message = ? AND section = ?", (message, section))
    return None if data is None else _expand(data)


def sweep(db: Database, orphaned_before: int) -> int:
    """Free messages that no folder has shown since before that time; how many went.

    Until then `undo` can put the bytes of what was deleted for good back.
    """
    with db.write():
        gone = [row[0] for row in db.read("SELECT id FROM message WHERE orphaned < ? LIMIT 500", (orphaned_before,))]
        for id in gone:
            for sql in (
                "DELETE FROM header WHERE message = ?",
                "DELETE FROM part WHERE message = ?",
                "DELETE FROM search WHERE rowid = ?",
            ):
                db.run(sql, (id,))
            key = db.value("SELECT raw FROM message WHERE id = ?", (id,))
            db.run("DELETE FROM message WHERE id = ?", (id,))
            db.run("DELETE FROM raw WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM message WHERE raw = ?)", (key, key))
        if gone:
            db.run("PRAGMA incremental_vacuum(2000)")
    return len(gone)
