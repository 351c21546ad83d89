"""Muted conversations: their new mail arrives read, so that no count rises for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core import operations
from core.flags import Flag
from core.operations import Place
from core.store.database import Database

_NEW = (
    "SELECT DISTINCT p.folder, p.message FROM muted u JOIN message m ON m.thread = u.thread"
    " JOIN placement p ON p.message = m.id WHERE p.id > u.upto AND p.hidden = 0 AND p.flags & 1 = 0"
)


def is_muted(db: Database, thread: int) -> bool:
    """Whether a conversation is muted."""
    return db.value("SELECT 1 FROM muted WHERE thread = ?", (thread,)) is not None


def mute(db: Database, places: Sequence[Place], on: bool) -> int:
    """Mute the conversations of messages, or let them be heard again; how many. What is there of them is marked read."""
    with db.write(durable=True):
        threads = _threads(db, (message for _folder, message in places))
        for thread in threads:
            if on:
                db.run(
                    "INSERT OR IGNORE INTO muted (thread, upto) SELECT ?, coalesce(max(id), 0) FROM placement", (thread,)
                )
            else:
                db.run("DELETE FROM muted WHERE thread = ?", (thread,))
        if on:
            operations.set_flag(db, _unread(db, threads, 0), Flag.SEEN, True)
    return len(threads)


def quieten(db: Database) -> int:
    """Mark read what has come into muted conversations since the last call; how many messages."""
    if not db.read(f"{_NEW} LIMIT 1"):
        return 0
    with db.write(durable=True):
        rows = db.read(_NEW)  # again: another account's mail may have come before the store was ours
        operations.set_flag(db, rows, Flag.SEEN, True, actor="mute")
        db.run("UPDATE muted SET upto = (SELECT max(id) FROM placement)")
    return len(rows)


def _threads(db: Database, messages: Iterable[int]) -> list[int]:
    found = (db.value("SELECT thread FROM message WHERE id = ?", (message,)) for message in messages)
    return list(dict.fromkeys(int(thread) for thread in found if thread is not None))


def _unread(db: Database, threads: Iterable[int], after: int) -> list[Place]:
    return [
        (row[0], row[1])
        for thread in threads
        for row in db.read(
            "SELECT p.folder, p.message FROM message m JOIN placement p ON p.message = m.id"
            " WHERE m.thread = ? AND p.id > ? AND p.hidden = 0 AND p.flags & 1 = 0",
            (thread, after),
        )
    ]
