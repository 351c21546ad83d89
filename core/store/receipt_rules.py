"""Who always gets a read receipt, and who never does, as the user has said."""

from __future__ import annotations

from core.store.database import Database

ALWAYS, NEVER = "always", "never"


def put(db: Database, address: str, answer: str) -> None:
    """Remember what an address gets: ALWAYS, NEVER, or '' for being asked again. Inside `db.write`."""
    if answer:
        db.run("INSERT OR REPLACE INTO receipt_rule (address, answer) VALUES (?, ?)", (address.casefold(), answer))
    else:
        db.run("DELETE FROM receipt_rule WHERE address = ?", (address.casefold(),))


def of(db: Database, address: str) -> str:
    """What an address gets: ALWAYS, NEVER, or '' where nothing was said."""
    return str(db.value("SELECT answer FROM receipt_rule WHERE address = ?", (address.casefold(),)) or "")
