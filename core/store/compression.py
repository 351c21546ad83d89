"""Compression of mail: zstandard with a dictionary that is trained on the mail that is here.

Mails are small and alike (header names, hosts, signatures, quotes), so that a dictionary saves a quarter to a third. It
is trained once there are enough mails, and once more when there are far more of another kind. Every row names its
dictionary, and dictionaries are never dropped: what was written with an older one stays readable.
"""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass, field
from functools import lru_cache

import zstandard

from core.errors import StoreError
from core.parcel import Packer
from core.store import pieces
from core.store.database import Database

LEVEL = 3
IDLE_LEVEL = 9
"""For rows that are written again while nobody waits."""
LARGEST = 512 * 1024 * 1024
"""Bytes that a stored mail may unpack to."""
ENOUGH = 1000
"""Mails (or headers, while there are no mails) that a first dictionary is trained on."""
OUTGROWN = 20
"""A dictionary is tried anew when there are so many times the mails it was made of."""
SIZE = 192 * 1024
_LOOKED = 64
"""A writer looks for a newer dictionary once in so many rows."""
_PATIENCE = 10_000
"""Rows that are written before one who could not train a dictionary tries again."""
_SAMPLES = 1500
_SAMPLE = 16 * 1024
_TRIED = 150
_GAIN = 0.97
# Left out, zstd tries some forty settings, which takes five times as long and saves a thousandth.
_TRAINING = {"k": 1000, "d": 8, "f": 20, "accel": 1}
_FIRST_ID = 40_000  # zstd reserves the ids below 32,768


@dataclass(slots=True)
class _Tools:
    """Compressors of one connection: they belong to its thread."""

    newest: int = 0
    uses: int = 0
    next_try: int = 0
    compressors: dict[tuple[int, int], zstandard.ZstdCompressor] = field(default_factory=dict)
    """By dictionary and level."""
    expanders: dict[int, zstandard.ZstdDecompressor] = field(default_factory=dict)


_tools: weakref.WeakKeyDictionary[Database, _Tools] = weakref.WeakKeyDictionary()


def packer(db: Database) -> Packer:
    """What compresses mails on their way into the store, with the newest dictionary."""
    tools = _of(db)
    tools.newest = newest(db)
    return Packer(tools.newest, _compressor(db, tools.newest, LEVEL), pieces.LARGE)


def written(db: Database, rows: int) -> None:
    """So many rows came that a `packer` has packed: have a dictionary trained after the transaction if it is time."""
    tools = _of(db)
    before, tools.uses = tools.uses, tools.uses + rows
    if before // _LOOKED != tools.uses // _LOOKED or before == 0:
        _train_if_due(db, tools)


def _train_if_due(db: Database, tools: _Tools) -> None:
    if tools.uses >= tools.next_try and due(db):
        tools.next_try = tools.uses + _PATIENCE
        db.afterwards(learn)


def pack(db: Database, data: bytes) -> tuple[int, bytes]:
    """(dictionary, compressed bytes) for a row. Inside `db.write`, after which a dictionary is trained if it is time."""
    tools = _of(db)
    if tools.uses % _LOOKED == 0:
        tools.newest = newest(db)
        _train_if_due(db, tools)
    tools.uses += 1
    return tools.newest, _compressor(db, tools.newest, LEVEL).compress(data)


def unpack(db: Database, dictionary: int, data: bytes) -> bytes:
    """The bytes of a row. StoreError `store-unreadable` when they or their dictionary are damaged."""
    tools = _of(db)
    expander = tools.expanders.get(dictionary)
    if expander is None:
        known = _load(db, dictionary) if dictionary else None
        expander = tools.expanders[dictionary] = zstandard.ZstdDecompressor(dict_data=known)
    try:
        return bytes(expander.decompress(data, max_output_size=LARGEST))
    except zstandard.ZstdError as error:
        raise StoreError("store-unreadable", file=str(db.path), answer=str(error)) from error


