"""What was handed to servers, for the caps on sending: counted when a server has answered, or may have taken it."""

from __future__ import annotations

from core.store.database import Database

KEPT = 8 * 86_400
"""Seconds: the longest cap is one of a week."""
AHEAD = 3600
"""What was noted later than that from now was noted by a clock that went wrong."""


def note(db: Database, account: int, server: str, recipients: int, now: int) -> None:
    """So many recipients' mail went to a server (its id). Inside the `db.write` that says what became of it."""
    db.run("INSERT INTO handed (account, server, made, recipients) VALUES (?, ?, ?, ?)", (account, server, now, recipients))
    db.run("DELETE FROM handed WHERE made < ? OR made > ?", (now - KEPT, now + KEPT))


def since(db: Database, server: str, begin: int, now: int) -> list[tuple[int, int]]:
    """(time, recipients) of what a server was handed after `begin`, the oldest first."""
    return [
        (int(made), int(recipients))
        for made, recipients in db.read(
            "SELECT made, recipients FROM handed WHERE server = ? AND made > ? AND made <= ? ORDER BY made, id",
            (server, begin, now + AHEAD),
        )
    ]
