"""The mails that told of the same event before: what an update has changed is seen beside them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from core.charset import decode
from core.errors import CorreioError
from core.flags import Mark
from core.invitation import CANCEL, Calendar, Entry
from core.invitation_reply import calendar_parts
from core.reading import open_body
from core.store.database import Database

MOST_LOOKED_AT = 3000
"""Invitations in the store, the newest first, of which sender, subject and conversation are looked at."""
MOST_OPENED = 60
"""Of these so many are opened: the same sender, the same title, or the same conversation."""
MOST_FOUND = 20


class EarlierFile(Struct, frozen=True):
    """A calendar file of a mail in the store."""

    data: bytes
    received: int
    """Seconds since 1970."""


def earlier_files(db: Database, message: int, entry: Entry, sender: str) -> list[EarlierFile]:
    """The calendar files in other mails that name the UID of `entry`, those that came last first; `sender`: of this mail."""
    if not entry.uid:
        return []
    uid = entry.uid.encode()
    found: list[EarlierFile] = []
    for id, received in _candidates(db, message, entry, sender):
        try:
            body = open_body(db, id)
            parts = [part for part in calendar_parts(body.parts)[:1] if body.has(part)]
            files = [decode(body.data(part), part.charset).encode("utf-8", "replace") for part in parts]
        except CorreioError:
            continue  # it has gone meanwhile
        found += [EarlierFile(data, received) for data in files if uid in _unfolded(data)]
        if len(found) >= MOST_FOUND:
            break
    return found


def _candidates(db: Database, message: int, entry: Entry, sender: str) -> list[tuple[int, int]]:
    """Mails (row id, received) that may tell of the same event."""
    rows = db.read(
        "SELECT id, received, address, subject, thread, body FROM message"
        f" WHERE marks & {int(Mark.INVITATION)} AND id <> ? AND orphaned IS NULL ORDER BY id DESC LIMIT ?",
        (message, MOST_LOOKED_AT),
    )
    thread = db.value("SELECT thread FROM message WHERE id = ?", (message,))
    people = {one for one in (sender, entry.organizer.address if entry.organizer is not None else "") if one}
    people = {one.casefold() for one in people}
    title = entry.title.casefold()
    fitting = [
        (id, received)
        for id, received, address, subject, its_thread, body in rows
        if body and (its_thread == thread or address.casefold() in people or (title and title in subject.casefold()))
    ]
    return fitting[:MOST_OPENED]


def _unfolded(data: bytes) -> bytes:
    """With the lines put together that were too long (RFC 5545 §3.1)."""
    return data.replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b"")


def version_before(entry: Entry, calendars: Iterable[tuple[Calendar, int]]) -> tuple[Entry, int] | None:
    """The newest version of `entry` that is older than it and from the same organizer, with when it came (`EarlierFile`)."""
    found = [
        (one, received)
        for calendar, received in calendars
        if calendar.method != CANCEL
        for one in calendar.entries
        if _is_same(one, entry) and (one.sequence, one.stamp) < (entry.sequence, entry.stamp)
    ]
    return max(found, key=lambda one: (one[0].sequence, one[0].stamp), default=None)


def _is_same(one: Entry, other: Entry) -> bool:
    mine, theirs = one.organizer, other.organizer
    by = (mine.address.casefold() if mine else "") == (theirs.address.casefold() if theirs else "")
    return one.uid == other.uid and one.occurrence == other.occurrence and by
