"""How the servers of an account say who sent a mail: learned from the mail in the store."""

from __future__ import annotations

from core.authentication import SAMPLE, Habit, learn
from core.header import read_headers
from core.store import bodies
from core.store.database import Database

PER_FOLDER = 30


def habit_of(db: Database, account: int) -> Habit | None:
    """What the newest mail of an account (its row) tells of its server; None where it says nothing of senders.

    Reads up to `SAMPLE` headers: not for the thread that draws.
    """
    places: list[tuple[int, int]] = []
    for (folder,) in db.read(
        "SELECT id FROM folder WHERE account = ? AND role NOT IN ('sent', 'drafts', 'outbox', 'templates')", (account,)
    ):
        places += db.read(
            "SELECT received, message FROM placement WHERE folder = ? AND hidden = 0 ORDER BY received DESC LIMIT ?",
            (folder, PER_FOLDER),
        )
    newest = list(dict.fromkeys(message for _, message in sorted(places, reverse=True)))[:SAMPLE]
    headers = (bodies.header(db, message) for message in newest)
    return learn([read_headers(block).fields for block in headers if block is not None])
