"""Compression of mail: zstandard with a dictionary that is trained on the mail that is here.

Mails are small and alike (header names, hosts, signatures, quotes), so that a dictionary saves a quarter to a third of what
stands alone and a tenth of a block (`core.store.blocks`). It is trained once there are enough mails, and once more when
there are far more of another kind. Every row names its dictionary, and dictionaries are never dropped: what was written
with an older one stays readable.
"""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import zstandard

from core.errors import StoreError
from core.parcel import Packer
from core.store import pieces
from core.store.database import Database

LEVEL = 1
"""For what comes: where nobody waits, blocks are written again with more care (core.store.repacking)."""
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
_SAMPLES = 600
_SAMPLED_BLOCKS = 60
_SAMPLE = 8 * 1024
_TRIED = 150
_GAIN = 0.97
# Left out, zstd tries some forty settings, which takes five times as long and saves a thousandth.
_TRAINING = {"k": 1000, "d": 8, "f": 18, "accel": 1}
_FIRST_ID = 40_000  # zstd reserves the ids below 32,768


@dataclass(slots=True)
class _Tools:
    """Compressors of one connection: they belong to its thread."""

    newest: int = 0
    uses: int = 0
    next_try: int = 0
    data: dict[int, bytes] = field(default_factory=dict)
    compressors: dict[tuple[int, int], zstandard.ZstdCompressor] = field(default_factory=dict)
    """By dictionary and level."""
    expanders: dict[int, zstandard.ZstdDecompressor] = field(default_factory=dict)


_tools: weakref.WeakKeyDictionary[Database, _Tools] = weakref.WeakKeyDictionary()


def packer(db: Database) -> Packer:
    """What compresses mails on their way into the store, with the newest dictionary."""
    tools = _of(db)
    tools.newest = newest(db)
    made = _data(db, tools.newest) if tools.newest else b""
    return Packer(tools.newest, compressor(db, tools.newest, LEVEL), pieces.LARGE, made, LEVEL)


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
    return tools.newest, compressor(db, tools.newest, LEVEL).compress(data)


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
    if better > _GAIN * _size(compressor(db, number - 1, LEVEL), tried):
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


def _sample(db: Database, mails: int) -> list[bytes]:
    """The beginnings of mails from all over the store; of headers while there are too few mails."""
    if mails < ENOUGH:
        return [unpack(db, *row)[:_SAMPLE] for row in _spread(db, "header", "message", _SAMPLES)]
    found = [unpack(db, *row)[:_SAMPLE] for row in _spread(db, "raw", "id", _SAMPLES)]
    for dictionary, data, id in _spread(db, "block", "id", _SAMPLED_BLOCKS):
        whole = unpack(db, dictionary, data)
        for at, size in db.read("SELECT at, size FROM raw WHERE block = ? ORDER BY at", (id,)):
            found.append(whole[at : at + min(size, _SAMPLE)])
    # Neither only what came in blocks nor only what came alone.
    step = -(-len(found) // _SAMPLES) or 1
    return found[::step]


def _spread(db: Database, table: str, key: str, most: int) -> list[tuple[Any, ...]]:
    """Some (dictionary, data) from all over a table; of blocks with their row ids."""
    first, last = db.read(f"SELECT min({key}), max({key}) FROM {table}")[0]
    also = f", {key}" if table == "block" else ""
    # The condition of the index raw_loose: else each look goes over all that are in blocks.
    loose = " AND block IS NULL AND size <= 65536" if table == "raw" else ""
    found: dict[int, tuple[Any, ...]] = {}
    for n in range(most if first is not None else 0):
        row = db.one(
            f"SELECT {key}, dictionary, data{also} FROM {table} WHERE {key} >= ? AND data IS NOT NULL{loose}"
            f" ORDER BY {key} LIMIT 1",
            (first + (last - first) * n // most,),
        )
        if row is not None:
            found.setdefault(row[0], row[1:])
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


def compressor(db: Database, dictionary: int, level: int) -> zstandard.ZstdCompressor:
    """One of this connection, with a dictionary (0: none)."""
    known = _of(db).compressors
    found = known.get((dictionary, level))
    if found is None:
        data = _load(db, dictionary, level) if dictionary else None
        found = known[dictionary, level] = zstandard.ZstdCompressor(level=level, dict_data=data)
    return found


def _load(db: Database, dictionary: int, level: int = 0) -> zstandard.ZstdCompressionDict:
    return _prepared(_data(db, dictionary), level)


def _data(db: Database, dictionary: int) -> bytes:
    known = _of(db).data
    if dictionary not in known:
        data = db.value("SELECT data FROM dictionary WHERE id = ?", (dictionary,))
        if data is None:
            raise StoreError("store-unreadable", file=str(db.path), answer=f"dictionary {dictionary} is missing")
        known.clear()  # the newest is asked for again and again
        known[dictionary] = bytes(data)
    return known[dictionary]


@lru_cache(maxsize=6)
def _prepared(data: bytes, level: int) -> zstandard.ZstdCompressionDict:
    """Shared by all connections of a process, made ready for a level of compression; 0: for reading."""
    made = zstandard.ZstdCompressionDict(data)
    if level:
        made.precompute_compress(level=level)
    return made
