"""Which of the mails that may be reports have been read as such."""

from __future__ import annotations

from core.store.database import Database

TURN = 50
"""Reports read at a time."""


def unread(db: Database, since: int) -> list[int]:
    """Mails that may be reports and are here whole, received since then (unix seconds), the oldest first."""
    # Ids rise with the received time: minutes x 256.
    rows = db.read(
        "SELECT m.id FROM message m WHERE m.marks & 4096 AND m.id > ? AND m.body = 2"
        " AND NOT EXISTS (SELECT 1 FROM report_read r WHERE r.message = m.id) ORDER BY m.id LIMIT ?",
        (since // 60 * 256, TURN),
    )
    return [row[0] for row in rows]


def read(db: Database, message: int) -> None:
    """It has been looked at. Inside `db.write`."""
    db.run("INSERT OR IGNORE INTO report_read VALUES (?)", (message,))
