"""How the mail of a sender is read: as plain text or HTML, and with or without its remote images."""

from __future__ import annotations

from msgspec import Struct

from core.store.database import Database


class ReadingChoice(Struct, frozen=True):
    """What was chosen for a sender."""

    form: str = ""
    """plain or html; '' where nothing was chosen."""
    remote: bool = False
    """Whether remote images are loaded without asking."""


def of(db: Database, sender: str) -> ReadingChoice:
    """What was chosen for an address (`core.address.Address.key`)."""
    found = db.one("SELECT form, remote FROM reading_choice WHERE sender = ?", (sender,)) if sender else None
    return ReadingChoice(str(found[0]), bool(found[1])) if found else ReadingChoice()


def put(db: Database, sender: str, choice: ReadingChoice) -> None:
    """Keep a choice for an address; one that says nothing is forgotten."""
    with db.write():
        if choice == ReadingChoice():
            db.run("DELETE FROM reading_choice WHERE sender = ?", (sender,))
        else:
            db.run(
                "INSERT OR REPLACE INTO reading_choice (sender, form, remote) VALUES (?, ?, ?)",
                (sender, choice.form, int(choice.remote)),
            )
