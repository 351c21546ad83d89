"""Lists of messages as the screen shows them: complete pages by keyset, whatever the size.

A source never loads a folder: it gives the rows after or before a key, the greatest key first. The key is (received, id):
the thread's id in threaded lists, the message's in flat ones; both negative where the oldest comes first. Other orders
are those of `core.store.sorting`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, Protocol

from msgspec import Struct

from core.flags import Flag, Mark
from core.store.database import Database, json_numbers
from core.store.placements import seen_from

Key = tuple[int, int]
NOBODY: Mapping[str, str] = {}
MOST_PEOPLE = 4
LEFT_OUT = "…"
"""Stands among the writers of a conversation for those who are not named."""
MOST_TAGS = 8
MOST_COUNTED = 200
"""Messages of a conversation that are looked at for its line."""
_MUTED = f"coalesce((SELECT {int(Mark.MUTED)} FROM muted u WHERE u.thread = {{}}), 0)"
MARKS = f"{{}} | {_MUTED} | coalesce((SELECT {int(Mark.COMMENT)} FROM comment c WHERE c.message = {{}}), 0)"
"""SQL: the marks of a message's row, from its columns of marks, conversation and row id."""
_THREAD_MARKS = (
    f"folder_thread.marks | {_MUTED.format('folder_thread.thread')} | (CASE WHEN EXISTS (SELECT 1 FROM comment) AND EXISTS"
    " (SELECT 1 FROM message m CROSS JOIN comment c ON c.message = m.id WHERE m.thread = folder_thread.thread)"
    f" THEN {int(Mark.COMMENT)} ELSE 0 END)"
)
"""SQL: the marks of a conversation's row."""


class Row(Struct, frozen=True):
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
    snippet: str = ""
    """The first words; of a conversation those of its newest message."""
    branch: str = ""
    """Its place among the messages below an unfolded conversation, as `core.thread_tree.Limb.branch`."""
    repeats: bool = False
    """Its subject says nothing that the conversation's does not."""


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

    def key_of(self, message: int) -> Key | None:
        """The key of the row that shows a message, or None."""


class Dated:
    """What the lists by date have in common; `oldest_first` turns them around."""

    def __init__(
        self,
        db: Database,
        folders: Sequence[int],
        *,
        unread_only: bool = False,
        sent: bool = False,
        oldest_first: bool = False,
        own: Mapping[str, str] = NOBODY,
    ) -> None:
        self.db = db
        self.folders = tuple(folders)
        self.own = own
        """One's own addresses (folded), and what they are called among the people of a conversation."""
        self.unread_only = unread_only
        self.sent = sent
        """Show recipients instead of senders."""
        self.oldest_first = oldest_first

    def page(self, before: Key | None, limit: int) -> list[Row]:
        """Rows after a key (None: from the first), in the order of the list."""
        key = before or (1 << 60, 0)
        return self._rows(">", self.turned(key), "ASC", limit) if self.oldest_first else self._rows("<", key, "DESC", limit)

    def page_newer(self, after: Key, limit: int) -> list[Row]:
        """The rows just before a key, in the order of the list."""
        if self.oldest_first:
            return self._rows("<", self.turned(after), "DESC", limit)[::-1]
        return self._rows(">", after, "ASC", limit)[::-1]

    def position(self, key: Key) -> int:
        """Rows before a key."""
        return self._count("<" if self.oldest_first else ">", self.turned(key))

    def turned(self, key: Key) -> Key:
        """A key of the list as (received, id), or the other way round."""
        return (-key[0], -key[1]) if self.oldest_first else key

    def _rows(self, sign: str, key: Key, way: str, limit: int) -> list[Row]:
        raise TypeError(type(self))

    def _count(self, sign: str, key: Key) -> int:
        raise TypeError(type(self))


MANY = 20_000
"""Conversations whose index is larger than what is worth keeping of it."""


