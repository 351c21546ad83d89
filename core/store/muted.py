"""Which conversations are muted, and by which step of the journal: with that they are heard again."""

from __future__ import annotations

from collections.abc import Iterable

from core.store.database import Database


def is_muted(db: Database, thread: int) -> bool:
    """Whether a conversation is muted."""
    return db.value("SELECT 1 FROM muted WHERE thread = ?", (thread,)) is not None


def step_of(db: Database, message: int) -> int | None:
    """The step that has muted the conversation of a message; None where it is not muted, or nobody knows any more."""
    step = db.value("SELECT step FROM muted WHERE thread = (SELECT thread FROM message WHERE id = ?)", (message,))
    return None if step is None else int(step)


def change(db: Database, messages: Iterable[int], on: bool, step: int) -> None:
    """Mute the conversations of messages by that step, or let them be heard again. Inside `db.write`."""
    for message in messages:
        if on:
            db.run(
                "INSERT OR IGNORE INTO muted (thread, upto, step)"
                " SELECT thread, (SELECT coalesce(max(id), 0) FROM placement), ? FROM message WHERE id = ?",
                (step, message),
            )
        else:
            db.run("DELETE FROM muted WHERE thread = (SELECT thread FROM message WHERE id = ?)", (message,))
