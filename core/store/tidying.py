"""Keeping the store tidy while nobody waits: one call does all of it, in short turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from core.store import compression, file_texts, pieces, pruning, room
from core.store.database import Database

_DAY = 86_400


def tidy(
    db: Database, orphaned_before: int, keep_since: Mapping[int, int] | None = None,
    breathe: Callable[[], None] = lambda: None, *, files: bool = False,
) -> None:  # fmt: skip
    """Free what nobody shows since `orphaned_before` (unix seconds), prune, compress, shrink the file, renew the reserve.

    `keep_since`: account row id → received time from which on its policy keeps bodies; accounts that keep all are left
    out. `files`: the words of attached files are made searchable. `breathe` is called between turns and may raise to
    break off: what was done is kept.
    """
    while room.sweep(db, orphaned_before):
        breathe()
    pieces.drop_unfinished(db, int(time.time()) - _DAY)
    for account, since in (keep_since or {}).items():
        pruning.prune(db, account, since, breathe=breathe)
    if compression.due(db) or compression.outgrown(db):
        compression.learn(db)
    while compression.recompress(db):
        breathe()
    if files:
        file_texts.index_files(db, breathe)
    while room.merge_index(db):
        breathe()
    while room.give_back(db):
        breathe()
    db.reserve.renew()
    db.checkpoint()