class ThreadList(Dated):
    """The conversations of one or more folders (several: a unified list)."""

    _counted: tuple[object, int] | None = None
    """How many there were, and the state of the store then."""

    def total(self) -> int:
        """Conversations, all folders added up; counted anew only after some may have come, gone, or been joined or split."""
        if self.unread_only:
            return self._all("folder_thread_unread")
        state = self._state()
        if self._counted is None or self._counted[0] != state:
            self._counted = (state, self._all("folder_thread_list"))
            if self._counted[1] > MANY:
                self.db.rest()  # the whole index went through its memory
        return self._counted[1]

    def _state(self) -> object:
        """What is another one when there are other conversations, but not when mails are only read or flagged."""
        totals = self.db.read(
            "SELECT id, total FROM folder WHERE id IN (SELECT value FROM json_each(?))", (json_numbers(self.folders),)
        )
        newest = [self.db.value(f"SELECT max(id) FROM {table}") for table in ("message", "placement", "thread")]
        by_hand = [self.db.value(f"SELECT count(*) FROM {table}") for table in ("thread_cut", "thread_bond")]
        return totals, newest, by_hand

    def _all(self, index: str) -> int:
        return sum(
            int(self.db.value(f"SELECT count(*) FROM folder_thread INDEXED BY {index} WHERE folder = ? {self._and}", (folder,)))
            for folder in self.folders
        )

    def key_of(self, message: int) -> Key | None:
        """The key of the conversation of a message."""
        sql = (
            "SELECT t.latest, t.thread FROM folder_thread t JOIN message m ON m.thread = t.thread"
            f" WHERE m.id = ? AND t.folder = ? {self._and}"
        )
        found = [row for folder in self.folders if (row := self.db.one(sql, (message, folder))) is not None]
        return self.turned((int(max(found)[0]), int(max(found)[1]))) if found else None

    def _count(self, sign: str, key: Key) -> int:
        return sum(
            int(
                self.db.value(
                    f"SELECT count(*) FROM folder_thread WHERE folder = ? AND (latest, thread) {sign} (?, ?) {self._and}",
                    (folder, *key),
                )
            )
            for folder in self.folders
        )

    @property
    def _and(self) -> str:
        return "AND unread > 0" if self.unread_only else ""

    @property
    def _once(self) -> str:
        """A conversation in two Inboxes stands once, where its newest message is: whichever way and however far one reads."""
        if len(self.folders) < 2:
            return ""
        return (
            "AND NOT EXISTS (SELECT 1 FROM folder_thread o WHERE o.folder IN (SELECT value FROM json_each(:all))"
            " AND o.thread = folder_thread.thread"
            " AND (+o.latest, +o.folder) > (folder_thread.latest, folder_thread.folder)"
            f" {self._and.replace('unread', 'o.unread')})"
        )

    @property
    def _unread_of_all(self) -> str:
        """How many of a conversation are unread, in all the folders."""
        if len(self.folders) < 2:
            return "unread"
        return (
            "(SELECT sum(o.unread) FROM folder_thread o WHERE o.folder IN (SELECT value FROM json_each(:all))"
            " AND o.thread = folder_thread.thread)"
        )

    def _rows(self, sign: str, key: Key, way: str, limit: int) -> list[Row]:
        sql = (
            f"SELECT latest, thread, folder, message, total, {self._unread_of_all}, flags,"
            f" {_THREAD_MARKS}, coalesce(size, 2)"
            " FROM folder_thread LEFT JOIN thread ON thread.id = thread"
            f" WHERE folder = :folder AND (latest, thread) {sign} (:latest, :thread) {self._and} {self._once}"
            f" ORDER BY latest {way}, thread {way} LIMIT :limit"
        )
        words = {"latest": key[0], "thread": key[1], "limit": limit, "all": json_numbers(self.folders)}
        pages = [self.db.read(sql, {**words, "folder": folder}) for folder in self.folders]
        merged = heapq.merge(*pages, key=lambda row: row[:2], reverse=way == "DESC")
        chosen = [*islice(merged, limit)]
        about = self._about([row[3] for row in chosen])
        tags = tags_of(self.db, about)
        # Most conversations are of one message, or all in this folder.
        people = _people(self.db, [(row[2], row[1], max(row[4], 1), row[8]) for row in chosen if row[8] > 1], self.own)
        found: list[Row] = []
        for latest, thread, folder, message, _here, unread, flags, marks, _ever in chosen:
            name, subject, size, snippet = about[message]
            names, total = people.get(thread, ("", 1))
            shown = names if total > 1 and not self.sent else name
            found.append(
                Row(self.turned((latest, thread)), thread, message, folder, shown, subject, latest, total, unread,
                    Flag(flags), Mark(marks), tags.get(message, ()), size, snippet=snippet)
            )  # fmt: skip
        return found

    def _about(self, messages: Sequence[int]) -> dict[int, tuple[str, str, int, str]]:
        """Message → its sender, or its recipients where those are shown, its subject, its size, its first words."""
        rows = self.db.read(
            "SELECT id, name, address, recipients, subject, size, snippet FROM message"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json_numbers(messages),),
        )
        return {
            id: (recipients if self.sent else name or address, subject, size, snippet)
            for id, name, address, recipients, subject, size, snippet in rows
        }


