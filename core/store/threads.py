"""Threads kept up to date on arrival (RFC 5256 REFERENCES and JWZ's idea, but incremental).

Every Message-ID seen, as a message or in References, is a key that points at its thread. A new message looks up its
own id and its references: none known starts a thread, one joins it, several are merged into the oldest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.store.database import Database, json_numbers

MOST_MESSAGES = 2000
"""A thread of this size takes no more messages and merges with no other."""

_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|vs|antw|res|enc|rif|tr|odp)(\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def plain_subject(subject: str) -> str:
    """The subject without Re:, Fwd:, AW: and the like."""
    return _PREFIX.sub("", subject).strip()


@dataclass(slots=True)
class _Joining:
    """What is known while the mails of one batch find their threads."""

    known: dict[int, int]
    """Key → thread."""
    sizes: dict[int, int]
    """Thread → messages."""
    following: int
    """The next free row id of a thread."""
    fresh: set[int] = field(default_factory=set)
    grown: set[int] = field(default_factory=set)
    joined: list[int] = field(default_factory=list)


def join(db: Database, mails: Sequence[Sequence[int]]) -> list[int]:
    """The threads of new messages, given the keys of each: found, merged or new. Inside `db.write`."""
    wanted = list(dict.fromkeys([key for keys in mails for key in keys]))
    known, sizes = _known(db, wanted)
    new_keys = [key for key in wanted if key not in known]
    state = _Joining(known, sizes, int(db.value("SELECT max(id) FROM thread") or 0) + 1)
    for keys in mails:
        thread = _join(db, state, keys)  # which may move what has joined before
        state.joined.append(thread)
    db.many("INSERT INTO thread (id, size) VALUES (?, ?)", [(id, state.sizes[id]) for id in sorted(state.fresh)])
    db.many(
        "UPDATE thread SET size = ? WHERE id = ?", [(state.sizes[id], id) for id in sorted(state.grown - state.fresh)]
    )
    db.many(
        "INSERT INTO thread_key (key, thread) VALUES (?, ?)",
        sorted([(key, state.known[key]) for key in new_keys if key in state.known]),
    )
    return state.joined


def _join(db: Database, state: _Joining, keys: Sequence[int]) -> int:
    threads = sorted({state.known[key] for key in keys if key in state.known})
    full = bool(threads) and state.sizes[threads[0]] >= MOST_MESSAGES
    if full or not threads:
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
    if not full:
        for key in keys:
            state.known.setdefault(key, thread)
    return thread


def _known(db: Database, keys: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Key → thread of the keys that have been seen, and thread → size."""
    # As JSON, so that the statement is the same for any number of keys and stays compiled.
    rows = db.read(
        "SELECT k.key, k.thread, coalesce(t.size, 0) FROM json_each(?) j JOIN thread_key k ON k.key = j.value"
        " LEFT JOIN thread t ON t.id = k.thread",
        (json_numbers(keys),),
    )
    return {key: thread for key, thread, _ in rows}, {thread: size for _, thread, size in rows}


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
    db.run("DELETE FROM thread WHERE id = ?", (other,))
