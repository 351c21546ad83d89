"""Threads kept up to date on arrival (RFC 5256 REFERENCES and JWZ's idea, but incremental), over folders and accounts.

Every Message-ID seen, as a message or in References, is a key that points at its thread. A new message looks up its
own id and its references: none known starts a thread, one joins it, several are merged into the oldest. What a thread
is does not depend on the order of arrival, nor on what arrives in one batch:

* the messages are joined that name one another (`core.ancestry.chain`), as far back as a *cut* made by hand;
* *bonds* made by hand join whatever bears two Message-IDs;
* a reply that names nobody ("Re: …" without References and In-Reply-To) belongs to the message of the same subject
  just before it, in the same account and within `RECENT`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct

from core.ancestry import own_key, topic_of, whole_topic
from core.parcel import Parcel
from core.store.database import Database, json_numbers

MOST_MESSAGES = 2000
"""A thread of this size takes no more messages and merges with no other: what comes to it goes on in the next one."""
RECENT = 30 * 86_400
"""Seconds before a reply without references in which its subject is looked for."""


class _Joining(Struct):
    """What is known while the mails of one batch find their threads."""

    known: dict[int, int]
    """Key → thread."""
    sizes: dict[int, int]
    """Thread → messages."""
    following: int
    """The next free row id of a thread."""
    fresh: set[int] = set()
    grown: set[int] = set()
    joined: list[int] = []
    moved: set[int] = set()
    """Keys of full threads that lead to another one from now on."""


def join(db: Database, account: int, mails: Sequence[Parcel], times: Sequence[int]) -> list[int]:
    """The threads of new messages: found, merged or new. Inside `db.write`; then insert the messages, then `arrived`.

    `times`: when each arrived, unix seconds.
    """
    links = _links(db, account, mails, times)
    wanted = list(dict.fromkeys([key for keys in links for key in keys]))
    known, sizes = _known(db, wanted)
    new_keys = [key for key in wanted if key not in known]
    state = _Joining(known, sizes, int(db.value("SELECT max(id) FROM thread") or 0) + 1)
    for keys in links:
        thread = _join(db, state, keys)  # which may move what has joined before
        state.joined.append(thread)
    db.many("INSERT INTO thread (id, size) VALUES (?, ?)", [(id, state.sizes[id]) for id in sorted(state.fresh)])
    db.many("UPDATE thread SET size = ? WHERE id = ?", [(state.sizes[id], id) for id in sorted(state.grown - state.fresh)])
    db.many(
        "INSERT INTO thread_key (key, thread) VALUES (?, ?)",
        sorted([(key, state.known[key]) for key in new_keys if key in state.known]),
    )
    db.many("UPDATE thread_key SET thread = ? WHERE key = ?", [(state.known[key], key) for key in sorted(state.moved)])
    return state.joined


def _links(db: Database, account: int, mails: Sequence[Parcel], times: Sequence[int]) -> list[list[int]]:
    """The keys by which each mail is joined to others."""
    links = [mail.chain for mail in mails]
    changed = _changed(db, {key for keys in links for key in keys})
    if changed:
        links = [linked(db, keys) if changed.intersection(keys) else keys for keys in links]
    lone = [n for n, mail in enumerate(mails) if mail.lone and not (changed and is_cut(db, mail.chain[-1]))]
    if lone:
        mates: dict[str, list[Before]] = {mails[n].topic: [] for n in lone}
        for mail, when in zip(mails, times, strict=True):
            if mail.topic in mates:
                mates[mail.topic].append(Before(when, mail.hash, 0, mail.chain[-1], mail.subject))
        for n in lone:
            mail = mails[n]
            stored = just_before(db, account, mail.subject, times[n], mail.hash)
            before = _last(mates[mail.topic] + ([stored] if stored else []), mail.subject, times[n], mail.hash)
            links[n] = [before.key, *links[n]] if before else links[n]
    return links


def _changed(db: Database, keys: Iterable[int]) -> set[int]:
    """The keys at which threads were split or joined by hand."""
    rows = db.read(
        "SELECT c.key FROM json_each(?1) j CROSS JOIN thread_cut c ON c.key = j.value"
        " UNION ALL SELECT b.one FROM json_each(?1) j CROSS JOIN thread_bond b ON b.one = j.value",
        (json_numbers(keys),),
    )
    return {key for (key,) in rows}


def _known(db: Database, keys: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Key → thread of the keys that have been seen, and thread → size."""
    # As JSON, so that the statement is the same for any number of keys and stays compiled.
    rows = db.read(
        "SELECT k.key, k.thread, coalesce(t.size, 0) FROM json_each(?) j JOIN thread_key k ON k.key = j.value"
        " LEFT JOIN thread t ON t.id = k.thread",
        (json_numbers(keys),),
    )
    return {key: thread for key, thread, _ in rows}, {thread: size for _, thread, size in rows}


def _join(db: Database, state: _Joining, keys: Sequence[int]) -> int:
    found = sorted({state.known[key] for key in keys if key in state.known})
    threads = [thread for thread in found if state.sizes[thread] < MOST_MESSAGES]
    if not threads:
        thread = state.following
        state.following += 1
        state.fresh.add(thread)
        state.sizes[thread] = 0
    else:
        thread = threads[0]
        for other in threads[1:]:
            if state.sizes[thread] + state.sizes[other] <= MOST_MESSAGES:
                _merge(db, state, thread, other)
    state.sizes[thread] += 1
    state.grown.add(thread)
    full = set(found).difference(threads)
    for key in keys:
        if state.known.setdefault(key, thread) in full:
            # What names a thread that is full goes on together in the next one.
            state.known[key] = thread
            state.moved.add(key)
    return thread


