"""Which of the mails that may be reports have been read as such."""

from __future__ import annotations

import time

from core.store.database import Database

AGE = 90 * 86_400
"""Seconds after which nobody waits for a report any more."""
TURN = 50
"""Reports read at a time."""


def unread(db: Database, now: int | None = None) -> list[int]:
    """Mails that may be reports, are here whole and not too old, the oldest first."""
    since = (int(time.time()) if now is None else now) - AGE
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
