"""Moves and copies between accounts, as operations of both journals that follow each other.

======= ============ =====================================================================================
kind    account      does
======= ============ =====================================================================================
take    the source   the bodies are fetched, as far as they are not here
bring   the target   the mails are appended, with flags, tags and time of receipt
leave   the source   the mails are deleted there; only in a move, and only what has been brought
======= ============ =====================================================================================

Each waits for the one before (`after`), whichever account is connected first; a mail is at every moment on one of the
servers and, from `take` on, here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from core import idset
from core.store import journal, placements, twins
from core.store.database import Database
from core.store.folders import Folder
from core.store.journal import Operation

CHUNK = 30
"""Mails that go over together: what was brought leaves the source while the next are fetched."""


def across(
    db: Database, source: Folder, target: Folder, messages: Sequence[int], *, stays: bool, actor: str = "user",
    made: int | None = None,
) -> list[Operation]:  # fmt: skip
    """The operations that bring messages into a folder of another account; `stays`: as copies. Inside `db.write`.

    `made`: only what that operation has put into the source leaves it.
    """
    found: list[Operation] = []
    for start in range(0, len(messages), CHUNK):
        found += _chunk(db, source, target, tuple(messages[start : start + CHUNK]), stays, actor, made)
    return found


def _chunk(
    db: Database, source: Folder, target: Folder, messages: tuple[int, ...], stays: bool, actor: str, made: int | None
) -> list[Operation]:
    pairs: dict[int, int] = {}
    for message in messages:
        pairs[twins.twin(db, target.account, message, pairs)] = message
    marks = ",".join("?" * len(messages))
    here = db.value(f"SELECT count(*) FROM message WHERE body = 2 AND id IN ({marks})", messages) == len(messages)
    found = [] if here else [Operation(source.account, "take", messages, source.id, actor=actor)]
    args = {"from": {str(twin): message for twin, message in pairs.items()}, "folder": source.id}
    after = None if here else -1
    found.append(Operation(target.account, "bring", tuple(pairs), None, target.id, args, actor=actor, after=after))
    if not stays:
        args = {"into": target.id, "twins": {str(message): twin for twin, message in pairs.items()}, "made": made}
        found.append(Operation(source.account, "leave", messages, source.id, args=args, actor=actor, after=-1))
    return found


def back(db: Database, leave: Operation, source: Folder, target: Folder) -> list[Operation]:
    """The way back of what a `leave` has taken, or may have taken, out of its folder. Inside `db.write`."""
    there = [
        int(made)
        for made in leave.args["twins"].values()
        if db.value("SELECT 1 FROM placement WHERE folder = ? AND message = ? AND hidden = 0", (target.id, made))
    ]
    bring = leave.after or 0
    stay = [made for made in there if placements.stood_before(db, made, target.id, bring)]
    gone = [made for made in there if made not in stay]
    return [*across(db, target, source, gone, stays=False, made=bring), *across(db, target, source, stay, stays=True)]


def taken_back(db: Database, leave: Operation) -> Operation | None:
    """The `bring` that waits to put back what a `leave` takes out of its folder, where the user has undone that."""
    for (id,) in db.read(
        "SELECT id FROM operation WHERE undoes = ? AND kind = 'bring' AND account = ? AND target = ? AND state = 'queued'",
        (leave.step, leave.account, leave.folder),
    ):
        bring = journal.get(db, int(id))
        if bring is not None and not set(leave.args["twins"].values()).isdisjoint(bring.args["from"].values()):
            return bring
    return None


def stayed(db: Database, leave: Operation, messages: Collection[int]) -> None:
    """These of a `leave` that was refused are proven to be where they were: what takes it back need not bring them.

    They go out of the other account all the same. Inside `db.write`.
    """
    bring = taken_back(db, leave)
    if bring is None:
        return
    there = {leave.args["twins"][str(message)] for message in messages}
    kept = [message for message in bring.messages if bring.args["from"][str(message)] not in there]
    marks = ",".join(str(int(message)) for message in kept)
    rows = db.read(f"SELECT id FROM placement WHERE maker = ? AND uid IS NULL AND message NOT IN ({marks})", (bring.id,))
    placements.drop(db, [row[0] for row in rows])
    db.run("UPDATE operation SET messages = ? WHERE id = ?", (idset.pack(kept), bring.id))
    if not kept:
        journal.done(db, dataclasses.replace(bring, messages=()))
