"""Rescue from a damaged file: what can still be read goes into a new one; what a server has is fetched again.

The damaged file is kept beside it. The search index is made anew, counts are recounted.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from core.errors import StoreError
from core.store import doctor, lost_rows, lost_schema
from core.store.database import Database

_DERIVED = ("unsettled", "folder_thread")
_BATCH = 200
_PATIENCE = 3000
"""Reads of one table that may fail: a damaged inner page makes most of a wide range of row ids unreadable."""
_HOPE = 300
"""Reads that may fail one after the other before a row is found: below a root that is lost there is none."""
_ALL = (1 << 62) - 1
_OPEN_BYTE = 128


@dataclass(slots=True)
class Rescued:
    """What was saved: rows by table, the tables of which something is missing, and where the damaged file lies."""

    aside: Path
    rows: dict[str, int] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)


def rescue(path: Path) -> Rescued:
    """Make a sound store of a damaged one, in its place.

    StoreError when there is no room, or `store-in-use`: what another process writes meanwhile would go with the old file.
    """
    if _in_use(path):
        raise StoreError("store-in-use", file=str(path), answer="")
    fresh = path.with_name("rescued.db")
    _unlink(fresh)
    found, made = Rescued(_aside(path)), False
    new = Database(fresh)
    try:
        with _opened(path, new, fresh) as old:
            lost = {table: _copy(old, new, table, found) for table in _tables(new)}
        lost_rows.complete(new, lost)
        with new.write(durable=True):
            # Placements whose mail was not saved must be met again: each folder is compared from the beginning.
            new.run("UPDATE folder SET modseq = NULL, synced = 0, doubtful = 0")
        doctor.repair(new, deep=True)
        made = True
    except apsw.Error as error:
        raise StoreError("store-unreadable", file=str(path), answer=str(error)) from error
    finally:
        new.close()
        if not made:
            _unlink(fresh)  # a full disk would stay so
    _exchange(path, fresh, found.aside)
    return found


@contextlib.contextmanager
def _opened(path: Path, new: Database, fresh: Path) -> Iterator[apsw.Connection]:
    """The damaged store; where its list of tables is damaged, a copy with one that is whole."""
    old = apsw.Connection(str(path))
    copy = path.with_name("rescued-from.db")
    try:
        old.set_busy_timeout(5000)
        with contextlib.suppress(apsw.Error):
            old.execute("PRAGMA writable_schema=ON")  # a part of the schema that makes no sense hides the rest no more
        if lost_schema.is_lost(path) and lost_schema.put_back(old, new, fresh, copy):
            old.close()
            old = apsw.Connection(str(copy))
        yield old
    finally:
        old.close()
        _unlink(copy)


def _exchange(path: Path, fresh: Path, aside: Path) -> None:
    """There is a store under its name at every moment: with none, the next start would make an empty one."""
    try:
        aside.hardlink_to(path)
    except OSError:  # a file system without links
        path.replace(aside)
    for part, kept in zip(_files(path)[1:], _files(aside)[1:], strict=True):
        with contextlib.suppress(FileNotFoundError):
            part.replace(kept)
    for part, place in zip(_files(fresh), _files(path), strict=True):
        with contextlib.suppress(FileNotFoundError):
            part.replace(place)


def _in_use(path: Path) -> bool:
    """Whether another process has the store open: each holds a lock on one byte beside it (unix_shm_dms in SQLite's os_unix.c).

    Not asked of SQLite, which may not want to open what is damaged.
    """
    try:
        with path.with_name(f"{path.name}-shm").open("r+b") as shared:
            fcntl.lockf(shared, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _OPEN_BYTE)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _files(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + end) for end in ("", "-wal", "-shm"))


def _unlink(path: Path) -> None:
    for part in _files(path):
        part.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (path.with_name(f"damaged-{stamp}{end}.db") for end in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


def _tables(new: Database) -> list[str]:
    """Every table of its own; not the index and what is derived from others."""
    rows = new.read(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    )
    return [name for (name,) in rows if name not in _DERIVED]


def _copy(old: apsw.Connection, new: Database, table: str, found: Rescued) -> list[int]:
    """Copy what can be read of a table; the row ids of what only its indexes know of."""
    wanted = [row[0] for row in new.read("SELECT name FROM pragma_table_info(?)", (table,))]
    try:
        there = {row[0] for row in old.execute("SELECT name FROM pragma_table_info(?)", (table,))}
    except apsw.Error:
        there = set(wanted)
    columns = [name for name in wanted if name in there]
    if not columns:
        found.damaged.append(table)
        return []
    rowid = not new.value("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,))
    keys = [row[0] for row in new.read("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,))]
    reader = _Reader(old, table, columns, rowid, keys)
    before = int(new.value(f"SELECT count(*) FROM {table}"))
    names = ", ".join((["rowid"] if rowid else []) + columns)
    marks = ", ".join("?" * (len(columns) + rowid))
    for batch in _batches(reader.rows()):
        with new.write(reserve=False):
            for row in batch:
                with contextlib.suppress(apsw.ConstraintError):  # nonsense in a row that could be read
                    new.run(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", row)
    lost_rows.put_together(old, new, table, reader.lost)
    found.rows[table] = int(new.value(f"SELECT count(*) FROM {table}")) - before
    if reader.failures:
        found.damaged.append(table)
    return reader.lost


class _Reader:
    """The rows of a table that can be read."""

    def __init__(self, old: apsw.Connection, table: str, columns: Sequence[str], rowid: bool, keys: Sequence[str]) -> None:
        self._old = old
        self._table = table
        self._names = ", ".join(columns)
        self._rowid = rowid
        self._keys = keys
        self.failures = 0
        self.lost: list[int] = []
        """Row ids that an index knows, of rows that cannot be read."""

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Each row, with its rowid before it where the table has one; some may come twice."""
        return self._by_ranges() if self._rowid else self._from_both_ends()

    def _by_ranges(self) -> Iterator[tuple[Any, ...]]:
        """Around what cannot be read: from both ends to the first and the last hole, then row by row where an index can be
        read; else a range that breaks off is halved, the widest ranges first."""
        low, high = -_ALL, _ALL
        for way in ("ASC", "DESC"):
            before = self.failures
            for row in self._range(low, high, way):
                low, high = (int(row[0]) + 1, high) if way == "ASC" else (low, int(row[0]) - 1)
                yield row
            if self.failures == before:
                return
        known = self._in_an_index(low, high)
        if known:
            for rowid in known:
                before = self.failures
                yield from self._range(rowid, rowid, "ASC")
                if self.failures > before:
                    self.lost.append(rowid)
            return
        ranges = [(low - high, low, high)]
        in_vain = 0
        while ranges and 0 < self.failures < _PATIENCE and in_vain < _HOPE:
            _, low, high = heapq.heappop(ranges)
            before, in_vain = self.failures, in_vain + 1
            for row in self._range(low, high, "ASC"):
                low, in_vain = int(row[0]) + 1, 0
                yield row
            if self.failures > before and low < high:
                middle = (low + high) // 2
                for first, end in ((low, middle), (middle + 1, high)):
                    heapq.heappush(ranges, (first - end, first, end))

    def _in_an_index(self, low: int, high: int) -> list[int]:
        """The rowids between, as a whole index of the table tells them; none where no index can be read."""
        with contextlib.suppress(apsw.Error):
            whole = "SELECT name FROM pragma_index_list(?) WHERE partial = 0"
            for (name,) in self._old.execute(whole, (self._table,)).fetchall():
                with contextlib.suppress(apsw.Error):
                    sql = f"SELECT rowid FROM {self._table} INDEXED BY {name} WHERE +rowid BETWEEN ? AND ?"
                    return sorted(int(row[0]) for row in self._old.execute(sql, (low, high)))
        return []

    def _range(self, low: int, high: int, way: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a range up to the first one that cannot be read, which counts as a failure."""
        names = f"rowid, {self._names}"
        sql = f"SELECT {names} FROM {self._table} NOT INDEXED WHERE rowid BETWEEN ? AND ? ORDER BY rowid {way}"
        try:
            yield from self._old.execute(sql, (low, high))
        except (apsw.NotADBError, apsw.SQLError):  # there is no such file, or no such table, at all
            self.failures += _PATIENCE
        except apsw.Error:
            self.failures += 1

    def _from_both_ends(self) -> Iterator[tuple[Any, ...]]:
        for way in ("ASC", "DESC"):
            before = self.failures
            order = ", ".join(f"{key} {way}" for key in self._keys)
            try:
                yield from self._old.execute(f"SELECT {self._names} FROM {self._table} ORDER BY {order}")
            except apsw.Error:
                self.failures += 1
            if self.failures == before:
                return


def _batches(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    yield batch
