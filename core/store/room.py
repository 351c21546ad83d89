"""Giving room on the disk back: messages that no folder shows any more, and pages of the file that are empty."""

from __future__ import annotations

import time
from collections.abc import Iterator

from core.store import bodies, journal, shelves
from core.store.database import Database, json_numbers

TURN = 0.008
"""Seconds that a turn of writing may take."""
SPARE = 500
"""Empty pages that stay in the file for what comes next: moving pages to its end and back costs writes."""
_STEP = 16


def sweep(db: Database, orphaned_before: int, seconds: float = TURN) -> int:
    """One short turn of freeing messages that no folder has shown since before that time; how many went.

    Until then `undo` can put the bytes of what was deleted for good back. What another account has yet to get stays.
    """
    end = time.monotonic() + seconds
    gone = 0
    with db.write(reserve=True):
        late = bool(db.value("SELECT 1 FROM message WHERE orphaned < ? LIMIT 1", (orphaned_before,)))
        for id, raw, thread in db.read(
            "SELECT id, raw, thread FROM message WHERE orphaned < ? AND id NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY orphaned LIMIT 200",
            (orphaned_before, json_numbers(journal.wanted_elsewhere(db) if late else ())),
        ):
            drop_message(db, id, raw, thread)
            gone += 1
            if time.monotonic() > end:
                break
    if gone:
        give_back(db, seconds)
    return gone


def drop_message(db: Database, id: int, raw: int | None, thread: int) -> None:
    """Everything that is kept of a message that has no placement. Inside `db.write`."""
    shelves.take(db, (id,))
    for sql in (
        "DELETE FROM header WHERE message = ?",
        "DELETE FROM part WHERE message = ?",
        "DELETE FROM lone_reply WHERE (account, topic, received, message) ="
        " (SELECT account, topic, received, id FROM message WHERE id = ?)",
        "DELETE FROM message WHERE id = ?",
    ):
        db.run(sql, (id,))
    bodies.release(db, raw)
    # What it said about others (References) says nothing once nobody of the thread is left.
    if db.run("DELETE FROM thread WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM message WHERE thread = ?1)", (thread,)):
        db.run("DELETE FROM thread_key WHERE thread = ?", (thread,))


def give_back(db: Database, seconds: float = TURN, spare: int = SPARE) -> int:
    """One short turn of cutting empty pages off the file; how many went, 0 when there are no more than `spare`."""
    end = time.monotonic() + seconds
    empty = int(db.value("PRAGMA freelist_count"))
    if empty <= spare:
        return 0
    with db.write(reserve=True):
        first = empty
        while empty > spare and time.monotonic() < end:
            db.read(f"PRAGMA incremental_vacuum({min(_STEP, empty - spare)})")  # a row for each page: all must be read
            left = int(db.value("PRAGMA freelist_count"))
            if left == empty:
                break
            empty = left
    return first - empty


def merge_index(db: Database, pages: int = 16) -> Iterator[None]:
    """Write the search index together in short turns, one for each time that the iterator is asked: what was deleted frees its
    room, and a shelf that takes no new mail becomes one segment, which is searched in two thirds of the time."""
    names = shelves.names(db)
    for name in names:
        whole = name != names[-1] and shelves.scattered(db, name)
        while _merged(db, name, -pages if whole else pages):
            yield


def _merged(db: Database, name: str, pages: int) -> bool:
    """One turn for one shelf, of so many pages, below zero of all segments however few; whether there was something to do."""
    with db.write():
        if name not in shelves.names(db):
            return False  # the index has been made anew
        before = _changes(db)
        db.run(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', ?)", (pages,))
        # FTS5 counts its own row; more than that is work (https://sqlite.org/fts5.html#the_merge_command)
        return _changes(db) - before >= 2


def compact(db: Database) -> int:
    """Bring the index and the file to their smallest, turn by turn; bytes that the file lost. For `doctor --repair`."""
    size = int(db.value("PRAGMA page_size"))
    before = int(db.value("PRAGMA page_count"))
    for name in shelves.names(db):
        with db.write():
            db.run(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
    while give_back(db, spare=0):
        continue
    db.checkpoint()
    return size * max(0, before - int(db.value("PRAGMA page_count")))


def _changes(db: Database) -> int:
    return int(db.value("SELECT total_changes()"))
