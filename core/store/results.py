"""What a search found, as a list for the screen: loaded on demand by date, or the newest hits in another order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from core.query.tree import Query
from core.store import search
from core.store.database import Database
from core.store.lists import Key, Row, rows_of
from core.store.sorting import Order, in_order

PAGE = 200
MOST_COUNTED = 2_000
"""Hits that are counted before the end was seen: enough for a scroll bar, and quick enough for each letter typed."""
_LAST_PLACE = 1 << 40
Names = Mapping[str, Sequence[str]]
"""Account id → its other names (name, address), for `account:` and `in:account/path`."""


class ResultList:
    """A `core.store.lists.ListSource` over a query; `folders` keeps it within some folders (row ids)."""

    def __init__(
        self,
        db: Database,
        query: Query,
        folders: Iterable[int] | None = None,
        accounts: Names | None = None,
        order: Order = Order(),
        extra: Iterable[int] = (),
    ) -> None:
        self._db = db
        self._query = query
        self._where = search.context(db, accounts)
        self._folders = None if folders is None else tuple(folders)
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._complete = False
        self._last: int | None = None
        """The oldest hit found here so far."""
        self._order = order
        self._extra = sorted(extra)
        """Hits that servers know of besides (row ids), those not in the list yet; the newest last."""
        self._ranked = order != Order()
        """Whether keys are places in the list instead of ids."""
        self._paged = order.by == "date"
        """Whether it is read page by page; other orders need all of what they put in order."""
        self._counted_all = True
        self._whole = True
        """Whether other orders than the newest first hold every hit."""

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Hits older than a key, newest first."""
        start = 0 if before is None else self._index_after(before)
        self._load(start + limit)
        return self._rows(start, start + limit)

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """Hits newer than a key, newest first."""
        if after[0] < 0 and after[1] not in self._places:
            self._load_all()
        if self._ranked:
            end = len(self._ids) if after[0] < 0 else self._ranked_place(after, 1)
            return self._rows(max(0, end - limit), end)
        end = self._places.get(after[1], len(self._ids))
        return self._rows(max(0, end - limit), end)

    def key_of(self, message: int) -> Key | None:
        """The key of a hit, as far as the list has been read."""
        if message not in self._places:
            return None
        found = rows_of(self._db, [message])
        return self._keyed(found[0]).key if found else None

    def _rows(self, start: int, end: int) -> list[Row]:
        return [self._keyed(row) for row in rows_of(self._db, self._ids[start:end])]

    def _keyed(self, row: Row) -> Row:
        # By id, as the list is: the times of mails that came within a minute need not rise with it.
        first = _LAST_PLACE - self._places[row.message] if self._ranked else row.message
        return replace(row, key=(first, row.message))

    def total(self) -> int:
        """Hits, as far as they are known without reading them all: exact once the end was seen."""
        if not self._complete:
            self._load(PAGE)
        if self._complete:
            self._counted_all = True
            return len(self._ids)
        counted, self._counted_all = search.about(self._db, self._query, MOST_COUNTED, folders=self._folders, where=self._where)
        return max(len(self._ids), counted + len(self._extra))

    @property
    def more(self) -> bool:
        """Whether there are more hits than `total` said, or than are shown in this order."""
        return not self._counted_all

    @property
    def cut(self) -> bool:
        """Whether only the newest hits are shown, in this order."""
        return self._complete and not self._paged and not self._whole

    def position(self, key: Key) -> int:
        """Hits newer than a key; a key need not be one of a hit."""
        if key[0] >= 1 << 60:
            return 0
        if key[0] <= -(1 << 60):
            return self.total()
        if self._ranked:
            return self._ranked_place(key, 1)
        if key[1] in self._places:
            return self._places[key[1]]
        return sum(id > key[1] for id in self._ids)

    def _index_after(self, key: Key) -> int:
        """Where the hits older than a key begin. A mail that has gone since leaves its place behind."""
        if self._ranked:
            return 0 if key[0] >= 1 << 60 else self._ranked_place(key, 0)
        while key[1] not in self._places and not self._complete and (not self._ids or self._ids[-1] > key[1]):
            self._load(len(self._ids) + PAGE)
        if key[1] in self._places:
            return self._places[key[1]] + 1
        if key[0] >= 1 << 60:
            return 0
        return next((n for n, id in enumerate(self._ids) if id < key[1]), len(self._ids))

    def _ranked_place(self, key: Key, more: int) -> int:
        """Hits before a key, which may lie just beside that of a hit; with `more` 0 the hit itself counts too."""
        place = max(_LAST_PLACE - key[0], 0)
        self._load(place + 1)
        if place >= len(self._ids):
            return len(self._ids)
        return place + (key[1] + more <= self._ids[place])

    def _load(self, count: int) -> None:
        while not self._complete and len(self._ids) < count:
            if not self._paged:
                self._keep(self._in_order())
                self._complete = True
                return
            by: search.Sort = "oldest" if self._ranked else "date"
            found = search.find(
                self._db, self._query, before=self._last, limit=PAGE, sort=by, folders=self._folders, where=self._where
            )
            self._complete = len(found) < PAGE
            self._last = found[-1] if found else self._last
            self._keep(self._with_extra(found))

    def _with_extra(self, found: Sequence[int]) -> list[int]:
        """A page of hits with those of the servers that belong between them."""
        last = None if self._complete else found[-1]
        more = [id for id in self._extra if last is None or (id <= last if self._ranked else id >= last)]
        self._extra = [id for id in self._extra if id not in set(more)]
        return sorted({*found, *more}, reverse=not self._ranked) if more else list(found)

    def _keep(self, found: Iterable[int]) -> None:
        for id in found:
            if id in self._places:
                continue
            self._places[id] = len(self._ids)
            self._ids.append(id)

    def _in_order(self) -> list[int]:
        """The newest hits in another order than the newest first."""
        if self._order.by == "relevance":
            found, self._whole = search.best(self._db, self._query, folders=self._folders, where=self._where)
        else:
            found = search.find(
                self._db, self._query, limit=search.RANKED, folders=self._folders, where=self._where
            )  # fmt: skip
            self._whole = len(found) < search.RANKED
        found += [id for id in reversed(self._extra) if id not in set(found)]
        if self._order.by == "relevance":
            return found[::-1] if self._order.reverse else found
        return in_order(self._db, found, self._order)

    def _load_all(self) -> None:
        while not self._complete:
            self._load(len(self._ids) + 10_000)
