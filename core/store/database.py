"""The one SQLite file: opening it, short reads and writes, and what is settled at the end of each write.

A `Database` is one connection and belongs to one thread. WAL lets readers go on while somebody writes.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from core.errors import StoreError
from core.store import migrations
from core.store.reserve import Reserve
from core.store.settle import settle

Row = tuple[Any, ...]
BUSY_MS = 30_000
STATEMENTS = 400
"""Compiled statements that are kept: a search asks each shelf of the index with one of its own (core.store.shelves)."""
PAGES = 6000
"""Kilobytes of pages that a connection keeps in memory."""
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "afs", "9p", "fuse.sshfs", "ceph", "lustre")


class Database:
    """A connection to the store.

    Raises StoreError `store-network` on a network file system, `store-newer` for a file of a later Correio and
    `store-unreadable` for one that is damaged or not ours.
    """

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        self.after_commit: Callable[[], None] | None = None
        self.watched: Callable[[], bool] = lambda: True
        """Whether somebody may be there who waits for others' writes to end (core.store.turns)."""
        self.reserve = Reserve(path.parent)
        self._depth = 0
        self._spends = False
        self._spoken: list[tuple[str, Any]] = []
        self._seen = 0
        self._at_end: list[Callable[[], object]] = []
        self._afterwards: list[Callable[[Database], object]] = []
        self._in_afterwards = False
        self._free_id: dict[int, int] = {}
        try:
            _refuse_network(path)
            self._connection = _open_ready(path, readonly)
        except (apsw.FullError, apsw.IOError, apsw.CantOpenError) as error:
            full = self.reserve.disk_is_full()
            if readonly or not full or not self.reserve.give_up():
                raise StoreError("disk-full" if full else "store-unreadable", file=str(path), answer=str(error)) from error
            self._connection = _open_ready(path, readonly)
        except (apsw.Error, OSError) as error:
            raise StoreError("store-unreadable", file=str(path), answer=str(error)) from error

    def rest(self) -> None:
        """Give back the memory of pages that were read: nothing is asked for a while. They would be kept, `PAGES` of them."""
        self._connection.release_memory()

    def keep_pages(self, kilobytes: int) -> None:
        """Keep so much of what was read in memory, at most; PAGES where nothing is said."""
        self._connection.execute(f"PRAGMA cache_size=-{kilobytes}")

    # reading ----------------------------------------------------------------

    def read(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """All rows of a query: a complete page, so that no cursor outlives the call. What changes rows is for `run`."""
        try:
            return self._connection.execute(sql, params).fetchall()
        except apsw.Error as error:
            raise self._named(error) from error

    def one(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
        """The first row, or None."""
        rows = self.read(sql, params)
        return rows[0] if rows else None

    def value(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, params)
        return row[0] if row else None

    def version(self) -> int:
        """Changes whenever another connection has committed (PRAGMA data_version)."""
        return int(self.value("PRAGMA data_version"))

    # writing ----------------------------------------------------------------

    @property
    def writing(self) -> bool:
        """Whether a transaction is going on."""
        return self._depth > 0

    @contextlib.contextmanager
    def write(self, *, durable: bool = False, reserve: bool | None = None) -> Iterator[Database]:
        """One transaction; nested calls join the outer one. `durable` waits for the disk (synchronous=FULL).

        `reserve`: on a full disk the reserve file is given up for it; as `durable` where nothing is said. For what the
        user does and for what frees room, not for what can be fetched again. Raises StoreError `disk-full`.
        """
        if self._depth:
            yield self
            return
        with self._named_errors():
            self._connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        self._spends = durable if reserve is None else reserve
        self._seen = self.version() if self._spends else 0
        try:
            yield self
            with self._named_errors():
                settle(self)
                while self._at_end:
                    self._at_end.pop(0)()
                self._execute("COMMIT")
        except BaseException:
            self._free_id.clear()
            self._at_end.clear()
            self._afterwards.clear()
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0
            self._spoken.clear()
        if self.after_commit is not None:
            self.after_commit()
        self._do_afterwards()

    def _do_afterwards(self) -> None:
        if self._in_afterwards:
            return  # a write of one of them: the outer loop goes on with the others
        self._in_afterwards = True
        try:
            while self._afterwards:
                self._afterwards.pop(0)(self)
        finally:
            self._in_afterwards = False
            self._afterwards.clear()

    def run(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
        """Change rows inside `write`; the number of rows changed."""
        try:
            self._execute(sql, params)
            return self._connection.changes()
        except apsw.Error as error:
            raise self._named(error) from error

    def many(self, sql: str, rows: Iterable[Sequence[Any]], *, again: bool = True) -> None:
        """`run` for many rows of values. `again`: the statement will be needed again, so it stays compiled."""
        if self._spends:
            for row in rows:
                self.run(sql, row)
            return
        try:
            self._connection.executemany(sql, rows, can_cache=again)
        except apsw.Error as error:
            raise self._named(error) from error

    def at_end(self, call: Callable[[], object]) -> None:
        """Have this written as the last thing of the transaction. Inside `write`.

        For the search index: FTS5 gathers what it is given, but at every other statement that may have to be taken back
        (one that fires a trigger) it writes out a segment of its own, which costs more than all the rest of a mail.
        """
        self._at_end.append(call)

    def afterwards(self, call: Callable[[Database], object]) -> None:
        """Have this done, once, when the transaction is over and kept, before `write` ends. Inside `write`."""
        if call not in self._afterwards:
            self._afterwards.append(call)

    def _execute(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> None:
        try:
            self._connection.execute(sql, params)
        except (apsw.FullError, apsw.IOError) as error:
            full = isinstance(error, apsw.FullError) or self.reserve.disk_is_full()
            if not (full and self._spends and self.reserve.give_up() and self._once_more()):
                raise
            self._connection.execute(sql, params)
        if self._spends:
            self._spoken.append((sql, params))

    def _once_more(self) -> bool:
        """On a full disk SQLite has rolled the transaction back. With the reserve's room, all of it once more.

        False when another connection has written in between: then what was read before may no longer hold.
        """
        self._spends = False
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
            if self.version() != self._seen:
                return False
            for sql, params in self._spoken:
                self._connection.execute(sql, params)
        from core.store import notices

        notices.add(self, StoreError("disk-full", file=str(self.path), answer=""))
        return True

    def last_id(self) -> int:
        """The row id of the latest INSERT on this connection."""
        return self._connection.last_insert_rowid()

    def free_message_ids(self, times: Sequence[int]) -> list[int]:
        """Unused message ids near these times (seconds), ascending where they are: first free integer from minute x 256
        on. Inside `write`."""
        firsts = [max(time, 0) // 60 * 256 for time in times]
        latest: dict[int, int | None] = dict(
            self.read(
                "SELECT j.value, (SELECT max(id) FROM message WHERE id >= j.value AND id < j.value + 256) FROM json_each(?) j",
                (json_numbers(dict.fromkeys(firsts)),),
            )
        )
        given: set[int] = set()
        ids = []
        for first in firsts:
            last = latest[first]
            id = max(self._free_id.get(first, 0), first if last is None else last + 1)
            # Beyond the minute's own ids those of the next minutes stand.
            while id in given or (id >= first + 256 and self.value("SELECT 1 FROM message WHERE id = ?", (id,))):
                id += 1
            if len(self._free_id) > 4096:
                self._free_id.clear()
            self._free_id[first] = id + 1
            given.add(id)
            ids.append(id)
        return ids

    def free_message_id(self, received: int) -> int:
        """`free_message_ids` for one."""
        return self.free_message_ids([received])[0]

    def forget_tables(self) -> None:
        """Let go of what is in memory of each table, to be read anew when it is needed. Outside `write`."""
        with self._named_errors():
            self._connection.execute("PRAGMA writable_schema=RESET")

    # keeping ----------------------------------------------------------------

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file; for idle moments."""
        with self._named_errors():
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def reindex(self) -> None:
        """Make every index anew that SQLite keeps beside the tables; damage in one of them is gone then."""
        with self.write(reserve=True):
            self.run("REINDEX")

    def add_ranking(self, name: str, function: Callable[..., float]) -> None:
        """Make a function known that queries of the full-text index may call for each hit (FTS5's auxiliary functions)."""
        self._connection.register_fts5_function(name, function)

    def backup(self, target: Path) -> None:
        """Copy the whole store to a file, while others go on working. StoreError `disk-full` or `backup-failed`."""
        migrations.back_up(self._connection, target)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            raise self._named(error) from error

    def _named(self, error: apsw.Error) -> Exception:
        """The error as one that people can be told; another mistake of ours stays as it is."""
        id = ""
        if isinstance(error, apsw.FullError) or (isinstance(error, apsw.IOError) and self.reserve.disk_is_full()):
            id = "disk-full"
        elif isinstance(error, apsw.BusyError):
            id = "store-busy"
        elif isinstance(error, apsw.CorruptError | apsw.NotADBError | apsw.IOError | apsw.ReadOnlyError):
            id = "store-unreadable"
        return StoreError(id, file=str(self.path), answer=str(error)) if id else error


def json_numbers(values: Iterable[int]) -> str:
    """Integers as JSON for `json_each(?)`: the statement is the same for any number of them and stays compiled."""
    return f"[{','.join(map(str, values))}]"


def _open_ready(path: Path, readonly: bool) -> apsw.Connection:
    connection = _open(path, readonly)
    try:
        if readonly:
            migrations.refuse_newer(connection, path)
        elif migrations.migrate(connection, path):
            Reserve(path.parent).renew()
    except BaseException:
        connection.close()
        raise
    return connection


def _open(path: Path, readonly: bool) -> apsw.Connection:
    if not readonly and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    flags = apsw.SQLITE_OPEN_READONLY if readonly else apsw.SQLITE_OPEN_READWRITE
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=STATEMENTS)
    connection.set_busy_timeout(BUSY_MS)
    # Without it SQLite compiles statements anew at each new value of a column that a partial index names: 60 µs.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    if not readonly:
        if connection.pragma("user_version") == 0:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        _log_ahead(connection)
        connection.execute("PRAGMA journal_size_limit=16777216")
    connection.execute(f"PRAGMA cache_size=-{PAGES}")
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def _log_ahead(connection: apsw.Connection) -> None:
    """Have a write-ahead log. For a new file that another process is just making SQLite waits for nobody here: we do."""
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except apsw.BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _refuse_network(path: Path) -> None:
    """SQLite's locks cannot be trusted on network file systems; Linux tells the kind in /proc/mounts."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    place = str(path.absolute().parent.resolve())
    best, kind = "", ""
    for line in mounts.read_text(errors="replace").splitlines():
        fields = line.split(" ")
        point = fields[1].replace("\\040", " ")
        if len(point) > len(best) and (place == point or place.startswith(point.rstrip("/") + "/")):
            best, kind = point, fields[2]
    if kind.lower().startswith(NETWORK_FILE_SYSTEMS):
        raise StoreError("store-network", file=str(path), answer=kind)
