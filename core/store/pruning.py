"""Pruning: bodies that the account's policy no longer keeps go; header, snippet, marks and the search index stay.

Only what can be fetched again goes: nothing of accounts without a server, no drafts, nothing that waits for the server or
that undo may need, and nothing that the server has not shown under a UID.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from core import idset
from core.errors import StoreError
from core.store import bodies, journal
from core.store.database import Database
from core.store.room import TURN

LOOKED_AT = 3 * 86_400
"""Seconds that a body stays after it came: what somebody opened is not fetched anew each time."""
_PAGE = 200
_LAST = 1 << 62

_CANDIDATES = """
SELECT m.id, m.raw FROM message m INDEXED BY message_body
WHERE m.account = ? AND m.body > 0 AND m.id > ? AND m.id < ? AND m.received < ? AND coalesce(m.stored, 0) < ?
  AND m.orphaned IS NULL
  AND EXISTS (SELECT 1 FROM placement p WHERE p.message = m.id AND p.uid IS NOT NULL AND p.hidden = 0)
  AND NOT EXISTS (SELECT 1 FROM placement p JOIN folder f ON f.id = p.folder
                  WHERE p.message = m.id AND (p.uid IS NULL OR p.hidden = 1 OR p.held <> 0 OR f.role IN ('drafts', 'outbox')))
  AND NOT EXISTS (SELECT 1 FROM draft WHERE message = m.id)
ORDER BY m.id LIMIT ?
"""


def prune(
    db: Database, account: int, before: int, *, stored_before: int | None = None,
    folders: Mapping[int, int] | None = None, breathe: Callable[[], None] = lambda: None,
) -> int:  # fmt: skip
    """Drop bodies of an account's mail (row id) received before `before`, in short turns; how many mails lost theirs.

    `folders`: folder row id → what counts there instead of `before`; a mail stays where any of its folders keeps it.
    `stored_before`: spare what came later than that (unix seconds; LOOKED_AT ago where nothing is said).
    `breathe` is called between two turns. A local account loses nothing.
    """
    if db.value("SELECT local FROM account WHERE id = ?", (account,)) != 0:
        return 0
    stored_before = int(time.time()) - LOOKED_AT if stored_before is None else stored_before
    exceptions = folders or {}
    latest = max(before, *exceptions.values()) if exceptions else before
    pruned = 0
    last: int | None = -1
    while last is not None:
        # Ids rise with the received time: what is newer need not be looked at (core.store.messages).
        bounds = (account, last, min((max(latest, 0) // 60 + 1) * 256, _LAST), latest, stored_before, _PAGE)
        done, last = _turn(db, account, bounds, before, exceptions)
        pruned += done
        breathe()
    return pruned


def _turn(
    db: Database, account: int, bounds: tuple[int, ...], before: int, exceptions: Mapping[int, int]
) -> tuple[int, int | None]:
    """(mails pruned, the last id looked at or None at the end)."""
    end = time.monotonic() + TURN
    done = 0
    with db.write(reserve=True):
        spared = _spared(db, account)
        rows = db.read(_CANDIDATES, bounds)
        for id, raw in rows:
            if id not in spared and not (exceptions and _kept(db, id, before, exceptions)) and _lighten(db, id, raw):
                done += 1
            if time.monotonic() > end:
                return done, id
    return done, rows[-1][0] if len(rows) == _PAGE else None


def _kept(db: Database, id: int, before: int, exceptions: Mapping[int, int]) -> bool:
    """Whether one of the folders of a message keeps its body."""
    rows = db.read("SELECT folder, received FROM placement WHERE message = ? AND hidden = 0", (id,))
    return any(received >= exceptions.get(folder, before) for folder, received in rows)


def _lighten(db: Database, id: int, raw: int | None) -> bool:
    try:
        block = bodies.header(db, id)
    except StoreError as error:
        if error.id != "store-unreadable":
            raise
        block = None  # it is damaged: `doctor --repair --deep` sees to it
    if block is None:
        return False
    if raw is not None:
        bodies.put_header(db, id, block)
    db.run("UPDATE part SET data = NULL, dictionary = 0 WHERE message = ?", (id,))
    db.run("UPDATE message SET raw = NULL, body = 0, stored = NULL WHERE id = ?", (id,))
    bodies.release(db, raw)
    return True


def _spared(db: Database, account: int) -> set[int]:
    """Messages that an operation yet to be replayed names, or one that undo would need the bytes for."""
    rows = db.read(
        "SELECT messages FROM operation WHERE account = ? AND (state IN ('queued', 'running')"
        " OR (state = 'done' AND kind IN ('expunge', 'append')))",
        (account,),
    )
    return journal.wanted_elsewhere(db).union(id for (packed,) in rows for id in idset.unpack(packed))
