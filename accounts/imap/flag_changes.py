"""Flags and keywords as other programs have changed them, and what they have deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from accounts.imap import folder_state, mail_commands
from accounts.imap.fetched import Fetched
from accounts.imap.work import Work, chunks
from core.flags import Flag
from core.store import placements
from core.store.folders import Folder

SPAN = 5_000
"""UIDs that are compared at a time where the server cannot tell what has changed."""
KEPT_AS_KEYWORDS = Flag.FORWARDED | Flag.JUNK | Flag.NOT_JUNK | Flag.MDN_SENT
"""Flags that are keywords for a server: lost where it keeps none, so ours stand."""


def apply(work: Work, folder: Folder, told: Iterable[Fetched]) -> int:
    """Take the server's word on these mails; how many were different here. Unknown ones are left alone."""
    keywords = folder_state.read(work.db, folder.id).keywords
    wanted = [one for one in told if one.uid and one.flags is not None]
    known = {}
    for part in chunks(wanted, 500):
        marks = ",".join("?" * len(part))
        rows = work.db.read(
            f"SELECT uid, id, server_flags FROM placement WHERE folder = ? AND uid IN ({marks})",
            [folder.id, *(one.uid for one in part)],
        )
        known.update({uid: (id, flags) for uid, id, flags in rows})
    wanted = [one for one in wanted if one.uid in known]
    return work.each(wanted, lambda one: _apply(work, known[one.uid], one, keywords))


def _apply(work: Work, known: tuple[int, int], one: Fetched, keeps: bool) -> int:
    id, before = known
    flags, keywords = one.flags or (Flag(0), frozenset())
    if not keeps:
        flags |= Flag(before) & KEPT_AS_KEYWORDS
        if flags == before:
            return 0
        placements.update_flags(work.db, id, flags)
        return 1
    told = {row[0] for row in work.db.read("SELECT name FROM keyword WHERE placement = ? AND server = 1", (id,))}
    if flags == before and told == keywords:
        return 0
    placements.update_flags(work.db, id, flags, keywords)
    return 1


def compare(work: Work, folder: Folder, uids: Sequence[int]) -> tuple[int, list[int], list[int]]:
    """Ask for the flags of everything known, for servers that cannot tell what has changed.

    (how many were different here, UIDs that are gone, UIDs between them that are not known here); `uids` ascending.
    """
    keywords = folder_state.read(work.db, folder.id).keywords
    changed = 0
    gone: list[int] = []
    missing: list[int] = []
    for span in chunks(uids, SPAN):
        work.reopen(folder)
        told = {
            one.uid: one
            for batch in mail_commands.fetch(work.session, [(f"{span[0]}:{span[-1]}", len(span) * 100)], "(UID FLAGS)")
            for one in batch
            if span[0] <= one.uid <= span[-1]
        }
        known = set(span)
        gone += [uid for uid in span if uid not in told]
        missing += [uid for uid in told if uid not in known]
        different = _different(work, folder, span, told, keywords)
        changed += apply(work, folder, different)
        work.breathe()
    return changed, gone, missing


def _different(
    work: Work, folder: Folder, span: Sequence[int], told: dict[int, Fetched], keywords: bool
) -> list[Fetched]:
    """Those answers that say something else than the store, found with two queries."""
    where = (folder.id, span[0], span[-1])
    rows = work.db.read("SELECT uid, server_flags FROM placement WHERE folder = ? AND uid BETWEEN ? AND ?", where)
    ours: dict[int, int] = dict(rows)
    tags: dict[int, set[str]] = {}
    if keywords:
        for uid, name in work.db.read(
            "SELECT p.uid, k.name FROM placement p JOIN keyword k ON k.placement = p.id"
            " WHERE p.folder = ? AND p.uid BETWEEN ? AND ? AND k.server = 1",
            where,
        ):
            tags.setdefault(uid, set()).add(name)
    empty: set[str] = set()
    return [
        one
        for uid, one in told.items()
        if one.flags is not None
        and uid in ours
        and (ours[uid] != one.flags[0] or (keywords and tags.get(uid, empty) != one.flags[1]))
    ]


def drop(work: Work, folder: Folder, gone: Iterable[int]) -> int:
    """Drop what the server no longer has; how many mails that were."""
    return work.each(list(gone), lambda uid: placements.drop_uids(work.db, folder.id, [uid]))


def drop_ranges(work: Work, folder: Folder, gone: Iterable[tuple[int, int]]) -> int:
    """`drop` for ranges of UIDs of which few may be known here."""
    uids = [
        row[0]
        for low, high in gone
        for row in work.db.read("SELECT uid FROM placement WHERE folder = ? AND uid BETWEEN ? AND ?", (folder.id, low, high))
    ]
    return drop(work, folder, uids)
