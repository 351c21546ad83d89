"""Taking back what the user did last, before or after the server has heard of it, also after a restart.

A step of many messages is taken back in writes after which others have their turn. Cut short it goes on where `undo` is
called again: what is left of it is noted in the store, beside each write.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import msgspec

from core import crossing, operations
from core.errors import CorreioError, NotFound
from core.flags import Flag
from core.operations import Undone
from core.store import folders, journal, placements, schedule
from core.store.database import Database
from core.store.journal import Operation

_NOTE = "undoing "
"""With the number of the step, in `meta`; it goes with the operations (`core.store.journal.forget_old`)."""


class _Left(msgspec.Struct):
    """What is left of a step that is being taken back."""

    step: int
    ids: list[int]
    """Its operations, the last one first."""
    into: int = 0
    """The step of the operations that take it back, once there is one."""
    back: list[int] = []
    """Operations that went back with the ones that followed them."""
    some: bool = False
    """Whether anything of it has been taken back."""
    gone: bool = False
    """Whether something of it cannot be, for its folder is no longer there."""


def undo(db: Database) -> Undone | None:
    """Take back the user's last step that is not yet taken back; None where there is none.

    CorreioError `undo-gone` where its folders are no longer there: it counts as taken back, so that the one before can be.
    """
    undone: Undone | None = None
    while True:
        with db.write(durable=True):
            left = _left(db, undone.step if undone is not None else None)
            if left is None:
                return undone
            if undone is None:
                steps = journal.of_step(db, left.step)
                undone = Undone(left.step, _kind_of(steps), journal.shown_by(steps))
            _turn(db, left)
        if not left.ids:
            if left.gone and not left.some:
                raise CorreioError("undo-gone")
            return undone


def newest_step(db: Database) -> int:
    """The user's newest step that is not yet taken back; 0 for none."""
    return int(
        db.value(
            "SELECT max(step) FROM operation WHERE actor = 'user' AND undoes IS NULL"
            " AND state IN ('queued', 'running', 'done') AND step NOT IN"
            " (SELECT undoes FROM operation WHERE undoes IS NOT NULL UNION SELECT step FROM operation WHERE state = 'undone')"
        )
        or 0
    )


def _left(db: Database, step: int | None) -> _Left | None:
    """What is to be done of a step that is under way; with None of the last one."""
    noted = (
        db.read("SELECT value FROM meta WHERE name = ?", (f"{_NOTE}{step}",))
        if step is not None
        else db.read(
            "SELECT value FROM meta WHERE name GLOB ? ORDER BY cast(substr(name, 9) AS integer) DESC LIMIT 1", (f"{_NOTE}*",)
        )
    )
    left = msgspec.json.decode(noted[0][0], type=_Left) if noted else None
    if step is not None:
        return left
    last = newest_step(db)
    if not last or (left is not None and left.step >= last):
        return left
    return _Left(last, [operation.id for operation in reversed(journal.of_step(db, last))])


def _turn(db: Database, left: _Left) -> None:
    """So much of it as a write may last. Inside `db.write`."""
    schedule.forget_step(db, left.step)
    step = journal.of_step(db, left.step) if left.into == 0 else []
    together = any("instead" in operation.args for operation in step)  # one hangs on the other; they are few
    inverses: list[Operation] = []
    load = 0.0
    while left.ids:
        operation = journal.get(db, left.ids[0])
        share = _share(operation) if operation is not None else 0.0
        if load and load + share > 1.0 and not together:
            break
        load += share
        left.ids.pop(0)
        if operation is None:
            continue
        if operation.state == "queued" and operation.attempts == 0:
            journal.take_back(db, operation)
            db.run("UPDATE operation SET state = 'undone' WHERE id = ?", (operation.id,))
            left.some = True
        elif operation.state in ("queued", "running", "done") and operation.id not in left.back:
            if operation.kind == "leave" and operation.after is not None:
                left.back.append(operation.after)  # also where it cannot: what was brought is then the only one
            try:
                back = _inverse(db, operation)
                _must_stand(db, back)
            except NotFound:
                left.gone = True
                continue
            if "instead" in operation.args:
                back = _given_back(step, operation, back, inverses)
            inverses += [dataclasses.replace(inverse, undoes=left.step) for inverse in back]
    left.some |= bool(inverses)
    left.into = operations.perform(db, inverses, step=left.into)
    if left.ids:
        db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (f"{_NOTE}{left.step}", msgspec.json.encode(left)))
        return
    db.run("DELETE FROM meta WHERE name = ?", (f"{_NOTE}{left.step}",))
    if left.into == 0:
        db.run("UPDATE operation SET state = 'undone' WHERE step = ? AND state = 'done'", (left.step,))


def _must_stand(db: Database, inverses: Sequence[Operation]) -> None:
    """NotFound `no-folder` where another program has deleted a folder that these name."""
    for inverse in inverses:
        for folder in (inverse.folder, inverse.target):
            if folder is not None:
                folders.get(db, folder)


