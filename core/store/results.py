"""What a search found, as a list for the screen: loaded on demand, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.query.tree import Query
from core.store import search
from core.store.database import Database
from core.store.lists import Key, Row, rows_of

PAGE = 200
MOST_COUNTED = 10_000
"""Hits that are counted before the end was seen: enough for a scroll bar."""
Names = Mapping[str, Sequence[str]]
"""Account id → its other names (name, address), for `account:` and `in:account/path`."""


class ResultList:
    """A `core.store.lists.ListSource` over a query; `folders` keeps it within some folders (row ids)."""

    def __init__(
        self, db: Database, query: Query, folders: Iterable[int] | None = None, accounts: Names | None = None
    ) -> None:
        self._db = db
        self._query = query
        self._where = search.context(db, accounts)
        self._folders = None if folders is None else tuple(folders)
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._complete = False

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Hits older than a key, newest first."""
        start = 0 if before is None else self._index_after(before)
        self._load(start + limit)
        return rows_of(self._db, self._ids[start : start + limit])

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """Hits newer than a key, newest first."""
        if after[1] not in self._places and after[0] < 0:
            self._load_all()
        end = self._places.get(after[1], len(self._ids))
        return rows_of(self._db, self._ids[max(0, end - limit) : end])

    def total(self) -> int:
        """Hits, as far as they are known without reading them all: exact once the end was seen."""
        if not self._complete:
            self._load(PAGE)
        if self._complete:
            return len(self._ids)
        return max(len(self._ids), self._counted())

    def _counted(self) -> int:
        return search.count(self._db, self._query, most=MOST_COUNTED, folders=self._folders, where=self._where)

    def position(self, key: Key) -> int:
        """Hits newer than a key; a key need not be one of a hit."""
        if key[1] in self._places:
            return self._places[key[1]]
        if key[0] >= 1 << 60:
            return 0
        if key[0] <= -(1 << 60):
            return self.total()
        return sum(id > key[1] for id in self._ids)

    def _index_after(self, key: Key) -> int:
        """Where the hits older than a key begin. A mail that has gone since leaves its place behind."""
        while key[1] not in self._places and not self._complete and (not self._ids or self._ids[-1] > key[1]):
            self._load(len(self._ids) + PAGE)
        if key[1] in self._places:
            return self._places[key[1]] + 1
        if key[0] >= 1 << 60:
            return 0
        return next((n for n, id in enumerate(self._ids) if id < key[1]), len(self._ids))

    def _load(self, count: int) -> None:
        while not self._complete and len(self._ids) < count:
            before = self._ids[-1] if self._ids else None
            found = search.find(self._db, self._query, before=before, limit=PAGE, folders=self._folders, where=self._where)
            for id in found:
                self._places[id] = len(self._ids)
                self._ids.append(id)
            self._complete = len(found) < PAGE

    def _load_all(self) -> None:
        while not self._complete:
            self._load(len(self._ids) + 10_000)
