"""Messages: what is known of a mail whatever folders it stands in.

Identity: two placements share a message only when the SHA-256 of header and size is the same within an account (or
the caller has other proof, such as COPYUID). A forged Message-ID never hides or replaces another mail.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from core.envelope import Envelope
from core.errors import NotFound
from core.flags import Flag, Mark
from core.parcel import Parcel
from core.store import bodies, correspondents, threads
from core.store.database import Database
from core.store.placements import seen_from

DAY = 86_400


class Message(Struct, frozen=True):
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


class Alike(Struct, frozen=True):
    """A message that is known by its identity hash."""

    id: int
    body: int
    key: bytes | None
    """SHA-256 of its bytes, where they are here."""


def alike(db: Database, account: int, hashes: Iterable[bytes]) -> dict[bytes, list[Alike]]:
    """The messages with these identity hashes, the oldest first."""
    found: dict[bytes, list[Alike]] = {}
    # Hexadecimal in JSON, so that the statement is the same for any number of hashes and stays compiled.
    rows = db.read(
        "SELECT m.hash, m.id, m.body, r.hash FROM json_each(?) j"
        " CROSS JOIN message m ON m.account = ? AND m.hash = unhex(j.value) LEFT JOIN raw r ON r.id = m.raw ORDER BY m.id",
        (json.dumps([hash.hex() for hash in dict.fromkeys(hashes)]), account),
    )
    for hash, id, body, key in rows:
        found.setdefault(hash, []).append(Alike(id, body, key))
    return found


def same(known: Sequence[Alike], key: bytes) -> Alike | None:
    """The one of messages with an equal hash whose bytes do not contradict (`key`: their SHA-256; empty: not known).

    Where all that are known have other bytes, none: what only looks alike is another mail.
    """
    if not key:
        return known[0] if known else None
    whole = next((one for one in known if one.body == 2 and one.key == key), None)
    return whole or next((one for one in known if one.body < 2), None)


def by_message_id(db: Database, message_id: str) -> list[int]:
    """Row ids of all mails that bear this Message-ID (without angle brackets), shown ones only."""
    rows = db.read(
        "SELECT id FROM message m WHERE message_id = ? AND message_id <> '' AND EXISTS"
        " (SELECT 1 FROM placement p WHERE p.message = m.id AND p.hidden = 0) ORDER BY id",
        (message_id,),
    )
    return [row[0] for row in rows]


def received_time(internal: int | None, told: Envelope | Parcel, now: int | None = None) -> int:
    """When a mail arrived: INTERNALDATE, or the topmost Received line where they differ by more than a day (migrated
    mailboxes), else Date; between 1970 and a day from now."""
    now = int(time.time()) if now is None else now
    if internal is not None:
        moved = told.received is not None and abs(internal - told.received) > DAY
        found: int | None = told.received if moved else internal
    else:
        found = told.received if told.received is not None else told.date
    return min(max(found if found is not None else now, 0), now + DAY)


def add(db: Database, account: int, parcels: Sequence[Parcel], times: Sequence[int], raws: Sequence[int | None]) -> list[int]:
    """New messages with their threads; their row ids.

    `times`: when each arrived, ascending in a batch; `raws`: row ids of the bytes of whole mails, None for those of
    which the header is kept. Inside `db.write`.
    """
    joined = threads.join(db, account, parcels, times)
    ids = db.free_message_ids(times)
    now = int(time.time())
    db.many(
        "INSERT INTO message (id, account, hash, message_id, parent, thread, received, date, name, address, recipients,"
        " subject, topic, writer, snippet, size, marks, body, indexed, raw, stored)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                id, account, mail.hash, mail.message_id, mail.parent, thread, when, mail.date, mail.name, mail.address,
                mail.recipients, mail.subject, mail.topic, mail.writer, mail.snippet, mail.size, mail.marks,
                *((0, 0, None, None) if raw is None else (2, 1, raw, now)),
            )
            for id, mail, thread, when, raw in zip(ids, parcels, joined, times, raws, strict=True)
        ],
    )  # fmt: skip
    headers = [(id, mail) for id, mail, raw in zip(ids, parcels, raws, strict=True) if raw is None]
    if headers:
        bodies.put_headers(db, headers)
    threads.arrived(db, account, ids, parcels, times)
    people = [(mail.correspondent, when) for mail, when in zip(parcels, times, strict=True) if mail.correspondent]
    correspondents.note(db, people)
    return ids


def in_thread(db: Database, thread: int, folder: int | None = None) -> list[Message]:
    """The messages of a thread that some folder shows, oldest first.

    Seen from a folder, those in the trash and in the junk folder are no part of it unless that is the folder.
    """
    rows = db.read(
        f"SELECT {_COLUMNS} FROM message m WHERE thread = ?1 AND {seen_from('m.id', '?2')} ORDER BY received, id",
        (thread, folder),
    )
    return [_message(row) for row in rows]


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
