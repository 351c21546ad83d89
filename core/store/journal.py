"""The journal of operations: what the user changed and the server has yet to hear, in order.

`core.operations` writes it; the engine reads it with `pending` and reports with `started`, `done`, `later` and `refused`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core import idset
from core.errors import CorreioError
from core.flags import Flag
from core.store import notices, placements
from core.store.database import Database

LONGEST_PAUSE = 60
"""Seconds between two tries. A pause that is longer comes from a clock that was set back, and is over."""
KINDS = ("flag", "tag", "move", "copy", "expunge", "append", "create")


@dataclass(frozen=True, slots=True)
class Operation:
    """A change of mail. It names messages, not UIDs.

    ======== ======================= ============================================================
    kind     folder, target          args
    ======== ======================= ============================================================
    flag     where they are          `flag` (one bit of core.flags.Flag), `on` (bool)
    tag      where they are          `name`, `on`
    move     from, to (same account)
    copy     from, to
    expunge  where they are          `flags`, `tags`: as they were; the bytes stay for some days
    append   -, where they go        `flags`: the bytes are in the store
    create   -, the new folder
    ======== ======================= ============================================================
    """

    account: int
    kind: str
    messages: tuple[int, ...] = ()
    folder: int | None = None
    target: int | None = None
    args: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    actor: str = "user"
    state: str = "queued"
    step: int = 0
    made: int = 0
    attempts: int = 0
    not_before: int = 0
    progress: dict[str, Any] = field(default_factory=dict)
    undoes: int | None = None


_COLUMNS = "account, kind, messages, folder, target, args, id, actor, state, step, made, attempts, not_before, progress, undoes"


def _operation(row: Any) -> Operation:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["messages"] = tuple(idset.unpack(fields["messages"]))
    fields["args"] = json.loads(fields["args"])
    fields["progress"] = json.loads(fields["progress"])
    return Operation(**fields)


def add(db: Database, operation: Operation, *, step: int, state: str) -> int:
    """Write an operation down; its row id. Inside a durable `db.write`."""
    db.run(
        "INSERT INTO operation (account, actor, kind, folder, target, args, messages, state, step, made, undoes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            operation.account, operation.actor, operation.kind, operation.folder, operation.target,
            json.dumps(operation.args), idset.pack(operation.messages), state, step, int(time.time()), operation.undoes,
        ),
    )  # fmt: skip
    return db.last_id()


def next_step(db: Database) -> int:
    """A number for the operations of one key press. Inside `db.write`."""
    return int(db.value("SELECT coalesce(max(step), 0) + 1 FROM operation"))


def of_step(db: Database, step: int) -> list[Operation]:
    """The operations of one step, in order."""
    return [_operation(row) for row in db.read(f"SELECT {_COLUMNS} FROM operation WHERE step = ? ORDER BY id", (step,))]


def get(db: Database, id: int) -> Operation | None:
    """The operation with this row id, or None."""
    row = db.one(f"SELECT {_COLUMNS} FROM operation WHERE id = ?", (id,))
    return _operation(row) if row else None


def pending(db: Database, account: int, limit: int = 50) -> list[Operation]:
    """What the server of an account has yet to hear, in the order in which it was done."""
    rows = db.read(
        f"SELECT {_COLUMNS} FROM operation WHERE account = ? AND state IN ('queued', 'running') ORDER BY id LIMIT ?",
        (account, limit),
    )
    return [_operation(row) for row in rows]


def waiting(db: Database) -> int:
    """How many operations wait, over all accounts."""
    return int(db.value("SELECT count(*) FROM operation WHERE state IN ('queued', 'running')"))


def started(db: Database, operation: Operation) -> bool:
    """Claim an operation for replay; False when the user has taken it back meanwhile."""
    with db.write(durable=True):
        return bool(
            db.run(
                "UPDATE operation SET state = 'running', attempts = attempts + 1"
                " WHERE id = ? AND state IN ('queued', 'running')",
                (operation.id,),
            )
        )


def note_progress(db: Database, operation: Operation, progress: Mapping[str, Any]) -> None:
    """Remember what a replay has done so far, so that a repeat does not do it twice."""
    with db.write(durable=True):
        db.run("UPDATE operation SET progress = ? WHERE id = ?", (json.dumps(dict(progress)), operation.id))


def done(db: Database, operation: Operation, uids: Mapping[int, int] | None = None) -> None:
    """The server has it. `uids`: message → UID in the target, where COPYUID or APPENDUID told."""
    with db.write(durable=True):
        db.run("UPDATE operation SET state = 'done', reason = '' WHERE id = ?", (operation.id,))
        if operation.kind in ("flag", "tag"):
            _release(db, operation, confirmed=True)
        elif operation.kind in ("move", "expunge"):
            placements.drop(db, _hidden(db, operation))
        if uids and operation.target is not None:
            placements.set_uids(db, operation.target, uids)


def later(db: Database, operation: Operation, not_before: int, error: CorreioError) -> None:
    """The line dropped or the server asked for patience: once more from `not_before` (unix seconds) on."""
    with db.write():
        db.run(
            "UPDATE operation SET state = 'queued', not_before = ?, reason = ? WHERE id = ?",
            (not_before, json.dumps(error.as_json(), default=str), operation.id),
        )


def refused(db: Database, operation: Operation, error: CorreioError) -> None:
    """The server said no for good: what was shown is taken back, and a notice says so."""
    with db.write(durable=True):
        db.run(
            "UPDATE operation SET state = 'failed', reason = ? WHERE id = ?",
            (json.dumps(error.as_json(), default=str), operation.id),
        )
        take_back(db, operation)
        notices.add(db, error, operation.account)


def take_back(db: Database, operation: Operation) -> None:
    """Show again what was shown before an operation that the server has not carried out. Inside `db.write`."""
    if operation.kind in ("flag", "tag"):
        _release(db, operation, confirmed=False)
        return
    if operation.kind in ("move", "expunge"):
        for id in _hidden(db, operation):
            db.run("UPDATE placement SET hidden = 0, hider = NULL WHERE id = ?", (id,))
    if operation.kind in ("move", "copy", "append"):
        for message in operation.messages:
            rows = db.read(
                "SELECT id FROM placement WHERE folder = ? AND message = ? AND uid IS NULL AND maker = ?",
                (operation.target, message, operation.id),
            )
            placements.drop(db, [row[0] for row in rows])
    if operation.kind == "create":
        db.run("DELETE FROM folder WHERE id = ? AND total = 0", (operation.target,))


def _hidden(db: Database, operation: Operation) -> list[int]:
    found = []
    for message in operation.messages:
        found += [
            row[0]
            for row in db.read(
                "SELECT id FROM placement WHERE folder = ? AND message = ? AND hider = ?",
                (operation.folder, message, operation.id),
            )
        ]
    return found


def _release(db: Database, operation: Operation, *, confirmed: bool) -> None:
    """Let the server's word count again, or what the latest other operation on the same flag wants, if one waits."""
    wanted: dict[int, bool] = {}
    name = "flag" if operation.kind == "flag" else "name"
    for other in pending(db, operation.account, limit=10_000):
        same = other.kind == operation.kind and other.folder == operation.folder
        if same and other.id != operation.id and other.args[name] == operation.args[name]:
            wanted.update(dict.fromkeys(other.messages, bool(other.args["on"])))
    on = bool(operation.args["on"])
    for message in operation.messages:
        for placement in placements.of_message(db, message, operation.folder):
            if operation.kind == "flag":
                _release_flag(db, placement, Flag(operation.args["flag"]), on, confirmed, wanted.get(message))
            else:
                _release_tag(db, placement.id, str(operation.args["name"]), on, confirmed, wanted.get(message))


