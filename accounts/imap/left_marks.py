"""Mails deleted here that a server without UIDPLUS still holds, marked \\Deleted: plain EXPUNGE would take along what
other programs have marked. They stay out of sight, and go as soon as nothing else is marked."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.imap import folder_state, mail_commands
from accounts.imap.work import Work
from core import idset
from core.flags import Flag
from core.store.folders import Folder

_NOTE = "marked"


def of(work: Work, folder: Folder) -> frozenset[int]:
    """UIDs of ours that wait for their end."""
    return frozenset(idset.from_sequence_set(folder_state.noted(work.db, folder.id, _NOTE) or ""))


def add(work: Work, folder: Folder, uids: Iterable[int]) -> None:
    """These could not be expunged."""
    _note(work, folder, of(work, folder).union(uids))


def settle(work: Work, folder: Folder) -> None:
    """At the end of a pass: show again what somebody has unmarked, forget what is gone, try to expunge the others."""
    marked = of(work, folder)
    if not marked:
        return
    rows = work.db.read(
        "SELECT uid, server_flags FROM placement WHERE folder = ? AND hidden = 1 AND +uid IS NOT NULL", (folder.id,)
    )
    still = {uid for uid, flags in rows if uid in marked and flags & Flag.DELETED}
    rescued = {uid for uid, flags in rows if uid in marked and not flags & Flag.DELETED}
    for uid in rescued:
        with work.db.write():
            work.db.run("UPDATE placement SET hidden = 0 WHERE folder = ? AND uid = ?", (folder.id, uid))
    if still and not work.selected[folder.id].readonly:
        work.reopen(folder)
        still = mail_commands.expunge(work.session, still)
    _note(work, folder, still)


def _note(work: Work, folder: Folder, uids: Iterable[int]) -> None:
    folder_state.note(work.db, folder.id, _NOTE, idset.to_sequence_set(uids) or None)
