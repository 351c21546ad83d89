"""Keeping the store tidy while nobody waits: one call does all of it, in short turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.store import compression, file_texts, pieces, pruning, repacking, room, twins
from core.store.database import Database

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """Which bodies of an account's mail may go: those received before `before`, and before what `folders` (row ids) say."""

    before: int
    folders: Mapping[int, int] = field(default_factory=dict)


def tidy(
    db: Database, orphaned_before: int, limits: Mapping[int, Limit] | None = None,
    breathe: Callable[[], None] = lambda: None, *, files: bool = False,
) -> None:  # fmt: skip
    """Free what nobody shows since `orphaned_before` (unix seconds), prune, compress, shrink the file, renew the reserve.

    `limits`: account row id → what its policy lets go; accounts that keep all are left out. `files`: the words of attached
    files are made searchable, else taken out of the index. `breathe` is called between turns and may raise to break off: what
    was done is kept.
    """
    while room.sweep(db, orphaned_before):
        breathe()
    pieces.drop_unfinished(db, int(time.time()) - _DAY)
    for account, limit in (limits or {}).items():
        pruning.prune(db, account, limit.before, folders=limit.folders, breathe=breathe)
    if compression.due(db) or compression.outgrown(db):
        compression.learn(db)
    while repacking.repack(db):
        breathe()
    while twins.index_waiting(db):
        breathe()
    if files:
        file_texts.index_files(db, breathe)
    else:
        file_texts.drop_files(db, breathe)
    for _ in room.merge_index(db):
        breathe()
    while room.give_back(db):
        breathe()
    db.reserve.renew()
    db.checkpoint()
