"""Lists of messages as the screen shows them: complete pages by keyset, newest first, whatever the size.

A source never loads a folder: it gives the rows older or newer than a key. The key is (received, id): the thread's id in
threaded lists, the message's in flat ones.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.flags import Flag, Mark
from core.store.database import Database

Key = tuple[int, int]
MOST_PEOPLE = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: a message, or a conversation shown by its newest message."""

    key: Key
    thread: int
    message: int
    folder: int
    people: str
    subject: str
    received: int
    total: int
    unread: int
    flags: Flag
    marks: Mark
    tags: tuple[str, ...] = ()
    size: int = 0
    depth: int = 0
    """Above 0 for the messages below an unfolded conversation."""


class ListSource(Protocol):
    """Where a list gets its rows."""

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Rows older than a key (None: from the newest), newest first."""

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """The `limit` rows just newer than a key, newest first."""

    def total(self) -> int:
        """How many rows there are, from maintained counts."""

    def position(self, key: Key) -> int:
        """About how many rows are newer than a key, for the scrollbar."""


class ThreadList:
    """The conversations of one or more folders (several: a unified list)."""

    def __init__(self, db: Database, folders: Sequence[int], *, unread_only: bool = False, sent: bool = False) -> None:
        self.db = db
        self.folders = tuple(folders)
        self.unread_only = unread_only
        self.sent = sent
        """Show recipients instead of senders."""

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Conversations older than a key, newest first."""
        return self._rows("<", before or (1 << 60, 0), "DESC", limit)

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """Conversations newer than a key, newest first."""
        return self._rows(">", after, "ASC", limit)[::-1]

    def total(self) -> int:
        """Conversations, all folders added up."""
        index = "folder_thread_unread" if self.unread_only else "folder_thread_list"
        return sum(
            int(
                self.db.value(
                    f"SELECT count(*) FROM folder_thread INDEXED BY {index} WHERE folder = ? {self._and}", (folder,)
                )
            )
            for folder in self.folders
        )

    def position(self, key: Key) -> int:
        """Conversations newer than a key."""
        return sum(
            int(
                self.db.value(
                    f"SELECT count(*) FROM folder_thread WHERE folder = ? AND (latest, thread) > (?, ?) {self._and}",
                    (folder, *key),
                )
            )
            for folder in self.folders
        )

    @property
    def _and(self) -> str:
        return "AND unread > 0" if self.unread_only else ""

    def _rows(self, sign: str, key: Key, way: str, limit: int) -> list[Row]:
        sql = (
            "SELECT latest, thread, folder, message, total, unread, flags, marks FROM folder_thread"
            f" WHERE folder = ? AND (latest, thread) {sign} (?, ?) {self._and}"
            f" ORDER BY latest {way}, thread {way} LIMIT ?"
        )
        pages = [self.db.read(sql, (folder, *key, limit)) for folder in self.folders]
        merged = heapq.merge(*pages, key=lambda row: row[:2], reverse=way == "DESC")
        found: list[Row] = []
        for latest, thread, folder, message, total, unread, flags, marks in merged:
            if found and found[-1].thread == thread:
                continue  # the same conversation in two Inboxes stands once
            people, subject, size, tags = self._about(thread, message, total)
            found.append(
                Row((latest, thread), thread, message, folder, people, subject, latest, total, unread, Flag(flags),
                    Mark(marks), tags, size)
            )  # fmt: skip
            if len(found) == limit:
                break
        return found

    def _about(self, thread: int, message: int, total: int) -> tuple[str, str, int, tuple[str, ...]]:
        name, address, recipients, subject, size = self.db.read(
            "SELECT name, address, recipients, subject, size FROM message WHERE id = ?", (message,)
        )[0]
        if self.sent:
            people = recipients
        elif total == 1:
            people = name or address
        else:
            people = _people(self.db, thread)
        return people, subject, size, _tags(self.db, message)