def _release_flag(
    db: Database, placement: placements.Placement, bit: Flag, on: bool, confirmed: bool, wanted: bool | None
) -> None:
    server = placement.server_flags
    if confirmed:
        server = server | bit if on else server & ~bit
    held = placement.held & ~bit if wanted is None else placement.held
    shown = bool(server & bit) if wanted is None else wanted
    flags = placement.flags | bit if shown else placement.flags & ~bit
    db.run(
        "UPDATE placement SET server_flags = ?, held = ?, flags = ? WHERE id = ?",
        (int(server), int(held), int(flags), placement.id),
    )


def _release_tag(db: Database, placement: int, name: str, on: bool, confirmed: bool, wanted: bool | None) -> None:
    if confirmed:
        db.run("UPDATE keyword SET server = ? WHERE placement = ? AND name = ?", (int(on), placement, name))
    if wanted is None:
        db.run("UPDATE keyword SET shown = server WHERE placement = ? AND name = ?", (placement, name))
        db.run("DELETE FROM keyword WHERE placement = ? AND name = ? AND server = 0", (placement, name))
    else:
        db.run("UPDATE keyword SET shown = ? WHERE placement = ? AND name = ?", (int(wanted), placement, name))


def forget_old(db: Database, made_before: int) -> None:
    """Drop finished operations of before that time; undo no longer reaches them."""
    with db.write():
        db.run("DELETE FROM operation WHERE made < ? AND state NOT IN ('queued', 'running')", (made_before,))


def shown_by(operations: Iterable[Operation]) -> int:
    """How many messages the given operations touch."""
    return sum(len(operation.messages) for operation in operations)
