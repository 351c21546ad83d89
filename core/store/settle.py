"""What is put right at the end of every write: the conversation rows of each folder that was touched.

Triggers note the (folder, thread) pairs a transaction touched in `unsettled`, so that no writer can forget one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.store.database import Database

# CROSS JOIN: in this order. SQLite knows nothing of `unsettled`, and might go through all placements for the few in it.
_CONVERSATIONS = """
INSERT OR REPLACE INTO folder_thread (folder, thread, latest, message, total, unread, flags, marks)
SELECT u.folder, u.thread, max(p.received),
       (SELECT q.message FROM placement q INDEXED BY placement_thread
        WHERE q.folder = u.folder AND q.thread = u.thread AND q.hidden = 0
        ORDER BY q.received DESC, q.message DESC LIMIT 1),
       count(*), sum(p.flags & 1 = 0),
       max(p.flags & 1) | max(p.flags & 2) | max(p.flags & 4) | max(p.flags & 8) | max(p.flags & 16)
       | max(p.flags & 32) | max(p.flags & 64),
       max(m.marks & 1) | max(m.marks & 2) | max(m.marks & 4) | max(m.marks & 8) | max(m.marks & 16)
       | max(m.marks & 8192) | max(m.marks & 16384) | max(m.marks & 32768)
FROM unsettled u
CROSS JOIN placement p INDEXED BY placement_thread ON p.folder = u.folder AND p.thread = u.thread AND p.hidden = 0
JOIN message m ON m.id = p.message
GROUP BY u.folder, u.thread
"""


def settle(db: Database) -> None:
    """Recompute the conversation rows of every (folder, thread) that this transaction touched."""
    if not db.read("SELECT 1 FROM unsettled LIMIT 1"):
        return
    db.run(
        "DELETE FROM folder_thread WHERE (folder, thread) IN (SELECT folder, thread FROM unsettled u WHERE NOT EXISTS"
        " (SELECT 1 FROM placement p WHERE p.folder = u.folder AND p.thread = u.thread AND p.hidden = 0))"
    )
    db.run(_CONVERSATIONS)
    db.run("DELETE FROM unsettled")