def _share(operation: Operation) -> float:
    """How much of a write it takes to take an operation back."""
    if operation.kind in ("take", "bring", "leave"):
        return len(operation.messages) / crossing.CHUNK
    return len(operation.messages) * (2 if operation.kind == "expunge" else 1) / operations.AT_ONCE


def _given_back(
    operations: Sequence[Operation], append: Operation, leave: list[Operation], before: Sequence[Operation]
) -> list[Operation]:
    """A mail that stands instead of another one leaves when that is there again, and not where it cannot come back."""
    gone = [one for one in operations if one.kind == "expunge" and one.state in ("queued", "running", "done")]
    if any(one.state != "queued" or one.attempts for one in gone):
        if not any(one.kind == "append" for one in before):
            return []
        return [dataclasses.replace(one, after=0) for one in leave]
    return leave


def _kind_of(operations: Sequence[Operation]) -> str:
    kinds = {operation.kind for operation in operations}
    if any("instead" in operation.args for operation in operations):
        return "detach"
    if "mute" in kinds or kinds & {"remove", "rename"}:
        return "mute" if "mute" in kinds else "remove"
    return "move" if kinds & {"move", "leave"} else "copy" if "bring" in kinds else operations[0].kind


def _inverse(db: Database, operation: Operation) -> list[Operation]:
    if operation.kind in ("flag", "tag", "thread", "mute"):
        return [dataclasses.replace(operation, args={**operation.args, "on": not operation.args["on"]})]
    if operation.kind == "move" and operation.target is not None:
        there = [m for m in operation.messages if operations.shows(db, operation.target, m)]
        stay = {m for m in there if placements.stood_before(db, m, operation.target, operation.id)}
        back = dataclasses.replace(operation, folder=operation.target, target=operation.folder, args={"made": operation.id})
        return [
            dataclasses.replace(back, messages=tuple(m for m in there if m not in stay)),
            dataclasses.replace(back, kind="copy", messages=tuple(m for m in there if m in stay), args={}),
        ]
    if operation.kind == "leave":
        return crossing.back(db, operation, folders.get(db, operation.folder or 0), folders.get(db, operation.args["into"]))
    if operation.kind in ("copy", "append", "bring"):
        args = {**operation.args, "made": operation.id}
        return [dataclasses.replace(operation, kind="expunge", folder=operation.target, target=None, after=None, args=args)]
    if operation.kind == "expunge":
        return _back(db, operation)
    if operation.kind == "create" and operation.target is not None:
        made = folders.get(db, operation.target)
        return [dataclasses.replace(operation, kind="remove", folder=made.id, target=None, args=operations.remade(made))]
    if operation.kind == "remove":
        return _make_again(db, operation)
    if operation.kind == "rename":
        return [_renaming_back(db, operation)]
    return []


def _renaming_back(db: Database, renamed: Operation) -> Operation:
    folder, path = folders.get(db, renamed.folder or 0), renamed.args["old"]
    if folders.by_path(db, folder.account, path) is not None:
        raise CorreioError("folder-exists", name=path)
    return dataclasses.replace(renamed, args={"path": path, "old": folder.path})


def _make_again(db: Database, removed: Operation) -> list[Operation]:
    """The folder under its old row id, which everything that was moved out of it names. Inside `db.write`."""
    args = removed.args
    again = Operation(removed.account, "create", (), None, removed.folder, {"path": args["path"]})
    if removed.state != "done":
        # The server may have removed it all the same, and the answer got lost.
        db.run("UPDATE operation SET state = 'undone' WHERE id = ?", (removed.id,))
        return [again]
    if folders.by_path(db, removed.account, args["path"]) is not None:
        raise CorreioError("folder-exists", name=args["path"])
    db.run(
        "INSERT INTO folder (id, account, path, wire, delimiter) VALUES (?, ?, ?, ?, ?)",
        (removed.folder, removed.account, args["path"], args["wire"], args["delimiter"]),
    )
    return [again]


def _back(db: Database, expunged: Operation) -> list[Operation]:
    """Put what was deleted for good into its folder again, as far as its bytes are still here."""
    here = [m for m in expunged.messages if db.value("SELECT 1 FROM message WHERE id = ? AND body = 2", (m,))]
    account, folder, were = expunged.account, expunged.folder, expunged.args
    flags, more = were.get("flags", {}), were.get("more", {})
    found = [
        Operation(account, "append", (m,), None, folder, {"flags": int(one)})
        for m in here
        for one in (flags.get(str(m), Flag.SEEN), *more.get(str(m), ()))
    ]
    for name, tagged in were.get("tags", {}).items():
        messages = tuple(m for m in here if m in tagged)
        found.append(Operation(account, "tag", messages, folder, args={"name": name, "on": True}))
    return found
