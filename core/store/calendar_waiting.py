"""Entries that wait to be put into the calendar on its server: in the schedule until they are there, tried again and again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import CorreioError, from_json
from core.store import notices, schedule
from core.store.database import Database
from core.store.schedule import Entry

KIND = "calendar"
FIRST_PAUSE = 30
"""Seconds before the second try; each further one waits twice as long, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE = 3600
AT_WORK = 300
"""Seconds for which an entry belongs to whoever tries it."""
_MAY_PASS = frozenset((401, 403, 407, 408, 412, 423, 425, 429))
"""Refusals (RFC 9110 §15.5) after which the same request may be granted later."""


def queue(db: Database, words: Mapping[str, Any], title: str) -> int:
    """Have an entry put into the calendar (`core.calendar_keeping.question`); its place in the schedule. Durable."""
    with db.write(durable=True):
        return schedule.add(db, int(time.time()), KIND, args={"words": dict(words), "title": title, "tries": 0})


def hold(db: Database, entries: Iterable[Entry]) -> None:
    """These are about to be tried, one after the other."""
    with db.write():
        for entry in entries:
            schedule.put_off(db, entry.id, int(time.time()) + AT_WORK, entry.args)


def take(db: Database, id: int) -> Entry | None:
    """The entry, which nobody else tries for a while; None where it is in the calendar already."""
    with db.write():
        found = schedule.find(db, id)
        if found is None or found.kind != KIND:  # another entry is nothing to be tried
            return None
        schedule.put_off(db, id, int(time.time()) + AT_WORK, found.args)
    return found


def done(db: Database, entry: Entry) -> None:
    """It is in the calendar."""
    with db.write():
        schedule.remove(db, entry.id)


def failed(db: Database, entry: Entry, error: CorreioError) -> bool:
    """It is not: it is tried again later, or given up with a notice where that would be in vain; whether it waits."""
    code = int(error.values.get("code", 0) or 0)
    in_vain = error.id in ("calendar-unreadable", "no-calendar") or (400 <= code < 500 and code not in _MAY_PASS)
    with db.write():
        if in_vain:
            schedule.remove(db, entry.id)
            notices.add(db, CorreioError("calendar-not-kept", name=str(entry.args.get("title", "")), why=error.as_json()))
            return False
        tries = int(entry.args.get("tries", 0))
        pause = min(FIRST_PAUSE << min(tries, 10), LONGEST_PAUSE)
        args = {**entry.args, "tries": tries + 1, "reason": error.as_json()}
        schedule.put_off(db, entry.id, int(time.time()) + pause, args)
    return True


def waiting(db: Database) -> list[tuple[str, CorreioError | None]]:
    """Title of each entry that waits, and why."""
    found = []
    for entry in schedule.of_kind(db, KIND):
        reason = entry.args.get("reason")
        found.append((str(entry.args.get("title", "")), from_json(reason) if reason else None))
    return found
