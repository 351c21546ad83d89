"""Large mail (above 8 MB) in pieces: each compressed by itself, so that nobody has to hold the whole of it.

A mail that arrives piece by piece is written in short turns under a row that has no hash yet; only `Arriving.finish`
makes it a mail. What a killed process left unfinished is dropped by `drop_unfinished`.
"""

from __future__ import annotations

import hashlib
import io
import time
from typing import BinaryIO

import zstandard

from core.errors import StoreError
from core.store.database import Database

LARGE = 8 * 1024 * 1024
"""Bytes from which a mail is kept in pieces."""
PIECE = 512 * 1024
"""Bytes of a piece before compression."""
_LEVEL = 3


def store(db: Database, key: bytes, raw: bytes) -> int:
    """Keep a large mail that is in memory; its row id in `raw`. Inside `db.write`."""
    db.run("INSERT INTO raw (hash, size) VALUES (?, ?)", (key, len(raw)))
    id = db.last_id()
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    view = memoryview(raw)
    for n, start in enumerate(range(0, len(raw), PIECE)):
        _put(db, id, n, compressor.compress(view[start : start + PIECE]))
    return id


def whole(db: Database, raw: int) -> bytes:
    """All bytes of a mail that is kept in pieces. StoreError `store-unreadable` when one is missing."""
    return opened(db, raw).read()


def opened(db: Database, raw: int) -> BinaryIO:
    """The mail as a file, for this thread; one piece at a time is in memory. StoreError `store-unreadable` in a read."""
    return io.BufferedReader(_Stream(db, raw), PIECE)


def drop_unfinished(db: Database, before: int) -> int:
    """Drop what began to arrive before that time (unix seconds) and never came to its end; how many."""
    with db.write(reserve=True):
        ids = [row[0] for row in db.read("SELECT raw FROM raw_unfinished WHERE since < ?", (before,))]
        for id in ids:
            _drop(db, id)
    return len(ids)


class Arriving:
    """A large mail that comes piece by piece. Every piece is a short write of its own."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._hash = hashlib.sha256()
        self._rest = bytearray()
        self._count = 0
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.size = 0
        """Bytes that have come so far."""
        with db.write():
            db.run("INSERT INTO raw (hash, size) VALUES (NULL, 0)")
            self._id = db.last_id()
            db.run("INSERT INTO raw_unfinished (raw, since) VALUES (?, ?)", (self._id, int(time.time())))

    def add(self, data: bytes) -> None:
        """The next bytes, as many as the line gave."""
        self._hash.update(data)
        self.size += len(data)
        self._rest += data
        while len(self._rest) >= PIECE:
            self._write(bytes(self._rest[:PIECE]))
            del self._rest[:PIECE]

    def finish(self) -> int:
        """All bytes are here: the row id in `raw`, for `bodies.belongs`; that of the same bytes where they were known.

        Call it in the transaction that gives the mail its message, so that nobody takes it for an orphan.
        """
        db, key = self._db, self._hash.digest()
        with db.write():
            if self._rest:
                self._write(bytes(self._rest))
            known = db.value("SELECT id FROM raw WHERE hash = ?", (key,))
            if known is not None:
                _drop(db, self._id)
                return int(known)
            db.run("UPDATE raw SET hash = ?, size = ? WHERE id = ?", (key, self.size, self._id))
            db.run("DELETE FROM raw_unfinished WHERE raw = ?", (self._id,))
        return self._id

    def give_up(self) -> None:
        """The line broke, or nobody wants it any more."""
        with self._db.write(reserve=True):
            _drop(self._db, self._id)

    def _write(self, piece: bytes) -> None:
        packed = self._compressor.compress(piece)
        with self._db.write():
            _put(self._db, self._id, self._count, packed)
        self._count += 1


class _Stream(io.RawIOBase):
    def __init__(self, db: Database, raw: int) -> None:
        super().__init__()
        self._db = db
        self._raw = raw
        self._size = int(db.value("SELECT size FROM raw WHERE id = ?", (raw,)) or 0)
        # All pieces but the last are as long as the first.
        first = db.value("SELECT data FROM raw_chunk WHERE raw = ? AND n = 0", (raw,))
        try:
            self._step = max(1, zstandard.frame_content_size(first) if first else PIECE)
        except zstandard.ZstdError as error:
            raise StoreError("store-unreadable", file=str(db.path), answer=str(error)) from error
        self._at = 0
        self._expander = zstandard.ZstdDecompressor()
        self._piece = b""
        self._number = -1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self._at >= self._size:
            return 0
        self._load(self._at // self._step)
        start = self._at % self._step
        given = self._piece[start : start + len(buffer)]
        buffer[: len(given)] = given
        self._at += len(given)
        return len(given)

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        data = self._db.value("SELECT data FROM raw_chunk WHERE raw = ? AND n = ?", (self._raw, number))
        expected = min(self._step, self._size - number * self._step)
        try:
            piece = b"" if data is None else self._expander.decompress(data, max_output_size=self._step)
        except zstandard.ZstdError as error:
            raise StoreError("store-unreadable", file=str(self._db.path), answer=str(error)) from error
        if len(piece) != expected:
            answer = f"piece {number} of mail {self._raw} is missing"
            raise StoreError("store-unreadable", file=str(self._db.path), answer=answer)
        self._piece, self._number = piece, number


def _put(db: Database, id: int, n: int, data: bytes) -> None:
    db.run("INSERT INTO raw_chunk (raw, n, data) VALUES (?, ?, ?)", (id, n, data))


def _drop(db: Database, id: int) -> None:
    db.run("DELETE FROM raw_chunk WHERE raw = ?", (id,))
    db.run("DELETE FROM raw_unfinished WHERE raw = ?", (id,))
    db.run("DELETE FROM raw WHERE id = ?", (id,))
