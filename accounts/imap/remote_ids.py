"""The server's own ids of mails: EMAILID (RFC 8474) and Gmail's X-GM-MSGID.

Where a server tells them, a mail that stands in several folders (labels) is fetched once: its other places are known by
the id alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import partial

from accounts.imap import flag_changes, folder_state, left_marks
from accounts.imap.fetched import Fetched
from accounts.imap.session import Session
from accounts.imap.work import Work, chunks
from core import idset
from core.flags import Flag
from core.idset import Runs
from core.store import placements
from core.store.folders import Folder

BATCH = 1000
EXPECTED = 160
"""Bytes of an answer with id and flags."""


def item(session: Session) -> str:
    """What to FETCH for the id; '' where the server has none."""
    if session.can("X-GM-EXT-1"):
        return "X-GM-MSGID"
    return "EMAILID" if session.can("OBJECTID") else ""


def asked_too(session: Session, items: str) -> str:
    """FETCH items with the id among them."""
    name = item(session)
    return f"({name} {items[1:]}" if name else items


def note(work: Work, folder: Folder, told: Iterable[Fetched]) -> None:
    """Remember the ids of mails that are stored now."""
    rows = [(work.account, one.remote_id, folder.id, one.uid) for one in told if one.remote_id and one.uid]
    if rows:
        with work.db.write():
            _of_this_server(work)
            work.db.many(
                "INSERT OR IGNORE INTO remote_id (account, id, message)"
                " SELECT ?, ?, message FROM placement WHERE folder = ? AND uid = ?",
                rows,
            )


def place(work: Work, folder: Folder, uids: Runs) -> tuple[Runs, int]:
    """Put mails that the store has from other folders into this one; (UIDs still to be fetched, how many were put)."""
    name = item(work.session)
    if not name or not uids:
        return uids, 0
    _of_this_server(work)
    if not work.db.value("SELECT 1 FROM remote_id WHERE account = ? LIMIT 1", (work.account,)):
        return uids, 0
    sets = ((part, BATCH * EXPECTED) for some in uids.down(BATCH) for part in idset.sequence_sets(some))
    placed = array("I")
    for got in work.stream(folder, sets, f"(UID FLAGS {name})"):
        mails = [one for one in got if one.uid in uids and one.remote_id and one.flags is not None]
        # Own copies and moves got their UIDs from COPYUID; their flags may have changed since.
        flag_changes.apply(work, folder, mails)
        known = _messages(work, [one.remote_id for one in mails])
        # Ascending ids: the index's pages are filled one after the other.
        fitting = sorted((one for one in mails if one.remote_id in known), key=lambda one: known[one.remote_id])
        work.each(fitting, partial(_put_known, work, folder, known))
        placed.extend(one.uid for one in fitting)
        work.tell("headers", len(placed), len(uids), folder.id)
    known_here = Runs.of(placed)
    return uids - known_here, len(known_here)


def forget(work: Work, folder: Folder) -> None:
    """The folder has been renumbered: its mails have to show their headers again. Inside `db.write`."""
    work.db.run("DELETE FROM remote_id WHERE message IN (SELECT message FROM placement WHERE folder = ?)", (folder.id,))


def _of_this_server(work: Work) -> None:
    """Ids count on the server that gave them: those of another one are dropped."""
    server = work.session.server
    name, origin = f"ids {work.account}", f"{server.user} {work.session.name}"
    if folder_state.noted(work.db, 0, name) != origin:
        with work.db.write():
            work.db.run("DELETE FROM remote_id WHERE account = ?", (work.account,))
            folder_state.note(work.db, 0, name, origin)


def _messages(work: Work, ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(ids, 500):
        marks = ",".join("?" * len(some))
        rows = work.db.read(f"SELECT id, message FROM remote_id WHERE account = ? AND id IN ({marks})", [work.account, *some])
        found.update(rows)
    return found


def _put_known(work: Work, folder: Folder, known: dict[str, int], one: Fetched) -> int:
    flags, keywords = one.flags or (Flag(0), frozenset())
    if work.db.value("SELECT 1 FROM placement WHERE folder = ? AND uid = ?", (folder.id, one.uid)):
        return 0
    id = placements.add(work.db, folder.id, one.uid, known[one.remote_id], flags, keywords)
    if flags & Flag.DELETED and one.uid in left_marks.of(work, folder):
        work.db.run("UPDATE placement SET hidden = 1 WHERE id = ?", (id,))
    return 1
