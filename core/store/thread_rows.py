"""The messages of one conversation as rows, all of them with two statements, however many they are."""

from __future__ import annotations

from core.flags import Flag, Mark
from core.store.database import Database
from core.store.lists import MARKS, Row

_ROWS = f"""
SELECT m.id, p.folder, p.flags, m.received, m.name, m.address, m.subject, m.size, m.snippet,
       {MARKS.format("m.marks", "m.thread", "m.id")}
FROM message m CROSS JOIN placement p ON p.message = m.id AND p.hidden = 0 CROSS JOIN folder f ON f.id = p.folder
WHERE m.thread = ?1 AND (?2 IS NULL OR p.folder = ?2 OR f.role NOT IN ('trash', 'junk'))
ORDER BY m.received, m.id, p.folder = ?2 DESC, p.id
"""
_TAGS = """
SELECT DISTINCT p.message, k.name
FROM message m CROSS JOIN placement p ON p.message = m.id AND p.hidden = 0 CROSS JOIN keyword k ON k.placement = p.id
WHERE m.thread = ? AND k.shown = 1
"""


def thread_rows(db: Database, thread: int, folder: int | None = None) -> list[Row]:
    """The messages of a thread that some folder shows, oldest first, as `core.store.messages.in_thread` sees them.

    A row is that of `folder` where the message stands there; it is read where it is read anywhere.
    """
    tags: dict[int, list[str]] = {}
    for message, name in db.read(_TAGS, (thread,)):
        tags.setdefault(message, []).append(name)
    found: dict[int, Row] = {}
    for id, home, flags, received, name, address, subject, size, snippet, marks in db.read(_ROWS, (thread, folder)):
        before = found.get(id)
        if before is not None:
            if flags & Flag.SEEN and before.unread:
                found[id] = _read(before)
            continue
        found[id] = Row(
            (received, id), thread, id, home, name or address, subject, received, 1, int(not flags & 1), Flag(flags),
            Mark(marks), tuple(tags.get(id, ())), size, snippet=snippet,
        )  # fmt: skip
    return list(found.values())


def _read(row: Row) -> Row:
    from msgspec.structs import replace

    return replace(row, unread=0, flags=row.flags | Flag.SEEN)
