"""Invitations that were seen, and how they were answered: a later look, or a later version, says so."""

from __future__ import annotations

import time

from msgspec import Struct

from core.invitation import Entry, Moment
from core.store.database import Database


class Noted(Struct, frozen=True):
    """What was seen or answered."""

    sequence: int
    stamp: int
    says: str
    """The answer, or the method of the newest version seen."""
    made: int
    """Seconds since 1970."""


def see(db: Database, entry: Entry, method: str) -> None:
    """Remember the newest version that was seen of an invitation. Inside `db.write`."""
    known = newest(db, entry)
    if known is None or (known.sequence, known.stamp) < (entry.sequence, entry.stamp):
        _put(db, entry, "", method, None)


def newest(db: Database, entry: Entry) -> Noted | None:
    """The newest version of an invitation that was seen here."""
    return _get(db, entry, "")


def answer(db: Database, entry: Entry, address: str, says: str, outgoing: int | None) -> None:
    """Remember an answer; `outgoing`: the mail that carries it. Inside `db.write`."""
    _put(db, entry, address.casefold(), says, outgoing)


def answered(db: Database, entry: Entry, address: str) -> Noted | None:
    """How an address has answered an invitation, in whatever version; not by mail that was taken back or has failed."""
    return _get(db, entry, address.casefold())


def _put(db: Database, entry: Entry, address: str, says: str, outgoing: int | None) -> None:
    db.run(
        "INSERT OR REPLACE INTO invitation (uid, occurrence, address, sequence, stamp, says, made, outgoing)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (entry.uid, _occurrence(entry.occurrence), address, entry.sequence, entry.stamp, says, int(time.time()), outgoing),
    )


def _get(db: Database, entry: Entry, address: str) -> Noted | None:
    row = db.one(
        "SELECT i.sequence, i.stamp, i.says, i.made FROM invitation i LEFT JOIN outbox o ON o.id = i.outgoing"
        " WHERE i.uid = ? AND i.occurrence = ? AND i.address = ? AND coalesce(o.state, '') NOT IN ('cancelled', 'failed')",
        (entry.uid, _occurrence(entry.occurrence), address),
    )
    return Noted(*row) if row is not None else None


def _occurrence(moment: Moment | None) -> str:
    if moment is None:
        return ""
    return str(moment.seconds) if moment.seconds is not None else moment.text
