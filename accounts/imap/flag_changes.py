"""Flags and keywords as other programs have changed them, and what they have deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from accounts.imap import folder_state, mail_commands
from accounts.imap.fetched import Fetched
from accounts.imap.work import Work, chunks
from core.flags import KEPT_AS_KEYWORDS, Flag
from core.store import placements
from core.store.database import Database, json_numbers
from core.store.folders import Folder

SPAN = 5_000
"""UIDs that are compared at a time where the server cannot tell what has changed."""


def apply(work: Work, folder: Folder, told: Iterable[Fetched]) -> int:
    """Take the server's word on these mails; how many were different here. Unknown ones are left alone."""
    keeps = folder_state.read(work.db, folder.id).keywords
    wanted = {one.uid: one for one in told if one.uid and one.flags is not None}
    changes = [change for part in chunks(list(wanted.values()), 500) for change in _changes(work.db, folder, part, keeps=keeps)]
    work.flag_turns.write(changes, lambda some: placements.take_flags(work.db, some))
    return len(changes)


def _changes(
    db: Database, folder: Folder, told: Sequence[Fetched], *, keeps: bool
) -> Iterator[tuple[int, Flag, frozenset[str] | None]]:
    """(placement, flags, keywords) of those answers that say something else than the store; None: the same keywords."""
    uids = json_numbers(one.uid for one in told)
    here = "json_each(?) j CROSS JOIN placement p ON p.folder = ? AND p.uid = j.value"
    known = {uid: (id, flags) for uid, id, flags in db.read(f"SELECT p.uid, p.id, p.server_flags FROM {here}", (uids, folder.id))}
    names: dict[int, set[str]] = {}
    if keeps:
        sql = f"SELECT p.uid, k.name FROM {here} JOIN keyword k ON k.placement = p.id AND k.server = 1"
        for uid, name in db.read(sql, (uids, folder.id)):
            names.setdefault(uid, set()).add(name)
    for one in told:
        if one.uid not in known:
            continue
        id, before = known[one.uid]
        flags, keywords = one.flags or (Flag(0), frozenset())
        if not keeps:
            flags |= Flag(before) & KEPT_AS_KEYWORDS
        other = keeps and names.get(one.uid, frozenset()) != keywords
        if flags != before or other:
            yield id, flags, keywords if other else None


def compare(work: Work, folder: Folder, uids: Sequence[int]) -> tuple[int, list[int], list[int], bool]:
    """Ask for the flags of everything known, for servers that cannot tell what has changed.

    (how many were different here, UIDs that are gone, UIDs between them that are not known here, whether all were told);
    `uids` ascending. What a server will not tell is not gone for that.
    """
    keywords = folder_state.read(work.db, folder.id).keywords
    changed = 0
    gone: list[int] = []
    missing: list[int] = []
    complete = True
    for span in chunks(uids, SPAN):
        work.reopen(folder)
        refused: list[str] = []
        sets = [(f"{span[0]}:{span[-1]}", len(span) * 100)]
        told = {
            one.uid: one
            for batch in mail_commands.fetch(work.session, sets, "(UID FLAGS)", refused=refused)
            for one in batch
            if span[0] <= one.uid <= span[-1]
        }
        known = set(span)
        if refused:
            complete = False
        else:
            gone += [uid for uid in span if uid not in told]
        missing += [uid for uid in told if uid not in known]
        different = _different(work, folder, span, told, keywords)
        changed += apply(work, folder, different)
        work.breathe()
    return changed, gone, missing, complete


def _different(work: Work, folder: Folder, span: Sequence[int], told: dict[int, Fetched], keywords: bool) -> list[Fetched]:
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


def drop(work: Work, folder: Folder, gone: Sequence[int]) -> int:
    """Drop what the server no longer has; how many mails that were."""
    return work.each(gone, lambda uid: placements.drop_uids(work.db, folder.id, [uid]))


def drop_ranges(work: Work, folder: Folder, gone: Iterable[tuple[int, int]]) -> int:
    """`drop` for ranges of UIDs of which few may be known here."""
    uids = [
        row[0]
        for low, high in gone
        for row in work.db.read("SELECT uid FROM placement WHERE folder = ? AND uid BETWEEN ? AND ?", (folder.id, low, high))
    ]
    return drop(work, folder, uids)
