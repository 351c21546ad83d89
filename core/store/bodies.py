"""The bytes of mail: raw messages shared by SHA-256, headers, and parts that were fetched alone; zstd-compressed."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterable, Sequence
from typing import BinaryIO

import msgspec

from core.header import header_block
from core.parcel import Parcel
from core.part import Part
from core.store import blocks, compression, pieces
from core.store.compression import pack, unpack
from core.store.database import Database

_OWN = "SELECT r.id, r.size, r.dictionary, r.data, r.block, r.at FROM message m JOIN raw r ON r.id = m.raw WHERE m.id = ?"


def put_header(db: Database, message: int, block: bytes) -> None:
    """Keep the header of a message whose body is not here. Inside `db.write`."""
    db.run("INSERT OR REPLACE INTO header (message, dictionary, data) VALUES (?, ?, ?)", (message, *pack(db, block)))


def put_headers(db: Database, headers: Sequence[tuple[int, Parcel]]) -> None:
    """Keep the headers of messages whose bodies are not here. Inside `db.write`."""
    db.many(
        "INSERT OR REPLACE INTO header (message, dictionary, data) VALUES (?, ?, ?)",
        [(message, parcel.dictionary, parcel.packed) for message, parcel in headers],
    )
    compression.written(db, len(headers))


def keep_raws(db: Database, parcels: Sequence[Parcel]) -> list[int]:
    """Keep the bytes of whole mails, equal ones once; their row ids. Inside `db.write`."""
    known = dict(db.read(
        "SELECT r.hash, r.id FROM json_each(?) j CROSS JOIN raw r ON r.hash = unhex(j.value)",
        (json.dumps([parcel.key.hex() for parcel in parcels]),),
    ))  # fmt: skip
    fresh = {parcel.key: parcel for parcel in parcels if parcel.key not in known}
    for parcel in fresh.values():
        if parcel.large:
            known[parcel.key] = pieces.store(db, parcel.key, parcel.large)
    small = [parcel for parcel in fresh.values() if not parcel.large]
    ids = range(int(db.value("SELECT max(id) FROM raw") or 0) + 1, 1 << 62)
    known.update((parcel.key, row) for row, parcel in zip(ids, small, strict=False))
    places = blocks.put(db, [parcel.block for parcel in small if parcel.block is not None])
    db.many(
        "INSERT INTO raw (id, hash, size, dictionary, data, block, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                known[parcel.key], parcel.key, parcel.size,
                *((parcel.dictionary, parcel.packed, None, None) if parcel.block is None
                  else (0, None, places[id(parcel.block)], parcel.at)),
            )
            for parcel in small
        ],
    )  # fmt: skip
    compression.written(db, len(small))
    return [known[parcel.key] for parcel in parcels]


def forget_parts(db: Database, messages: Iterable[int]) -> None:
    """The whole bytes are here: header and single parts are stored no more. Inside `db.write`."""
    rows = [(message,) for message in messages]
    db.many("DELETE FROM header WHERE message = ?", rows)
    db.many("DELETE FROM part WHERE message = ?", rows)


def belongs(db: Database, message: int, raw: int) -> None:
    """These bytes (row id in `raw`) are the message's. Inside `db.write`."""
    db.run(
        "UPDATE message SET raw = ?1, body = 2, stored = CASE WHEN raw IS ?1 THEN stored ELSE ?2 END WHERE id = ?3",
        (raw, int(time.time()), message),
    )
    forget_parts(db, (message,))


def raw(db: Database, message: int) -> bytes | None:
    """The exact bytes of a mail, or None while they are not here. Of large mail, `stream` holds less at a time."""
    row = db.one(_OWN, (message,))
    if row is None:
        return None
    return _unpacked(db, *row)


def _unpacked(db: Database, id: int, size: int, dictionary: int, data: bytes | None, block: int | None, at: int) -> bytes:
    if block is not None:
        return blocks.cut(db, block, at, size)
    return pieces.whole(db, id) if data is None else unpack(db, dictionary, data)


def stream(db: Database, message: int) -> BinaryIO | None:
    """The exact bytes of a mail as a file to read and seek in, by this thread; None while they are not here."""
    id = db.value("SELECT raw FROM message WHERE id = ? AND raw IS NOT NULL", (message,))
    return None if id is None else opened(db, int(id))


def opened(db: Database, raw: int) -> BinaryIO:
    """The bytes of a row of `raw` as a file. StoreError `store-unreadable` when they are damaged or missing."""
    row = db.one("SELECT id, size, dictionary, data, block, at FROM raw WHERE id = ?", (raw,))
    if row is None or (row[3] is None and row[4] is None):
        return pieces.opened(db, raw)
    return io.BytesIO(_unpacked(db, *row))


def header(db: Database, message: int) -> bytes | None:
    """The header block of a mail, from its own row or its raw bytes, or None."""
    row = db.one("SELECT dictionary, data FROM header WHERE message = ?", (message,))
    if row is not None:
        return unpack(db, *row)
    file = stream(db, message)
    # A header block is read to 256 KiB anyway (core.message).
    return None if file is None else header_block(file.read(pieces.PIECE))


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
    db.run("UPDATE part SET dictionary = ?, data = ? WHERE message = ? AND section = ?", (*pack(db, data), message, section))
    db.run("UPDATE message SET body = max(body, 1), stored = ? WHERE id = ?", (int(time.time()), message))


def part(db: Database, message: int, section: str) -> bytes | None:
    """One part fetched alone, still in its transfer encoding, or None."""
    row = db.one("SELECT dictionary, data FROM part WHERE message = ? AND section = ?", (message, section))
    return None if row is None or row[1] is None else unpack(db, *row)


def release(db: Database, raw: int | None) -> None:
    """Drop whole bytes that no message has any more. Inside `db.write`."""
    if raw is not None and db.run("DELETE FROM raw WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM message WHERE raw = ?1)", (raw,)):
        db.run("DELETE FROM raw_chunk WHERE raw = ?", (raw,))


def sweep(db: Database, orphaned_before: int) -> int:
    """`core.store.room.sweep`."""
    from core.store import room

    return room.sweep(db, orphaned_before)
