"""Emptying trash and junk: what has lain there for some days since it was put there is deleted for ever.

When it was put there is when the engine first saw it there. The next look stands in the schedule, for which the engine stays.
A clock that jumps ahead empties nothing: what is due must still be so an hour later, by a clock that nobody sets. Nor does one
that was far behind and is set right: when something was put there is believed to be later than now for an hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from core import operations
from core.store import folders, schedule
from core.store.database import Database, json_numbers

ROLES = ("trash", "junk")
AGAIN = 3600
"""Seconds for which something has to be due before it goes, and for which the clock has to be behind before that is believed."""
MOST = 500
"""Messages of one look; the next one is made at once where there are more."""
_DAY = 86_400
_INSIDE = "SELECT id FROM placement WHERE hidden = 0 AND folder IN (SELECT value FROM json_each(?1))"


class TrashKeeper:
    """Looks at trash and junk of every account from time to time; one for the life of an engine."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._due: dict[int, float] = {}
        self._behind: float | None = None
        """Since when (by the steady clock) something lies there that was put there later than now."""

    def look(self, db: Database, days: Mapping[str, int], now: float) -> int:
        """Note what lies there at `now` (unix seconds), delete what has for so many days, by role, and put the next look
        into the schedule; how many messages went.

        With 0 days nothing goes, but what lies there is noted all the same.
        """
        inside = {role: _folders(db, role) for role in ROLES}
        self._note(db, [folder for found in inside.values() for folder in found], int(now))
        late: list[tuple[int, int, int]] = []
        following: list[int] = []
        for role, found in inside.items():
            if days.get(role, 0) > 0:
                late += _late(db, found, int(now) - days[role] * _DAY)
                following += _following(db, found, days[role] * _DAY, int(now))
        steady = self._steady()
        self._due = {id: self._due.get(id, steady) for id, _folder, _message in late}
        gone = [(folder, message) for id, folder, message in late if steady - self._due[id] >= AGAIN]
        operations.expunge(db, gone[:MOST], actor="trash")
        if len(gone) > MOST:
            following.append(int(now))
        elif len(gone) < len(late):
            following.append(int(now) + AGAIN + 2)
        schedule.only(db, "empty", min(following, default=None))
        return min(len(gone), MOST)

    def _note(self, db: Database, inside: list[int], now: int) -> None:
        here = json_numbers(inside)
        latest = int(db.value("SELECT max(since) FROM trashed") or 0)
        if latest <= now:
            self._behind = None
        elif self._behind is None:
            self._behind = self._steady()
        # The clock was ahead then, or it is behind now, as on a machine that has just started and has none of its own.
        doubtful = self._behind is not None and self._steady() - self._behind < AGAIN
        with db.write():
            db.run(f"DELETE FROM trashed WHERE placement NOT IN ({_INSIDE})", (here,))
            db.run(f"INSERT OR IGNORE INTO trashed SELECT id, ?2 FROM ({_INSIDE})", (here, latest if doubtful else now))
            if not doubtful:
                db.run("UPDATE trashed SET since = ?1 WHERE since > ?1", (now,))


def _folders(db: Database, role: str) -> list[int]:
    return [folder.id for top in folders.with_role(db, role) for folder in (top, *folders.below(db, top))]


def _late(db: Database, inside: list[int], before: int) -> list[tuple[int, int, int]]:
    """(placement, folder, message) of what has lain there since before that time, the oldest first."""
    rows = db.read(
        "SELECT p.id, p.folder, p.message FROM trashed t JOIN placement p ON p.id = t.placement"
        " WHERE t.since < ?2 AND p.hidden = 0 AND p.folder IN (SELECT value FROM json_each(?1)) ORDER BY t.since",
        (json_numbers(inside), before),
    )
    return [(id, folder, message) for id, folder, message in rows]


def _following(db: Database, inside: list[int], age: int, now: int) -> list[int]:
    """When the first of what is not due yet will be."""
    since = db.value(
        "SELECT min(t.since) FROM trashed t JOIN placement p ON p.id = t.placement"
        " WHERE t.since >= ?2 AND p.hidden = 0 AND p.folder IN (SELECT value FROM json_each(?1))",
        (json_numbers(inside), now - age),
    )
    return [] if since is None else [int(since) + age + 1]