class MessageList(Dated):
    """The messages of one or more folders, flat."""

    def total(self) -> int:
        """Messages, from the folders' maintained counts."""
        column = "unread" if self.unread_only else "total"
        marks = ",".join("?" * len(self.folders))
        return int(self.db.value(f"SELECT sum({column}) FROM folder WHERE id IN ({marks})", self.folders) or 0)

    def key_of(self, message: int) -> Key | None:
        """The key of a message, where it is shown."""
        for folder in self.folders:
            found = self.db.one(
                "SELECT received, message FROM placement p WHERE message = ? AND folder = ? AND hidden = 0 " + self._and,
                (message, folder),
            )
            if found is not None:
                return self.turned((int(found[0]), int(found[1])))
        return None

    def _count(self, sign: str, key: Key) -> int:
        sql = (
            f"SELECT count(*) FROM placement p WHERE folder = ? AND (received, message) {sign} (?, ?) AND hidden = 0 {self._and}"
        )
        return sum(int(self.db.value(sql, (folder, *key))) for folder in self.folders)

    @property
    def _and(self) -> str:
        return "AND p.flags & 1 = 0" if self.unread_only else ""

    def _rows(self, sign: str, key: Key, way: str, limit: int) -> list[Row]:
        sql = (
            f"SELECT p.received, p.message, {MESSAGE} FROM placement p JOIN message m ON m.id = p.message"
            f" WHERE p.folder = ? AND p.hidden = 0 AND (p.received, p.message) {sign} (?, ?) {self._and}"
            f" ORDER BY p.received {way}, p.message {way} LIMIT ?"
        )
        pages = [self.db.read(sql, (folder, *key, limit)) for folder in self.folders]
        merged = heapq.merge(*pages, key=lambda row: row[:2], reverse=way == "DESC")
        # Two copies of one message stand once.
        chosen = [next(same) for _message, same in islice(groupby(merged, key=lambda row: row[1]), limit)]
        tags = tags_of(self.db, [row[1] for row in chosen])
        return [message_row(self.turned(row[:2]), row[1], row[2:], self.sent, tags.get(row[1], ())) for row in chosen]


MESSAGE = (
    "p.folder, p.flags, p.thread, p.received, m.name, m.address, m.recipients, m.subject, m.size, m.snippet, "
    + MARKS.format("m.marks", "p.thread", "m.id")
)
"""What `message_row` needs of a placement `p` and its message `m`."""


def message_row(key: Key, message: int, fields: Sequence[Any], sent: bool, tags: tuple[str, ...]) -> Row:
    """The row of one message, from the columns MESSAGE."""
    folder, flags, thread, received, name, address, recipients, subject, size, snippet, marks = fields
    people = recipients if sent else name or address
    return Row(
        key, thread, message, folder, people, subject, received, 1, int(not flags & 1), Flag(flags), Mark(marks),
        tags, size, snippet=snippet,
    )  # fmt: skip


