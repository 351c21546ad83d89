"""Lists in other orders than by date: by sender, subject or size, as single messages, without reading a folder into memory.

A folder of some thousand messages is sorted by SQLite for each page, which keeps no more than the page; one that holds much
of all mail is read along an index of all mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from core.store.database import Database
from core.store.lists import MESSAGE, NOBODY, Key, ListSource, MessageList, Row, ThreadList, message_row

By = Literal["date", "sender", "subject", "size", "relevance"]
ORDERS: tuple[By, ...] = ("date", "sender", "subject", "size")
"""Of a folder; what a search found can be in the order of relevance too."""
SORTED_AT_ONCE = 20_000
"""Messages that are sorted for a page; more are read along an index where they are no small part of all mail."""
_SHARE = 8
_COLUMNS = {"sender": "writer", "subject": "topic", "size": "size"}
_WIDTH = 168
"""Bytes of the longest text in a column of these: a key is a number of so many bytes."""
_TOP = 1 << (8 * _WIDTH + 1)

Value = str | int


class Order(Struct, frozen=True):
    """In what order a list is, and whether turned around: by date the newest first, names and subjects from A to Z, the
    largest and the most relevant first."""

    by: By = "date"
    reverse: bool = False

    @property
    def rising(self) -> bool:
        """Whether the smallest value (oldest, A, smallest) comes first."""
        return (self.by in ("sender", "subject")) != self.reverse


def sorted_list(
    db: Database,
    folders: Sequence[int],
    order: Order,
    *,
    threads: bool = True,
    unread_only: bool = False,
    sent: bool = False,
    own: Mapping[str, str] = NOBODY,
) -> ListSource:
    """The list of some folders in an order; conversations only by date. `own`: as `core.store.lists.Dated`."""
    if order.by in _COLUMNS:
        return SortedList(db, folders, order, unread_only=unread_only, sent=sent)
    kind = ThreadList if threads else MessageList
    return kind(db, folders, unread_only=unread_only, sent=sent, oldest_first=order.rising, own=own)


def in_order(db: Database, messages: Sequence[int], order: Order) -> list[int]:
    """Some messages in an order (not by relevance); those with the same value by age."""
    column = _COLUMNS.get(order.by, "id")
    way = "ASC" if order.rising else "DESC"
    sql = f"SELECT m.id FROM json_each(?) j CROSS JOIN message m ON m.id = j.value ORDER BY m.{column} {way}, m.id {way}"
    return [id for (id,) in db.read(sql, (f"[{','.join(map(str, messages))}]",))]


class SortedList:
    """The messages of one or more folders by sender, subject or size; those with the same value by age."""

    def __init__(
        self, db: Database, folders: Sequence[int], order: Order, *, unread_only: bool = False, sent: bool = False
    ) -> None:
        self.db = db
        self.folders = tuple(folders)
        self.order = order
        self.unread_only = unread_only
        self.sent = sent
        self._column = _COLUMNS[order.by]
        self._in = f"p.folder IN ({','.join(map(str, self.folders)) or 'NULL'})"

    # ------------------------------------------------------------------ the source

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Rows after a key, in the order of the list."""
        return self._rows(None if before is None else self._place(before), self.order.rising, limit)

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """The rows just before a key, in the order of the list."""
        return self._rows(self._place(after), not self.order.rising, limit)[::-1]

    def total(self) -> int:
        """Messages, from the folders' maintained counts."""
        column = "unread" if self.unread_only else "total"
        return int(self.db.value(f"SELECT sum({column}) FROM folder p WHERE {self._in.replace('p.folder', 'p.id')}") or 0)

    def position(self, key: Key) -> int:
        """Rows before a key; about so many in a large folder."""
        place = self._place(key)
        sign = "<" if self.order.rising else ">"
        if place is None:
            return self.total() if key[0] < 0 else 0
        if self._walks():
            here = int(self.db.value(f"SELECT count(*) FROM message m WHERE ({self._column}, id) {sign} (?, ?)", place))
            return here * self.total() // max(self._all(), 1)
        sql = f"SELECT count(DISTINCT m.id) FROM {self._source()} AND (m.{self._column}, m.id) {sign} (?, ?)"
        return int(self.db.value(sql, place))

    def key_of(self, message: int) -> Key | None:
        """The key of a message, where it is shown."""
        found = self.db.one(
            f"SELECT m.{self._column} FROM placement p JOIN message m ON m.id = p.message"
            f" WHERE p.message = ? AND p.hidden = 0 AND {self._in} {self._and}",
            (message,),
        )
        return None if found is None else self._key(found[0], message)

    # ------------------------------------------------------------------ keys

    def _key(self, value: Value, id: int) -> Key:
        number = value if isinstance(value, int) else int.from_bytes(value.encode()[:_WIDTH].ljust(_WIDTH, b"\0"), "big")
        return (_TOP - number, -id) if self.order.rising else (number, id)

    def _place(self, key: Key) -> tuple[Value, int] | None:
        """The value and the id that a key was made of; None for a key that lies before or behind all."""
        number, id = (_TOP - key[0], -key[1]) if self.order.rising else key
        if number < 0 or number >= _TOP or key[0] < 0:
            return None
        if self.order.by == "size":
            return number, id
        return number.to_bytes(_WIDTH + 1, "big")[1:].rstrip(b"\0").decode("utf-8", "ignore"), id

    # ------------------------------------------------------------------ rows

    def _rows(self, place: tuple[Value, int] | None, rising: bool, limit: int) -> list[Row]:
        found: list[Row] = []
        way, sign = ("ASC", ">") if rising else ("DESC", "<")
        column = f"m.{self._column}"
        sql = f"SELECT {column}, m.id, {MESSAGE} FROM {self._source()} {{}} ORDER BY {column} {way}, m.id {way} LIMIT ?"
        if place is None:
            self._take(found, self.db.read(sql.format(""), (2 * limit,)), limit)
            return found
        value, id = place
        self._take(found, self.db.read(sql.format(f"AND {column} = ? AND m.id {sign} ?"), (value, id, 2 * limit)), limit)
        if len(found) < limit:
            self._take(found, self.db.read(sql.format(f"AND {column} {sign} ?"), (value, 2 * limit)), limit)
        return found

    def _take(self, found: list[Row], rows: Sequence[tuple[Any, ...]], limit: int) -> None:
        """Rows into the list, a message in two folders once."""
        for value, id, *fields in rows:
            if len(found) == limit:
                return
            if not found or found[-1].message != id:
                found.append(message_row(self.db, self._key(value, id), id, fields, self.sent))

    def _source(self) -> str:
        if self._walks():
            index = f"message m INDEXED BY message_{self._column}"
            return f"{index} CROSS JOIN placement p ON p.message = m.id WHERE p.hidden = 0 AND +{self._in} {self._and}"
        if self.unread_only:
            threads = f"(SELECT folder, thread FROM folder_thread p WHERE unread > 0 AND {self._in}) t"
            return (
                f"{threads} CROSS JOIN placement p ON p.folder = t.folder AND p.thread = t.thread"
                f" CROSS JOIN message m ON m.id = p.message WHERE p.hidden = 0 {self._and}"
            )
        return f"placement p CROSS JOIN message m ON m.id = p.message WHERE p.hidden = 0 AND {self._in}"

    @property
    def _and(self) -> str:
        return "AND p.flags & 1 = 0" if self.unread_only else ""

    def _walks(self) -> bool:
        total = self.total()
        return total > SORTED_AT_ONCE and total * _SHARE > self._all()

    def _all(self) -> int:
        return int(self.db.value("SELECT sum(total) FROM folder") or 0)
