"""Threads put together anew from the headers of their messages: after a change by hand, or a late original.

What joins two messages stands in `core.store.threads`; here it is worked out for whole threads at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from core import ancestry
from core.envelope import Envelope, read_envelope
from core.store import bodies, threads
from core.store.database import Database


class Member(Struct, frozen=True):
    """One message of a thread, as far as threading needs it."""

    id: int
    own: int
    """Its key."""
    chain: tuple[int, ...]
    """What it names, the oldest first, its own key last."""
    parent: int
    """The key of what it answers; its own where it answers nothing."""
    lone: bool = False
    """It names nobody, and belongs to `parent` by its subject."""


def members(db: Database, wanted: Iterable[int]) -> list[Member]:
    """The messages of threads, the oldest first."""
    found = []
    for thread in sorted(wanted):
        rows = db.read(
            "SELECT id, message_id, parent, hash, account, subject, received FROM message WHERE thread = ? ORDER BY id", (thread,)
        )
        for id, message_id, parent, digest, account, subject, received in rows:
            header = bodies.header(db, id)
            known = Envelope(message_id=message_id, in_reply_to=parent, subject=subject)
            envelope = read_envelope(header) if header is not None else known
            chain = ancestry.chain(envelope, digest)
            lone = (account, subject, received, digest) if ancestry.names_nobody(envelope) else None
            above = ancestry.key_of(parent) if parent else chain[-1]
            if lone is not None and not threads.is_cut(db, chain[-1]):
                above = _just_before(db, lone) or above
            found.append(Member(id, chain[-1], tuple(chain), above, lone is not None and above != chain[-1]))
    return found


def _just_before(db: Database, lone: tuple[int, str, int, bytes]) -> int | None:
    """The key of the message that a reply by subject belongs to."""
    before = threads.just_before(db, *lone)
    return None if before is None else before.key


def rebuild(db: Database, wanted: Iterable[int]) -> None:
    """Put these threads, and all that belongs to them now, together anew. Inside `db.write`."""
    reached, found, links = set(wanted), list[Member](), dict[int, list[int]]()
    fresh = set(reached)
    while fresh:
        more = members(db, fresh)
        found += more
        links |= {member.id: _links(db, member) for member in more}
        near = _threads_with(db, {key for member in more for key in links[member.id]}) - reached
        fresh = _with_room(db, near, len(found))
        reached |= fresh
    groups = grouped({id: set(keys) for id, keys in links.items()})
    _assign(db, groups, links, reached)


def _with_room(db: Database, near: Iterable[int], size: int) -> set[int]:
    """Those threads that make no more than a whole one of so many messages: a full one goes on in others."""
    fitting = set()
    for thread in sorted(near):
        more = int(db.value("SELECT count(*) FROM message WHERE thread = ?", (thread,)))
        if size + more <= threads.MOST_MESSAGES:
            fitting.add(thread)
            size += more
    return fitting


def _links(db: Database, member: Member) -> list[int]:
    """The keys by which a message is joined to others."""
    keys = threads.linked(db, member.chain)
    return [*keys, member.parent] if member.lone else keys


def grouped(links: dict[int, set[int]]) -> list[list[int]]:
    """The ids whose keys overlap, directly or over others: each group in the order of `links`."""
    above: dict[int, int] = {}

    def top(id: int) -> int:
        while above.get(id, id) != id:
            above[id] = above.get(above[id], above[id])
            id = above[id]
        return id

    first: dict[int, int] = {}
    for id, keys in links.items():
        for key in keys:
            above[top(id)] = top(first.setdefault(key, id))
    groups: dict[int, list[int]] = {}
    for id in links:
        groups.setdefault(top(id), []).append(id)
    return list(groups.values())


def _threads_with(db: Database, keys: Iterable[int]) -> set[int]:
    found = f"[{','.join(map(str, keys))}]"
    rows = db.read("SELECT DISTINCT k.thread FROM json_each(?) j CROSS JOIN thread_key k ON k.key = j.value", (found,))
    return {thread for (thread,) in rows}


def _assign(db: Database, groups: Sequence[Sequence[int]], links: dict[int, list[int]], old: set[int]) -> None:
    """Give each group its thread: the one that most of it had, so that little is written; else a new one."""
    free = set(old)
    for group in sorted(groups, key=len, reverse=True):
        had = {id: int(db.value("SELECT thread FROM message WHERE id = ?", (id,))) for id in group}
        kept = [thread for thread in had.values() if thread in free]
        if kept:
            thread = max(sorted(set(kept)), key=kept.count)
            free.discard(thread)
        else:
            db.run("INSERT INTO thread (size) VALUES (0)")
            thread = db.last_id()
        for id, before in had.items():
            if before != thread:
                db.run("UPDATE placement SET thread = ? WHERE message = ?", (thread, id))
                db.run("UPDATE message SET thread = ? WHERE id = ?", (thread, id))
        keys = {key for id in group for key in links[id]}
        db.many(
            "INSERT INTO thread_key (key, thread) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET thread = excluded.thread",
            [(key, thread) for key in keys],
        )
        db.run("UPDATE thread SET size = ? WHERE id = ?", (len(group), thread))
    _drop_empty(db, free, groups)


def _drop_empty(db: Database, threads: Iterable[int], groups: Sequence[Sequence[int]]) -> None:
    """Threads whose messages have all gone to another; the Message-IDs they still know go with the largest group."""
    if not groups:
        return
    first = max(groups, key=len)[0]
    for thread in threads:
        db.run("UPDATE thread_key SET thread = (SELECT thread FROM message WHERE id = ?) WHERE thread = ?", (first, thread))
        db.run("UPDATE OR REPLACE muted SET thread = (SELECT thread FROM message WHERE id = ?) WHERE thread = ?", (first, thread))
        db.run("DELETE FROM thread WHERE id = ?", (thread,))


def change(db: Database, args: Mapping[str, Any], messages: Iterable[int]) -> None:
    """What `core.conversations` wants (`cuts`, `bonds`, `loosed` bonds, `on` or taken back). Inside `db.write`."""
    cuts, bonds, loosed = ([*args[name]] for name in ("cuts", "bonds", "loosed"))
    if not args["on"]:
        bonds, loosed = loosed, bonds
    sql = "INSERT OR IGNORE INTO thread_cut (key) VALUES (?)" if args["on"] else "DELETE FROM thread_cut WHERE key = ?"
    db.many(sql, [(key,) for key in cuts])
    db.many("DELETE FROM thread_bond WHERE one = ? AND other = ?", _both_ways(loosed))
    db.many("INSERT OR IGNORE INTO thread_bond (one, other) VALUES (?, ?)", _both_ways(bonds))
    touched = _threads_with(db, [*cuts, *(key for bond in (*bonds, *loosed) for key in bond)])
    for message in messages:
        thread = db.value("SELECT thread FROM message WHERE id = ?", (message,))
        touched |= set() if thread is None else {int(thread)}
    rebuild(db, touched)


def _both_ways(bonds: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    return [pair for one, other in bonds for pair in ((one, other), (other, one))]
