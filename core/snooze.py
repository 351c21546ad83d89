"""Snoozed messages: out of the Inbox until a time, then back in it, on top and unread.

They lie in a folder `Snoozed` on the server, where any other program shows them; the time is kept in this store only. What
is taken out of that folder by hand, here or elsewhere, is no longer snoozed.
"""

from __future__ import annotations

from collections.abc import Sequence

from core import operations
from core.flags import Flag
from core.operations import Place
from core.special_folder import special_folder
from core.store import folders, schedule
from core.store.database import Database
from core.store.folders import Folder
from core.store.schedule import Entry

NAME = "Snoozed"


def snooze(db: Database, places: Sequence[Place], until: int) -> int:
    """Put messages away until then (unix seconds); the step that `undo` takes back, 0 where only the time is another."""
    with db.write(durable=True):
        by_target: dict[int, list[Place]] = {}
        messages = []
        for folder, message in places:
            home = special_folder(db, folders.get(db, folder).account, "snoozed", NAME)
            messages.append(message)
            if home.id != folder:
                by_target.setdefault(home.id, []).append((folder, message))
        step = operations.moves(db, by_target)
        for message in dict.fromkeys(messages):
            schedule.forget_message(db, "wake", message)
            schedule.add(db, until, "wake", message, step=step or None)
    return step


def snoozed(db: Database) -> list[Entry]:
    """What is snoozed, the next to come back first; what was taken out of its folder by hand is none of it."""
    return [entry for entry in schedule.of_kind(db, "wake") if entry.message is not None and _stands(db, entry.message)]


def wake(db: Database, entry: Entry, now: int) -> bool:
    """Bring a message back into the Inbox of its account; False when it is no longer among the snoozed ones, or until later."""
    with db.write(durable=True):
        still = schedule.take(db, entry)
        home = _stands(db, entry.message) if still and entry.message is not None else None
        inbox = folders.by_role(db, home.account, "inbox") if home else None
        if entry.message is None or home is None or inbox is None:
            return False
        place = (home.id, entry.message)
        operations.set_flag(db, [place], Flag.SEEN, False, actor="schedule")
        step = operations.move(db, [place], inbox.id, actor="schedule")
        # On top, as if it came now, also of what came within this second.
        newest = db.value("SELECT max(received) FROM placement WHERE folder = ? AND hidden = 0", (inbox.id,))
        now = max(now, int(newest or 0) + 1)
        db.run(
            "UPDATE placement SET received = max(received, ?) WHERE folder = ? AND message = ? AND maker IN"
            " (SELECT id FROM operation WHERE step = ?)",
            (now, inbox.id, entry.message, step),
        )
    return True


def _stands(db: Database, message: int) -> Folder | None:
    """The folder of snoozed mail that shows a message."""
    row = db.one(
        "SELECT f.id FROM placement p JOIN folder f ON f.id = p.folder"
        " WHERE p.message = ? AND p.hidden = 0 AND f.role = 'snoozed' LIMIT 1",
        (message,),
    )
    return None if row is None else folders.get(db, row[0])
