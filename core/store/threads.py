"""Threads kept up to date on arrival (RFC 5256 REFERENCES and JWZ's idea, but incremental).

Every Message-ID seen, as a message or in References, is a key that points at its thread. A new message looks up its
own id and its references: none known starts a thread, one joins it, several are merged into the oldest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from core.envelope import Envelope
from core.store.database import Database

MOST_REFERENCES = 100
"""References beyond the newest of these are ignored: a header may name thousands."""
MOST_MESSAGES = 2000
"""A thread of this size takes no more messages and merges with no other."""

_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|vs|antw|res|enc|rif|tr|odp)(\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def key_of(message_id: str) -> int:
    """A Message-ID as a signed 64-bit number."""
    return int.from_bytes(hashlib.sha256(message_id.encode("utf-8", "replace")).digest()[:8], "big", signed=True)


def plain_subject(subject: str) -> str:
    """The subject without Re:, Fwd:, AW: and the like."""
    return _PREFIX.sub("", subject).strip()


def join(db: Database, envelope: Envelope) -> int:
    """The thread of a new message: found, merged or new. Call inside `db.write`."""
    references = [*envelope.references[-MOST_REFERENCES:]]
    if envelope.in_reply_to:
        references.append(envelope.in_reply_to)
    names = [name for name in (envelope.message_id, *references) if name]
    keys = list(dict.fromkeys([key_of(name) for name in names]))
    known, sizes = _known(db, keys)
    threads = sorted(sizes)
    if not threads:
        db.run("INSERT INTO thread (size) VALUES (1)")
        thread = db.last_id()
    else:
        thread = threads[0]
        size = sizes[thread]
        if size >= MOST_MESSAGES:
            db.run("INSERT INTO thread (size) VALUES (1)")
            return db.last_id()
        for other in threads[1:]:
            size += _merge(db, thread, other, MOST_MESSAGES - size)
        db.run("UPDATE thread SET size = size + 1 WHERE id = ?", (thread,))
    db.many(
        "INSERT OR IGNORE INTO thread_key (key, thread) VALUES (?, ?)",
        [(key, thread) for key in keys if key not in known],
    )
    return thread


def _known(db: Database, keys: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Key → thread of the keys that have been seen, and thread → size."""
    if not keys:
        return {}, {}
    # As JSON, so that the statement is the same for any number of keys and stays compiled.
    rows = db.read(
        "SELECT k.key, k.thread, coalesce(t.size, 0) FROM json_each(?) j JOIN thread_key k ON k.key = j.value"
        " LEFT JOIN thread t ON t.id = k.thread",
        (f"[{','.join(map(str, keys))}]",),
    )
    return {key: thread for key, thread, _ in rows}, {thread: size for _, thread, size in rows}


def _merge(db: Database, into: int, other: int, room: int) -> int:
    """Move all of one thread into another; the number of messages moved (0 when there is no room)."""
    size = int(db.value("SELECT size FROM thread WHERE id = ?", (other,)) or 0)
    if size > room:
        return 0
    db.run("UPDATE thread_key SET thread = ? WHERE thread = ?", (into, other))
    db.run("UPDATE placement SET thread = ? WHERE message IN (SELECT id FROM message WHERE thread = ?)", (into, other))
    db.run("UPDATE message SET thread = ? WHERE thread = ?", (into, other))
    db.run("UPDATE OR REPLACE muted SET thread = ? WHERE thread = ?", (into, other))
    db.run("UPDATE thread SET size = size + ? WHERE id = ?", (size, into))
    db.run("DELETE FROM thread WHERE id = ?", (other,))
    return size
