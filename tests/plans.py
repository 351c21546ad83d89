"""How SQLite carries out what was asked of a store: the statements, and which of them go through a whole large table.

SQLite plans a statement by what it knows of the tables, and it is told nothing: on an empty store as on one of a million mails.
"""

from __future__ import annotations

import re
from typing import Any

import apsw
import pytest

from core.store.database import Database

LARGE = frozenset(
    ("placement", "message", "raw", "block", "header", "folder_thread", "thread", "thread_key", "part", "keyword", "remote_id")
)  # fmt: skip
SMALL = frozenset(("placement_waiting", "placement_hidden", "placement_hider", "placement_maker", "message_unread"))
"""Indexes of the few rows that wait for something."""
_BOUNDED = re.compile(r"\(SELECT 1 FROM \w+ LIMIT \?\)")
"""Whether there are so many rows: no more are counted."""
_NAMED = re.compile(r"(?:FROM|JOIN|UPDATE|,)\s+(\w+)(?:\s+AS)?(?:\s+(?!WHERE|JOIN|CROSS|ON|SET|INDEXED|ORDER)(\w+))?")
"""A table, and what a statement calls it."""


class Statements:
    """Every statement of stores that are opened from now on, with values it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: dict[str, Any] = {}
        made = Database.__init__

        def traced(db: Database, *args: Any, **more: Any) -> None:
            made(db, *args, **more)
            self.watch(db)

        monkeypatch.setattr(Database, "__init__", traced)

    def watch(self, db: Database) -> None:
        """Note the statements of a store that is open already."""
        db._connection.exec_trace = self._note

    def _note(self, _cursor: object, sql: str, values: Any) -> bool:
        self.seen.setdefault(sql, values)
        return True

    def that_grow(self, db: Database) -> list[str]:
        """The statements that go through all rows of a large table."""
        db._connection.exec_trace = None
        return [sql for sql, values in self.seen.items() if not _BOUNDED.search(sql) and self._scanned(db, sql, values)]

    def _scanned(self, db: Database, sql: str, values: Any) -> bool:
        if sql.split(None, 1)[0].upper() not in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            return False
        try:
            plan = [str(row[3]) for row in db._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        except apsw.SQLError:
            return False  # of a table that was there for a while
        names = {called or table: table for table, called in _NAMED.findall(sql)} | {table: table for table in LARGE}
        scans = [line.split()[1] for line in plan if line.startswith("SCAN ") and line.split()[-1] not in SMALL]
        return any(names.get(one, one) in LARGE for one in scans)
