"""Private notes on messages: kept on this machine, found with `comment:`."""

from __future__ import annotations

from core.folding import fold, words
from core.store.database import Database

LONGEST = 4000


def of(db: Database, message: int) -> str:
    """The note on a message, '' if there is none."""
    return str(db.value("SELECT text FROM comment WHERE message = ?", (message,)) or "")


def put(db: Database, message: int, text: str) -> None:
    """Note something on a message; an empty text takes the note away."""
    text = text.strip()[:LONGEST]
    with db.write(durable=True):
        if text:
            db.run("INSERT OR REPLACE INTO comment (message, text, words) VALUES (?, ?, ?)", (message, text, row_of(text)))
        else:
            db.run("DELETE FROM comment WHERE message = ?", (message,))


def row_of(text: str) -> str:
    """The words of a text as one row, each with a blank before it and the last with one behind."""
    return "".join(f" {word}" for word in words(fold(text))) + " "
