"""Threads kept up to date on arrival (RFC 5256 REFERENCES and JWZ's idea, but incremental), over folders and accounts.

Every Message-ID seen, as a message or in References, is a key that points at its thread. A new message looks up its
own id and its references: none known starts a thread, one joins it, several are merged into the oldest. What a thread
is does not depend on the order of arrival:

* the messages are joined that name one another (`chain`), as far back as a *cut* made by hand;
* *bonds* made by hand join whatever bears two Message-IDs;
* a reply that names nobody ("Re: …" without References and In-Reply-To) belongs to the message of the same subject
  just before it, in the same account and within `RECENT`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from core.envelope import Envelope
from core.folding import fold
from core.store.database import Database

MOST_REFERENCES = 100
"""References beyond the newest of these are ignored: a header may name thousands."""
MOST_MESSAGES = 2000
"""A thread of this size takes no more messages and merges with no other."""
RECENT = 30 * 86_400
"""Seconds before a reply without references in which its subject is looked for."""
TOPIC = 40
"""Letters of a subject by which messages are sorted and looked for."""
_LEAST_TOPIC = 4

_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|vs|antw|res|enc|rif|tr|odp)(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(re|aw|sv|vs|antw|res|rif|odp)(\[\d+\])?\s*:", re.IGNORECASE)


def key_of(message_id: str) -> int:
    """A Message-ID as a signed 64-bit number."""
    return int.from_bytes(hashlib.sha256(message_id.encode("utf-8", "replace")).digest()[:8], "big", signed=True)


def own_key(message_id: str, hash: bytes) -> int:
    """The key of a message: of its Message-ID, or where it has none of its identity hash."""
    return key_of(message_id or f"\0{hash.hex()}")


def plain_subject(subject: str) -> str:
    """The subject without Re:, Fwd:, AW: and the like."""
    return _PREFIX.sub("", subject).strip()


def topic_of(subject: str) -> str:
    """The beginning of the plain subject, folded: what messages are sorted by, and what replies are looked for by."""
    return fold(plain_subject(subject))[:TOPIC]


def chain(envelope: Envelope, hash: bytes) -> list[int]:
    """The keys that a message names, the oldest first, its own last."""
    names = list(envelope.references[-MOST_REFERENCES:])
    if envelope.in_reply_to and envelope.in_reply_to not in names:
        names.append(envelope.in_reply_to)
    own = own_key(envelope.message_id, hash)
    return [*dict.fromkeys(key for name in names if name and (key := key_of(name)) != own), own]


def names_nobody(envelope: Envelope) -> bool:
    """Whether a message is a reply by its subject only."""
    if envelope.references or envelope.in_reply_to or not _REPLY.match(envelope.subject):
        return False
    return len(topic_of(envelope.subject)) >= _LEAST_TOPIC


def join(db: Database, envelope: Envelope, hash: bytes, account: int, received: int) -> int:
    """The thread of a new message: found, merged or new. Call inside `db.write`, then insert the message, then `arrived`."""
    keys = chain(envelope, hash)
    known, sizes, changed = _known(db, keys)
    if changed:
        keys = linked(db, keys)
        known, sizes, _ = _known(db, keys)
    if names_nobody(envelope) and not is_cut(db, keys[-1]):
        before = just_before(db, account, envelope.subject, received, hash)
        if before is not None:
            row = db.one("SELECT m.thread, t.size FROM message m JOIN thread t ON t.id = m.thread WHERE m.id = ?", (before,))
            sizes.update([row] if row else ())
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


def arrived(db: Database, message: int, envelope: Envelope, hash: bytes, account: int, received: int, topic: str) -> None:
    """A new message is in the store: replies to its subject that came before it find it now. Inside `db.write`."""
    if names_nobody(envelope):
        db.run(
            "INSERT INTO lone_reply (account, topic, received, message) VALUES (?, ?, ?, ?)",
            (account, topic, received, message),
        )
    late = db.read(
        "SELECT l.message, m.subject, m.received, m.hash FROM lone_reply l CROSS JOIN message m ON m.id = l.message"
        " WHERE l.account = ? AND l.topic = ? AND l.received BETWEEN ? AND ? AND l.message <> ? LIMIT 50",
        (account, topic, received, received + RECENT, message),
    )
    wrong = [
        reply
        for reply, subject, when, digest in late
        if just_before(db, account, subject, when, digest) == message
    ]
    if wrong:
        from core.store import rethreading

        rethreading.rebuild(db, _threads_of(db, [message, *wrong]))


def just_before(db: Database, account: int, subject: str, received: int, hash: bytes) -> int | None:
    """The message that a reply with this subject belongs to, if it names none: the last one before it, not too old."""
    rows = db.read(
        "SELECT id, received, hash, subject FROM message INDEXED BY message_topic"
        " WHERE topic = ? AND id BETWEEN ? AND ? AND account = ? AND received BETWEEN ? AND ? ORDER BY id DESC LIMIT 200",
        (topic_of(subject), (received - RECENT) // 60 * 256, _AFTER + received // 60 * 256, account, received - RECENT, received),
    )
    plain = fold(plain_subject(subject))
    same = [
        (when, digest, id)
        for id, when, digest, other in rows
        if (when, digest) < (received, hash) and fold(plain_subject(other)) == plain
    ]
    return max(same)[2] if same else None


_AFTER = 4_000_000
"""Ids lie at most so far above minute x 256 of their receipt (core.query.sql.SLACK)."""


def linked(db: Database, keys: Sequence[int]) -> list[int]:
    """The keys of a chain that count: those from the last cut on, and whatever is bound to them."""
    if not keys:
        return []
    found = f"[{','.join(map(str, keys))}]"
    cuts = {key for (key,) in db.read("SELECT c.key FROM json_each(?) j CROSS JOIN thread_cut c ON c.key = j.value", (found,))}
    last = max((n for n, key in enumerate(keys) if key in cuts), default=0)
    kept = list(keys[last:])
    bonds = db.read(
        "SELECT b.other FROM json_each(?) j CROSS JOIN thread_bond b ON b.one = j.value", (f"[{','.join(map(str, kept))}]",)
    )
    return list(dict.fromkeys([other for (other,) in bonds] + kept))


def is_cut(db: Database, key: int) -> bool:
    """Whether a thread was split at this message."""
    return bool(db.value("SELECT 1 FROM thread_cut WHERE key = ?", (key,)))


def _known(db: Database, keys: Sequence[int]) -> tuple[dict[int, int], dict[int, int], bool]:
    """Key → thread of the keys that have been seen, thread → size, and whether anything was changed by hand there."""
    # As JSON, so that the statement is the same for any number of keys and stays compiled.
    rows = db.read(
        "SELECT j.value, k.thread, coalesce(t.size, 0), EXISTS (SELECT 1 FROM thread_cut c WHERE c.key = j.value)"
        " OR EXISTS (SELECT 1 FROM thread_bond b WHERE b.one = j.value)"
        " FROM json_each(?) j LEFT JOIN thread_key k ON k.key = j.value LEFT JOIN thread t ON t.id = k.thread",
        (f"[{','.join(map(str, keys))}]",),
    )
    known = {key: thread for key, thread, _, _ in rows if thread is not None}
    return known, {thread: size for _, thread, size, _ in rows if thread is not None}, any(row[3] for row in rows)


def _threads_of(db: Database, messages: Iterable[int]) -> set[int]:
    return {int(db.value("SELECT thread FROM message WHERE id = ?", (message,))) for message in messages}


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
