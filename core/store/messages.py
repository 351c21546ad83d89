"""Messages: what is known of a mail whatever folders it stands in.

Identity: two placements share a message only when the SHA-256 of header and size is the same within an account (or
the caller has other proof, such as COPYUID). A forged Message-ID never hides or replaces another mail.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from core.envelope import Envelope
from core.errors import NotFound
from core.flags import Flag, Mark
from core.folding import fold
from core.store import correspondents, threads
from core.store.database import Database

DAY = 86_400
WRITER = 24
"""Letters of a name by which messages are sorted."""


@dataclass(frozen=True, slots=True)
class Message:
    """One stored message."""

    id: int
    account: int
    hash: bytes
    message_id: str
    parent: str
    thread: int
    received: int
    date: int | None
    name: str
    address: str
    recipients: str
    subject: str
    snippet: str
    size: int
    marks: Mark
    body: int
    """0: header only, 1: some parts, 2: whole."""


_COLUMNS = (
    "id, account, hash, message_id, parent, thread, received, date, name, address, recipients, subject, snippet, size,"
    " marks, body"
)


def _message(row: Any) -> Message:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["marks"] = Mark(fields["marks"])
    return Message(**fields)


def get(db: Database, id: int) -> Message:
    """The message with this row id. Raises NotFound `no-message`."""
    row = db.one(f"SELECT {_COLUMNS} FROM message WHERE id = ?", (id,))
    if row is None:
        raise NotFound("no-message", what="message", name=str(id))
    return _message(row)


def find(db: Database, hash: bytes, account: int) -> int | None:
    """The row id of the message with this identity hash, or None."""
    found = db.value("SELECT id FROM message WHERE account = ? AND hash = ? ORDER BY id LIMIT 1", (account, hash))
    return None if found is None else int(found)


def same(db: Database, account: int, hash: bytes, key: bytes) -> tuple[int | None, bool]:
    """The message with this identity hash whose bytes (`key`: their SHA-256) do not contradict, and whether they are here.

    Where all that are known have other bytes, none: what only looks alike is another mail.
    """
    rows = db.read(
        "SELECT m.id, m.body, r.hash FROM message m LEFT JOIN raw r ON r.id = m.raw WHERE m.account = ? AND m.hash = ?"
        " ORDER BY m.id",
        (account, hash),
    )
    for id, body, known in rows:
        if body == 2 and known == key:
            return int(id), True
    return next((int(id) for id, body, _ in rows if body < 2), None), False


def by_message_id(db: Database, message_id: str) -> list[int]:
    """Row ids of all mails that bear this Message-ID (without angle brackets), shown ones only."""
    rows = db.read(
        "SELECT id FROM message m WHERE message_id = ? AND EXISTS"
        " (SELECT 1 FROM placement p WHERE p.message = m.id AND p.hidden = 0) ORDER BY id",
        (message_id,),
    )
    return [row[0] for row in rows]


def received_time(internal: int | None, envelope: Envelope, now: int | None = None) -> int:
    """When a mail arrived: INTERNALDATE, or the topmost Received line where they differ by more than a day (migrated
    mailboxes), else Date; between 1970 and a day from now."""
    now = int(time.time()) if now is None else now
    if internal is not None:
        moved = envelope.received is not None and abs(internal - envelope.received) > DAY
        found: int | None = envelope.received if moved else internal
    else:
        found = envelope.received if envelope.received is not None else envelope.date
    return min(max(found if found is not None else now, 0), now + DAY)


@dataclass(frozen=True, slots=True)
class Whole:
    """What is known of a message that arrives with its bytes."""

    raw: int
    """Row id of the bytes."""
    marks: Mark
    snippet: str


def add(
    db: Database, account: int, envelope: Envelope, hash: bytes, size: int, received: int, *, whole: Whole | None = None
) -> int:
    """A new message with its thread; its row id. Call inside `db.write`, with batches ascending by `received`."""
    thread = threads.join(db, envelope, hash, account, received)
    id = db.free_message_id(received)
    sender = envelope.from_[0] if envelope.from_ else None
    topic = threads.topic_of(envelope.subject)
    writer = fold(sender.shown)[:WRITER] if sender else ""
    parent = envelope.in_reply_to or (envelope.references[-1] if envelope.references else "")
    recipients = ", ".join([to.shown for to in (envelope.to or envelope.cc)[:8]])
    marks = whole.marks if whole else envelope.marks
    body = (2, 1, whole.raw, int(time.time())) if whole else (0, 0, None, None)
    db.run(
        "INSERT INTO message (id, account, hash, message_id, parent, thread, received, date, name, address, recipients,"
        " subject, topic, writer, snippet, size, marks, body, indexed, raw, stored)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            id, account, hash, envelope.message_id, parent, thread, received, envelope.date,
            sender.name if sender else "", sender.addr if sender else "", recipients, envelope.subject,
            topic, writer, whole.snippet if whole else "", size, int(marks), *body,
        ),
    )  # fmt: skip
    threads.arrived(db, id, envelope, hash, account, received, topic)
    correspondents.note(db, envelope, received)
    return id


def in_thread(db: Database, thread: int, folder: int | None = None) -> list[Message]:
    """The messages of a thread that some folder shows, oldest first.

    Seen from a folder, those in the trash and in the junk folder are no part of it unless that is the folder.
    """
    rows = db.read(
        f"SELECT {_COLUMNS} FROM message m WHERE thread = ?1 AND {seen_from('m.id', '?2')} ORDER BY received, id",
        (thread, folder),
    )
    return [_message(row) for row in rows]


def seen_from(message: str, folder: str) -> str:
    """SQL: whether a message of a conversation is shown when that is seen from a folder (NULL: from nowhere, all are)."""
    return (
        f"EXISTS (SELECT 1 FROM placement p JOIN folder f ON f.id = p.folder WHERE p.message = {message} AND p.hidden = 0"
        f" AND ({folder} IS NULL OR p.folder = {folder} OR f.role NOT IN ('trash', 'junk')))"
    )


def flags_of(db: Database, id: int) -> Flag:
    """The shown flags of a message: seen and the like when any of its placements has them."""
    rows = db.read("SELECT flags FROM placement WHERE message = ? AND hidden = 0", (id,))
    found = Flag(0)
    for (flags,) in rows:
        found |= Flag(flags)
    return found


def tags_of(db: Database, id: int) -> tuple[str, ...]:
    """The tags of a message: the union of its placements' keywords."""
    rows = db.read(
        "SELECT DISTINCT k.name FROM keyword k JOIN placement p ON p.id = k.placement"
        " WHERE p.message = ? AND p.hidden = 0 AND k.shown = 1 ORDER BY 1",
        (id,),
    )
    return tuple(row[0] for row in rows)


def folders_of(db: Database, id: int) -> list[int]:
    """Row ids of the folders that show a message."""
    return [row[0] for row in db.read("SELECT DISTINCT folder FROM placement WHERE message = ? AND hidden = 0", (id,))]
