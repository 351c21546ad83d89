"""Small list sources and mails for tests of the screen's parts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from core.flags import Flag, Mark
from core.store.lists import Key, Row

NOW = 1_760_000_000
"""A moment in October 2025 that the tests take for the present."""

PEOPLE = ("Ana Sousa", "João Nunes", "Banco Azul", "李小龍", "lists/linux-man", "Zoë Müller-Lüdenscheidt", "me")
SUBJECTS = (
    "Release on Friday?",
    "jantar sábado",
    "Your statement for October",
    "日本語の件名です、とても長いので切られます",
    "[PATCH 0/3] man/: fix the description of a thing that nobody had looked at for a very long time",
    "Fotos 🎉 da festa",
    "",
)


def row(number: int, **changes: object) -> Row:
    """The row of a number, the greater the newer; the same for the same number."""
    received = NOW - 3_000_000 + number * 3_000
    values: dict[str, object] = {
        "key": (received, number),
        "thread": number,
        "message": number,
        "folder": 1,
        "people": PEOPLE[number % len(PEOPLE)],
        "subject": SUBJECTS[number % len(SUBJECTS)],
        "received": received,
        "total": 1 if number % 3 else number % 5 + 1,
        "unread": int(number % 4 == 0),
        "flags": Flag(Flag.ANSWERED if number % 6 == 0 else Flag.FLAGGED if number % 7 == 0 else 0),
        "snippet": "The words with which it begins, and some more of them" if number % 5 else "",
        "marks": Mark((Mark.ATTACHMENT if number % 5 == 0 else 0) | (Mark.HIGH if number % 11 == 0 else 0)),
    }
    return Row(**{**values, **changes})  # type: ignore[arg-type]


class MadeList:
    """Rows in memory, behind the interface of the store's lists; counts how often it is asked."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = sorted(rows, key=lambda one: one.key)
        self.asked = 0

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Rows older than a key, newest first."""
        self.asked += 1
        end = len(self.rows) if before is None else bisect_left(self.rows, before, key=lambda one: one.key)
        return self.rows[max(end - limit, 0) : end][::-1]

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """The rows just newer than a key, newest first."""
        self.asked += 1
        start = bisect_left(self.rows, (after[0], after[1] + 1), key=lambda one: one.key)
        return self.rows[start : start + limit][::-1]

    def total(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def position(self, key: Key) -> int:
        """How many rows are newer than a key."""
        return len(self.rows) - bisect_left(self.rows, (key[0], key[1] + 1), key=lambda one: one.key)

    def key_of(self, message: int) -> Key | None:
        """The key of the row that shows a message; the number of a conversation is that of its first message."""
        return next((one.key for one in self.rows if message in (one.message, one.thread)), None)


class EndlessList:
    """A million rows that are made when they are asked for."""

    def __init__(self, length: int = 1_000_000) -> None:
        self.length = length
        self.made = 0

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Rows older than a key, newest first."""
        end = self.length if before is None else min(before[1], self.length)
        return self._rows(range(end - 1, max(end - limit, 0) - 1, -1))

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """The rows just newer than a key, newest first."""
        start = after[1] + 1 if after[0] >= 0 else 0
        return self._rows(range(min(start + limit, self.length) - 1, start - 1, -1))

    def total(self) -> int:
        """How many rows there are."""
        return self.length

    def position(self, key: Key) -> int:
        """How many rows are newer than a key."""
        return self.length - key[1] - 1

    def key_of(self, message: int) -> Key | None:
        """The key of the row that shows a message."""
        return row(message).key if message < self.length else None

    def _rows(self, numbers: range) -> list[Row]:
        rows = [row(number) for number in numbers]
        self.made += len(rows)
        return rows


def children(parent: Row) -> list[Row]:
    """The messages of a conversation."""
    below = {"total": 1, "thread": parent.thread}
    return [
        row(
            parent.message,
            message=parent.message * 100 + n,
            people=f"Child {n}",
            subject=f"Re: {n}",
            depth=n,
            branch=" " * (n - 1) + "L",
            **below,
        )
        for n in range(1, parent.total + 1)
    ]