def rows_of(db: Database, messages: Sequence[int], folder: int = 0) -> list[Row]:
    """Rows for given messages in the given order: search results, or the messages of an unfolded conversation.

    Of a message in several folders the row is that of `folder`, or the first one.
    """
    found = []
    tags = tags_of(db, messages)
    for id in messages:
        row = db.one(
            "SELECT m.received, m.thread, m.name, m.address, m.subject, m.size, m.snippet,"
            f" {MARKS.format('m.marks', 'm.thread', 'm.id')}, p.folder, p.flags"
            " FROM message m JOIN placement p ON p.message = m.id AND p.hidden = 0 WHERE m.id = ?"
            " ORDER BY p.folder = ? DESC, p.id LIMIT 1",
            (id, folder),
        )
        if row is None:
            continue
        received, thread, name, address, subject, size, snippet, marks, home, flags = row
        found.append(
            Row((received, id), thread, id, home, name or address, subject, received, 1, int(not flags & 1), Flag(flags),
                Mark(marks), tags.get(id, ()), size, snippet=snippet)
        )  # fmt: skip
    return found


def _people(db: Database, threads: Sequence[tuple[int, int, int, int]], own: Mapping[str, str]) -> dict[int, tuple[str, int]]:
    """The writers of conversations, oldest first, each once, and how many messages there are.

    Args:
        threads: of each the folder from which it is seen, its id, how many messages it has at least and at most.
        own: own addresses, casefolded, with what stands for them.
    """
    found: dict[int, tuple[str, int]] = {}
    sql = (
        "SELECT m.thread, m.name, m.address FROM json_each(?1) j CROSS JOIN message m ON m.thread = j.value"
        f" WHERE {seen_from('m.id', '?2')} ORDER BY m.thread, m.received, m.id LIMIT ?3"
    )
    for folder in dict.fromkeys(folder for folder, _thread, _least, _most in threads):
        here = [one for one in threads if one[0] == folder]
        small = [one[1] for one in here if one[3] <= MOST_COUNTED]
        rows = db.read(sql, (json_numbers(small), folder, -1)) if small else []
        for thread in [one[1] for one in here if one[3] > MOST_COUNTED]:
            rows += db.read(sql, (json_numbers((thread,)), folder, MOST_COUNTED))
        writers = {thread: list(some) for thread, some in groupby(rows, key=lambda row: row[0])}
        for _folder, thread, least, _most in here:
            found[thread] = _names(writers.get(thread, ()), own), max(len(writers.get(thread, ())), least)
    return found


def _names(writers: Sequence[tuple[int, str, str]], own: Mapping[str, str]) -> str:
    named = [(name, who) for _thread, name, who in writers if name or who]
    names = list(dict.fromkeys(own.get(who.casefold()) or _short(name) or who.split("@")[0] for name, who in named))
    if len(names) > MOST_PEOPLE:
        names = [names[0], LEFT_OUT, *names[-2:]]
    if len(names) == 1:
        return names[0] if names[0] in own.values() else named[-1][0] or named[-1][1]
    return ", ".join(names)


def _short(name: str) -> str:
    """A given name where the whole name is longer than a word; lists and firms keep theirs."""
    words = name.split()
    if len(words) == 2 and words[0].isalpha() and not name.isupper():
        return words[0]
    return name


def tags_of(db: Database, messages: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Message → its tags, some of them where it has many; those that have none are left out."""
    rows = db.read(
        "SELECT p.message, k.name FROM json_each(?) j CROSS JOIN placement p ON p.message = j.value"
        " CROSS JOIN keyword k ON k.placement = p.id WHERE p.hidden = 0 AND k.shown = 1",
        (json_numbers(messages),),
    )
    found: dict[int, dict[str, None]] = {}
    for message, name in rows:
        found.setdefault(message, {})[name] = None
    return {message: tuple(names)[:MOST_TAGS] for message, names in found.items()}
