"""Drafts as they are written: saved on disk at most two seconds after a key, by the writer thread."""

from __future__ import annotations

import time
from dataclasses import dataclass

from core.errors import NotFound
from core.store.database import Database


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft in the store; `data` is `core.draft.Draft.to_json`."""

    id: int
    account: int | None
    data: str
    subject: str
    recipients: str
    saved: int
    """Unix milliseconds."""
    message: int | None
    """Its copy in the Drafts folder, if it was filed there."""


_COLUMNS = "id, account, data, subject, recipients, saved, message"


def save(db: Database, id: int | None, data: str, *, account: int | None, subject: str, recipients: str) -> int:
    """Write a draft down, durably; its row id."""
    now = time.time_ns() // 1_000_000
    with db.write(durable=True):
        if id is not None and db.run(
            "UPDATE draft SET data = ?, account = ?, subject = ?, recipients = ?, saved = ?, dirty = 1 WHERE id = ?",
            (data, account, subject, recipients, now, id),
        ):
            return id
        db.run(
            "INSERT INTO draft (id, account, data, subject, recipients, saved) VALUES (?, ?, ?, ?, ?, ?)",
            (id, account, data, subject, recipients, now),
        )
        return db.last_id()


def get(db: Database, id: int) -> StoredDraft:
    """The draft with this row id. Raises NotFound `no-draft`."""
    found = find(db, id)
    if found is None:
        raise NotFound("no-draft", what="draft", name=str(id))
    return found


def find(db: Database, id: int) -> StoredDraft | None:
    """The draft with this row id, or None."""
    row = db.one(f"SELECT {_COLUMNS} FROM draft WHERE id = ?", (id,))
    return StoredDraft(*row) if row else None


def all_drafts(db: Database) -> list[StoredDraft]:
    """Every draft, latest first."""
    return [StoredDraft(*row) for row in db.read(f"SELECT {_COLUMNS} FROM draft ORDER BY saved DESC")]


def unfiled(db: Database) -> list[StoredDraft]:
    """The drafts whose latest words are not in the Drafts folder, latest first."""
    rows = db.read(f"SELECT {_COLUMNS} FROM draft WHERE message IS NULL OR dirty = 1 ORDER BY saved DESC")
    return [StoredDraft(*row) for row in rows]


def is_filed(db: Database, id: int) -> bool:
    """Whether the latest words of a draft are in the Drafts folder."""
    return bool(db.value("SELECT 1 FROM draft WHERE id = ? AND message IS NOT NULL AND dirty = 0", (id,)))


def of_message(db: Database, message: int) -> StoredDraft | None:
    """The draft of which this message in the Drafts folder is the copy, or None."""
    row = db.one(f"SELECT {_COLUMNS} FROM draft WHERE message = ?", (message,))
    return StoredDraft(*row) if row else None


def filed(db: Database, id: int, message: int) -> None:
    """The draft's copy in the Drafts folder is this message now. Inside `db.write`."""
    db.run("UPDATE draft SET message = ?, dirty = 0 WHERE id = ?", (message, id))


def drop(db: Database, id: int) -> None:
    """Throw a draft away."""
    with db.write(durable=True):
        db.run("DELETE FROM draft WHERE id = ?", (id,))
