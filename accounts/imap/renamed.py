"""Folders that another program has renamed: recognised by proof, so that their mail is not fetched twice.

The proof is the server's own id of the folder (MAILBOXID, RFC 8474), or the same UIDVALIDITY with the same headers under
the highest UIDs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.imap import folder_state, headers, mail_commands
from accounts.imap.listing import Listed, Status, status_of
from accounts.imap.session import Selected
from accounts.imap.work import Work
from core import idset
from core.errors import ServerRefused
from core.header import header_block, header_hash
from core.store.folders import Folder

SAMPLE = 5
"""Mails whose headers are compared."""
_ID = "mailboxid"


def recognise(
    work: Work, missing: Sequence[Folder], new: Sequence[Listed], told: Mapping[str, Status]
) -> list[tuple[Folder, Listed]]:
    """Which of the folders that are missing stand among the new ones under another name."""
    found: list[tuple[Folder, Listed]] = []
    candidates = [one for one in new if one.selectable]
    known = [folder for folder in missing if folder.selectable and _uidvalidity(work, folder)]
    if not known:
        return found
    statuses = {one.wire: told.get(one.wire) or _status(work, one.wire) for one in candidates}
    for folder in known:
        fitting = [one for one in candidates if _may_be(work, folder, statuses[one.wire])]
        proven = [one for one in fitting if _same(work, folder, one.wire)]
        if len(proven) == 1:
            found.append((folder, proven[0]))
            candidates.remove(proven[0])
    return found


def _status(work: Work, wire: str) -> Status | None:
    try:
        return status_of(work, wire)
    except ServerRefused:
        return None  # listed, but not to be looked into: a shared folder without rights


def _uidvalidity(work: Work, folder: Folder) -> int | None:
    return folder_state.read(work.db, folder.id).uidvalidity


def _may_be(work: Work, folder: Folder, status: Status | None) -> bool:
    state = folder_state.read(work.db, folder.id)
    return status is not None and status.uidvalidity == state.uidvalidity and (status.uidnext or 0) >= (state.uidnext or 0)


def note_id(work: Work, folder: Folder, selected: Selected) -> None:
    """Remember the id that the server has given to a folder."""
    if selected.id and folder_state.noted(work.db, folder.id, _ID) != selected.id:
        folder_state.note(work.db, folder.id, _ID, selected.id)


def _same(work: Work, folder: Folder, wire: str) -> bool:
    try:
        selected = work.session.select(wire)
    except ServerRefused:
        return False
    if selected.uidvalidity != _uidvalidity(work, folder):
        return False
    return bool(selected.id and selected.id == folder_state.noted(work.db, folder.id, _ID)) or _same_mail(work, folder)


def _same_mail(work: Work, folder: Folder) -> bool:
    """Whether the mails with the highest UIDs have the same headers in the open folder; one at least, and none another."""
    rows = work.db.read(
        "SELECT p.uid, m.hash FROM placement p JOIN message m ON m.id = p.message"
        " WHERE p.folder = ? AND p.uid IS NOT NULL ORDER BY p.uid DESC LIMIT ?",
        (folder.id, SAMPLE),
    )
    ours: dict[int, bytes] = dict(rows)
    if not ours:
        return False
    sets = [(part, SAMPLE * headers.EXPECTED) for part in idset.sequence_sets(ours)]
    theirs = {
        one.uid: header_hash(header_block(one.body["HEADER"]), one.size)
        for batch in mail_commands.fetch(work.session, sets, headers.ITEMS)
        for one in batch
        if one.uid in ours and "HEADER" in one.body and one.size is not None
    }
    return bool(theirs) and all(ours[uid] == hash for uid, hash in theirs.items())