def newest(db: Database) -> int:
    """The dictionary that new rows use; 0 for none."""
    return int(db.value("SELECT max(id) FROM dictionary") or 0)


def due(db: Database) -> bool:
    """Whether `learn` has enough to begin with, now that more mail is here: the first dictionary, or the first from
    whole mails."""
    made_of = db.value("SELECT mails FROM dictionary ORDER BY id DESC LIMIT 1")
    if (made_of or 0) >= ENOUGH:
        return False
    if _mails(db) >= ENOUGH:
        return True
    return made_of is None and int(db.value("SELECT count(*) FROM (SELECT 1 FROM header LIMIT ?)", (ENOUGH,))) >= ENOUGH


def outgrown(db: Database) -> bool:
    """Whether there are so many more mails by now that a new dictionary may be better: for idle moments."""
    made_of = db.value("SELECT mails FROM dictionary ORDER BY id DESC LIMIT 1")
    return made_of is not None and _mails(db) >= max(made_of, ENOUGH) * OUTGROWN


def learn(db: Database) -> bool:
    """Train a dictionary on a sample of the store (about a second) and keep it if it is better than the newest one.

    Not inside `db.write`: nobody is kept waiting meanwhile.
    """
    mails = _mails(db)
    samples = _sample(db, mails)
    if len(samples) < _TRIED * 2:
        return False
    every = len(samples) // _TRIED
    tried = samples[::every]
    number = newest(db) + 1
    try:
        made = zstandard.train_dictionary(
            SIZE, [sample for n, sample in enumerate(samples) if n % every], level=LEVEL, dict_id=_FIRST_ID + number, **_TRAINING
        )
    except zstandard.ZstdError:
        return False  # too few, or too much alike
    better = _size(zstandard.ZstdCompressor(level=LEVEL, dict_data=made), tried)
    if better > _GAIN * _size(_compressor(db, number - 1, LEVEL), tried):
        with db.write():  # do not try again before there is much more
            db.run("UPDATE dictionary SET mails = ? WHERE id = ?", (mails, number - 1))
        return False
    with db.write(durable=True):
        if newest(db) != number - 1:
            return False
        db.run(
            "INSERT INTO dictionary (id, made, mails, data) VALUES (?, ?, ?, ?)",
            (number, int(time.time()), mails, made.as_bytes()),
        )
    tools = _of(db)
    tools.newest = number
    tools.next_try = 0  # one from headers is followed by one from whole mails as soon as there are enough
    return True


def recompress(db: Database, seconds: float = 0.008) -> int:
    """One short turn of writing older rows again with the newest dictionary; how many were looked at, 0 at the end.

    For idle moments. Where it got to is kept, so that it goes on after a restart and does nothing when all is done.
    """
    number = newest(db)
    done = db.value("SELECT value FROM meta WHERE name = 'recompressed'")
    if not number or done == number:
        return 0
    end = time.monotonic() + seconds
    compressor = _compressor(db, number, IDLE_LEVEL)
    looked = 0
    with db.write():
        for table, again in (("raw", _raw_again), ("header", _header_again)):
            for id in _older(db, table, number):
                again(db, id, number, compressor)
                looked += 1
                if time.monotonic() > end:
                    return looked
        if not looked:
            db.run("DELETE FROM meta WHERE name GLOB 'recompressed-*'")
            db.run("INSERT OR REPLACE INTO meta (name, value) VALUES ('recompressed', ?)", (number,))
    return looked


def _older(db: Database, table: str, number: int) -> list[int]:
    """The next rows of a table that use an older dictionary; the last of them is noted as looked at, one by one."""
    key = "id" if table == "raw" else "message"
    note = f"recompressed-{table}-{number}"
    after = db.value("SELECT value FROM meta WHERE name = ?", (note,))
    rows = db.read(
        f"SELECT {key} FROM {table} WHERE {key} > ? AND dictionary <> ? AND data IS NOT NULL ORDER BY {key} LIMIT 200",
        (-1 if after is None else after, number),
    )
    return [row[0] for row in rows]


