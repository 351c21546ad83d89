"""Emptying the trash: what has lain there for some days since it was put there is deleted for ever.

When it was put there is when the engine first saw it there. A clock that jumps ahead empties nothing: what is due must
still be so an hour later, by a clock that nobody sets.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from core import operations
from core.store import folders
from core.store.database import Database

AGAIN = 3600.0
"""Seconds for which something has to be due before it goes."""
MOST = 500
"""Messages of one turn."""


class TrashKeeper:
    """Looks at the trash of every account from time to time; one for the life of an engine."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._due: dict[int, float] = {}

    def look(self, db: Database, days: int, now: float) -> int:
        """Note what lies in the trash at `now` (unix seconds), and delete what has for `days`; how many messages went.

        With 0 days nothing goes, but what lies there is noted all the same.
        """
        inside = [folder.id for trash in folders.with_role(db, "trash") for folder in (trash, *folders.below(db, trash))]
        here = f"folder IN ({','.join(map(str, inside))}) AND hidden = 0"
        with db.write():
            db.run("DELETE FROM trashed WHERE placement NOT IN (SELECT id FROM placement WHERE hidden = 0 AND " + here + ")")
            db.run(f"INSERT OR IGNORE INTO trashed SELECT id, ? FROM placement WHERE {here}", (int(now),))
            db.run("UPDATE trashed SET since = ?1 WHERE since > ?1", (int(now),))  # the clock was set back
        if days <= 0:
            self._due.clear()
            return 0
        rows = db.read(
            "SELECT p.id, p.folder, p.message FROM trashed t JOIN placement p ON p.id = t.placement WHERE t.since < ?"
            " ORDER BY t.since LIMIT ?",
            (int(now) - days * 86_400, MOST),
        )
        steady = self._steady()
        self._due = {id: self._due.get(id, steady) for id, _folder, _message in rows}
        gone = [(folder, message) for id, folder, message in rows if steady - self._due[id] >= AGAIN]
        operations.expunge(db, gone, actor="trash")
        return len(gone)