class MessageList:
    """The messages of one or more folders, flat."""

    def __init__(self, db: Database, folders: Sequence[int], *, unread_only: bool = False, sent: bool = False) -> None:
        self.db = db
        self.folders = tuple(folders)
        self.unread_only = unread_only
        self.sent = sent

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Messages older than a key, newest first."""
        return self._rows("<", before or (1 << 60, 0), "DESC", limit)

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """Messages newer than a key, newest first."""
        return self._rows(">", after, "ASC", limit)[::-1]

    def total(self) -> int:
        """Messages, from the folders' maintained counts."""
        column = "unread" if self.unread_only else "total"
        marks = ",".join("?" * len(self.folders))
        return int(self.db.value(f"SELECT sum({column}) FROM folder WHERE id IN ({marks})", self.folders) or 0)

    def position(self, key: Key) -> int:
        """Messages newer than a key."""
        sql = f"SELECT count(*) FROM placement p WHERE folder = ? AND (received, message) > (?, ?) AND hidden = 0 {self._and}"
        return sum(int(self.db.value(sql, (folder, *key))) for folder in self.folders)

    @property
    def _and(self) -> str:
        return "AND p.flags & 1 = 0" if self.unread_only else ""

    def _rows(self, sign: str, key: Key, way: str, limit: int) -> list[Row]:
        sql = (
            "SELECT p.received, p.message, p.folder, p.flags, p.thread, m.name, m.address, m.recipients, m.subject, m.size,"
            " m.marks FROM placement p JOIN message m ON m.id = p.message"
            f" WHERE p.folder = ? AND p.hidden = 0 AND (p.received, p.message) {sign} (?, ?) {self._and}"
            f" ORDER BY p.received {way}, p.message {way} LIMIT ?"
        )
        pages = [self.db.read(sql, (folder, *key, limit)) for folder in self.folders]
        merged = heapq.merge(*pages, key=lambda row: row[:2], reverse=way == "DESC")
        found: list[Row] = []
        for received, message, folder, flags, thread, name, address, recipients, subject, size, marks in merged:
            if found and found[-1].message == message:
                continue  # two copies of one message stand once
            people = recipients if self.sent else name or address
            found.append(
                Row((received, message), thread, message, folder, people, subject, received, 1, int(not flags & 1),
                    Flag(flags), Mark(marks), _tags(self.db, message), size)
            )  # fmt: skip
            if len(found) == limit:
                break
        return found


def rows_of(db: Database, messages: Sequence[int], depths: Sequence[int] | None = None) -> list[Row]:
    """Rows for given messages in the given order: search results, or the messages of an unfolded conversation."""
    found = []
    for n, id in enumerate(messages):
        row = db.one(
            "SELECT m.received, m.thread, m.name, m.address, m.subject, m.size, m.marks, p.folder, p.flags"
            " FROM message m JOIN placement p ON p.message = m.id AND p.hidden = 0 WHERE m.id = ?"
            " ORDER BY p.id LIMIT 1",
            (id,),
        )
        if row is None:
            continue
        received, thread, name, address, subject, size, marks, folder, flags = row
        found.append(
            Row((received, id), thread, id, folder, name or address, subject, received, 1, int(not flags & 1), Flag(flags),
                Mark(marks), _tags(db, id), size, depths[n] if depths else 0)
        )  # fmt: skip
    return found


def _people(db: Database, thread: int) -> str:
    """The writers of a conversation, oldest first, each once; the newest stays when there are many."""
    rows = db.read("SELECT name, address FROM message WHERE thread = ? ORDER BY received, id LIMIT 200", (thread,))
    names = list(dict.fromkeys(_short(name) or address.split("@")[0] for name, address in rows))
    if len(rows) > 1 and len(names) > MOST_PEOPLE:
        names = [names[0], "…", *names[-2:]]
    if len(names) == 1:
        return str(rows[-1][0] or rows[-1][1])
    return ", ".join(names)


def _short(name: str) -> str:
    """A given name where the whole name is longer than a word; lists and firms keep theirs."""
    words = name.split()
    if len(words) == 2 and words[0].isalpha() and not name.isupper():
        return words[0]
    return name


def _tags(db: Database, message: int) -> tuple[str, ...]:
    rows = db.read(
        "SELECT DISTINCT k.name FROM placement p CROSS JOIN keyword k ON k.placement = p.id"
        " WHERE p.message = ? AND p.hidden = 0 AND k.shown = 1 LIMIT 8",
        (message,),
    )
    return tuple(row[0] for row in rows)
