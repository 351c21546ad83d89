"""What POP3 accounts have collected: each mail of a server once, however often it stands there."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from core.store.database import Database

FORGET_AFTER = 90 * 86_400
"""Seconds after which a mail that no longer stands on the server is forgotten: a server that lists too little for some days
must not make us collect everything again."""


class Collected(Struct, frozen=True):
    """A mail that was collected."""

    since: int
    """When, unix seconds."""
    message: int | None
    """Its row id; None where it is gone for good."""


def known(db: Database, account: int) -> dict[bytes, Collected]:
    """Everything that was collected for an account (row id), by the key of a mail on its server; without previews."""
    rows = db.read(
        "SELECT c.key, c.since, c.message FROM collected c LEFT JOIN message m ON m.id = c.message"
        " WHERE c.account = ? AND coalesce(m.body, 2) = 2",
        (account,),
    )
    return {bytes(key): Collected(since, message) for key, since, message in rows}


def previews(db: Database, account: int, *, damaged: bool = True) -> dict[bytes, int]:
    """Mails of which only the header is here: key on the server → message (row id). `damaged`: also those that were here
    whole once.
    """
    rows = db.read(
        "SELECT c.key, m.id FROM collected c JOIN message m ON m.id = c.message WHERE c.account = ? AND m.body < 2"
        " AND (? OR m.stored IS NULL)",
        (account, damaged),
    )
    return {bytes(key): message for key, message in rows}


def forget(db: Database, account: int, keys: Iterable[bytes]) -> None:
    """These were never collected. Inside `db.write`."""
    db.many("DELETE FROM collected WHERE account = ? AND key = ?", [(account, key) for key in keys])


def note(db: Database, account: int, mails: Iterable[tuple[bytes, int]], now: int) -> None:
    """Mails (key, message) are here. Inside the `db.write` that stores them: both or neither."""
    db.many(
        "INSERT OR REPLACE INTO collected (account, key, since, message) VALUES (?, ?, ?, ?)",
        [(account, key, now, message) for key, message in mails],
    )


def standing(db: Database, account: int, keys: Collection[bytes], now: int) -> None:
    """What stands on the server now; what has not done so for long is forgotten."""
    rows = db.read("SELECT key, absent FROM collected WHERE account = ?", (account,))
    changed: list[tuple[int | None, int, bytes]] = []
    old: list[tuple[int, bytes]] = []
    for key, absent in rows:
        if (absent is None) != (bytes(key) in keys):
            changed.append((now if absent is None else None, account, key))
        elif absent is not None and absent < now - FORGET_AFTER:
            old.append((account, key))
    if changed or old:
        with db.write():
            db.many("UPDATE collected SET absent = ? WHERE account = ? AND key = ?", changed)
            db.many("DELETE FROM collected WHERE account = ? AND key = ?", old)


def not_shown(db: Database, account: int) -> set[bytes]:
    """The keys of mails that were collected and stand in no folder any more."""
    rows = db.read(
        "SELECT key FROM collected c WHERE account = ? AND NOT EXISTS"
        " (SELECT 1 FROM placement p WHERE p.message = c.message AND p.hidden = 0)",
        (account,),
    )
    return {bytes(key) for (key,) in rows}