def _merge(db: Database, state: _Joining, into: int, other: int) -> None:
    """Move all of one thread into another: in the store, and what this batch has put there."""
    state.sizes[into] += state.sizes.pop(other)
    for key, thread in state.known.items():
        if thread == other:
            state.known[key] = into
    state.joined = [into if thread == other else thread for thread in state.joined]
    state.grown.discard(other)
    if other in state.fresh:
        state.fresh.discard(other)
        return
    db.run("UPDATE thread_key SET thread = ? WHERE thread = ?", (into, other))
    db.run("UPDATE placement SET thread = ? WHERE message IN (SELECT id FROM message WHERE thread = ?)", (into, other))
    db.run("UPDATE message SET thread = ? WHERE thread = ?", (into, other))
    db.run("UPDATE OR REPLACE muted SET thread = ? WHERE thread = ?", (into, other))
    db.run("DELETE FROM thread WHERE id = ?", (other,))


def arrived(db: Database, account: int, ids: Sequence[int], mails: Sequence[Parcel], times: Sequence[int]) -> None:
    """New messages are in the store, with their headers: replies to their subjects that came before them find them now.

    Inside `db.write`.
    """
    rows = db.read(
        "SELECT j.value FROM json_each(?) j WHERE EXISTS (SELECT 1 FROM lone_reply l WHERE l.account = ? AND l.topic = j.value)",
        (json.dumps(list({mail.topic for mail in mails})), account),
    )
    waiting = {topic for (topic,) in rows}
    for id, mail, when in zip(ids, mails, times, strict=True):
        late = _late(db, account, id, mail.topic, when) if mail.topic in waiting else []
        if late:
            from core.store import rethreading

            rethreading.rebuild(db, _threads_of(db, [id, *late]))
    # Those of this batch have been joined to the right ones already.
    db.many(
        "INSERT INTO lone_reply (account, topic, received, message) VALUES (?, ?, ?, ?)",
        [(account, mail.topic, when, id) for id, mail, when in zip(ids, mails, times, strict=True) if mail.lone],
    )


def _late(db: Database, account: int, message: int, topic: str, received: int) -> list[int]:
    """The replies by subject that belong to this message."""
    rows = db.read(
        "SELECT l.message, m.subject, m.received, m.hash FROM lone_reply l CROSS JOIN message m ON m.id = l.message"
        " WHERE l.account = ? AND l.topic = ? AND l.received BETWEEN ? AND ? LIMIT 50",
        (account, topic, received, received + RECENT),
    )
    found = [(reply, just_before(db, account, subject, when, digest)) for reply, subject, when, digest in rows]
    return [reply for reply, before in found if before is not None and before.id == message]


class Before(NamedTuple):
    """A message that a reply by subject may belong to."""

    received: int
    hash: bytes
    id: int
    """Row id; 0: it has none yet."""
    key: int
    subject: str


def just_before(db: Database, account: int, subject: str, received: int, hash: bytes) -> Before | None:
    """The message that a reply with this subject belongs to, if it names none: the last one before it, not too old."""
    rows = db.read(
        "SELECT received, hash, id, message_id, subject FROM message INDEXED BY message_topic"
        " WHERE topic = ? AND id BETWEEN ? AND ? AND account = ? AND received BETWEEN ? AND ? ORDER BY id DESC LIMIT 200",
        (topic_of(subject), (received - RECENT) // 60 * 256, _AFTER + received // 60 * 256, account, received - RECENT, received),
    )
    found = [Before(when, digest, id, own_key(name, digest), other) for when, digest, id, name, other in rows]
    return _last(found, subject, received, hash)


def _last(found: Iterable[Before], subject: str, received: int, hash: bytes) -> Before | None:
    """The last one of the same subject before this."""
    topic = whole_topic(subject)
    here = [one for one in found if (received - RECENT, b"") <= one[:2] < (received, hash) and whole_topic(one.subject) == topic]
    return max(here) if here else None


_AFTER = 4_000_000
"""Ids lie at most so far above minute x 256 of their receipt (core.query.sql.SLACK)."""


def linked(db: Database, keys: Sequence[int]) -> list[int]:
    """The keys of a chain that count: those from the last cut on, and whatever is bound to them."""
    if not keys:
        return []
    rows = db.read("SELECT c.key FROM json_each(?) j CROSS JOIN thread_cut c ON c.key = j.value", (json_numbers(keys),))
    cuts = {key for (key,) in rows}
    last = max((n for n, key in enumerate(keys) if key in cuts), default=0)
    kept = list(keys[last:])
    bonds = db.read("SELECT b.other FROM json_each(?) j CROSS JOIN thread_bond b ON b.one = j.value", (json_numbers(kept),))
    return list(dict.fromkeys([other for (other,) in bonds] + kept))


def is_cut(db: Database, key: int) -> bool:
    """Whether a thread was split at this message."""
    return bool(db.value("SELECT 1 FROM thread_cut WHERE key = ?", (key,)))


def _threads_of(db: Database, messages: Iterable[int]) -> set[int]:
    return {int(db.value("SELECT thread FROM message WHERE id = ?", (message,))) for message in messages}