def _noted(db: Database, table: str, number: int, id: int) -> None:
    db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (f"recompressed-{table}-{number}", id))


def _raw_again(db: Database, id: int, number: int, compressor: zstandard.ZstdCompressor) -> None:
    """Written at the end of the table, where pages are filled up; shrunk in its place it would free nothing."""
    _noted(db, "raw", number, id)
    hash, size, dictionary, data = db.read("SELECT hash, size, dictionary, data FROM raw WHERE id = ?", (id,))[0]
    packed = compressor.compress(unpack(db, dictionary, data))
    if len(packed) >= len(data):
        return
    db.run("DELETE FROM raw WHERE id = ?", (id,))
    db.run("INSERT INTO raw (hash, size, dictionary, data) VALUES (?, ?, ?, ?)", (hash, size, number, packed))
    db.run("UPDATE message SET raw = ? WHERE raw = ?", (db.last_id(), id))


def _header_again(db: Database, message: int, number: int, compressor: zstandard.ZstdCompressor) -> None:
    _noted(db, "header", number, message)
    dictionary, data = db.read("SELECT dictionary, data FROM header WHERE message = ?", (message,))[0]
    packed = compressor.compress(unpack(db, dictionary, data))
    if len(packed) < len(data):
        db.run("UPDATE header SET dictionary = ?, data = ? WHERE message = ?", (number, packed, message))


def _sample(db: Database, mails: int) -> list[bytes]:
    """The beginnings of mails from all over the store; of headers while there are too few mails."""
    table, key = ("raw", "id") if mails >= ENOUGH else ("header", "message")
    first, last = db.read(f"SELECT min({key}), max({key}) FROM {table}")[0]
    found: dict[int, bytes] = {}
    for n in range(_SAMPLES if first is not None else 0):
        row = db.one(
            f"SELECT {key}, dictionary, data FROM {table} WHERE {key} >= ? AND data IS NOT NULL ORDER BY {key} LIMIT 1",
            (first + (last - first) * n // _SAMPLES,),
        )
        if row is not None and row[0] not in found:
            found[row[0]] = unpack(db, *row[1:])[:_SAMPLE]
    return list(found.values())


def _mails(db: Database) -> int:
    """About how many whole mails there are, from their highest id."""
    return int(db.value("SELECT max(id) FROM raw") or 0)


def _size(compressor: zstandard.ZstdCompressor, samples: list[bytes]) -> int:
    return sum(len(compressor.compress(sample)) for sample in samples)


def _of(db: Database) -> _Tools:
    found = _tools.get(db)
    if found is None:
        found = _tools[db] = _Tools()
    return found


def _compressor(db: Database, dictionary: int, level: int) -> zstandard.ZstdCompressor:
    known = _of(db).compressors
    found = known.get((dictionary, level))
    if found is None:
        data = _load(db, dictionary, level) if dictionary else None
        found = known[dictionary, level] = zstandard.ZstdCompressor(level=level, dict_data=data)
    return found


def _load(db: Database, dictionary: int, level: int = 0) -> zstandard.ZstdCompressionDict:
    data = db.value("SELECT data FROM dictionary WHERE id = ?", (dictionary,))
    if data is None:
        raise StoreError("store-unreadable", file=str(db.path), answer=f"dictionary {dictionary} is missing")
    return _prepared(bytes(data), level)


@lru_cache(maxsize=6)
def _prepared(data: bytes, level: int) -> zstandard.ZstdCompressionDict:
    """Shared by all connections of a process, made ready for a level of compression; 0: for reading."""
    made = zstandard.ZstdCompressionDict(data)
    if level:
        made.precompute_compress(level=level)
    return made
