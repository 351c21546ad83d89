"""The journal of operations: what the user changed and the server has yet to hear, in order.

`core.operations` writes it; the engine reads it with `pending` and reports with `started`, `done`, `later` and `refused`.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core import idset
from core.errors import CorreioError, NotFound
from core.flags import Flag
from core.store import folders, notices, placements, twins
from core.store.database import Database

LONGEST_PAUSE = 60
"""Seconds between two tries. A pause that is longer comes from a clock that was set back, and is over."""
KINDS = ("flag", "tag", "move", "copy", "expunge", "append", "create", "thread", "mute", "take", "bring", "leave", "remove",
         "rename")  # fmt: skip
OF_FOLDERS = frozenset(("create", "remove", "rename"))
"""What is done with a folder as a whole, and names no messages."""


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
    expunge  where they are          `flags`, `tags`: as they were; the bytes stay for some days; `more`: the flags of each
                                     further time that a message stood there
    append   -, where they go        `flags`, `tags`: the bytes are in the store; `instead` (core.detaching): of which message,
                                     that leaves when this is done
    create   -, the new folder
    thread   -, -                    `cuts`, `bonds`, `loosed`, `on`: core.store.rethreading; never waits
    mute     -, -                    `on`, `step` that muted it: core.store.muted; never waits
    remove   the folder, -           core.folder_moves; only when it is empty; `path`, `wire`, `delimiter`: to make it anew
    rename   the folder, -           core.folder_moves; `path`, and the `old` one: with all that is below it
    take, bring, leave               core.crossing; `from`: message → the message of the other account, `folder`
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
    after: int | None = None
    """The operation that has to be done before; while a step is put together, -1 is the one just before it."""


_COLUMNS = (
    "account, kind, messages, folder, target, args, id, actor, state, step, made, attempts, not_before, progress, undoes, after"
)


def _operation(row: Any) -> Operation:
    fields = dict(zip(_COLUMNS.split(", "), row, strict=True))
    fields["messages"] = tuple(idset.unpack(fields["messages"]))
    fields["args"] = json.loads(fields["args"])
    fields["progress"] = json.loads(fields["progress"])
    return Operation(**fields)


def add(db: Database, operation: Operation, *, step: int, state: str) -> int:
    """Write an operation down; its row id. Inside a durable `db.write`."""
    db.run(
        "INSERT INTO operation (account, actor, kind, folder, target, args, messages, state, step, made, undoes, after)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            operation.account, operation.actor, operation.kind, operation.folder, operation.target,
            json.dumps(operation.args), idset.pack(operation.messages), state, step, int(time.time()), operation.undoes,
            operation.after,
        ),
    )  # fmt: skip
    return db.last_id()


def next_step(db: Database) -> int:
    """A number for the operations of one key press, never given before. Inside `db.write`."""
    # What outlives its operations names them too.
    tables = " UNION ALL ".join(f"SELECT max(step) AS step FROM {table}" for table in ("operation", "schedule", "muted"))
    return int(db.value(f"SELECT coalesce(max(step), 0) + 1 FROM ({tables})"))


def latest_leaving(db: Database, step: int) -> int | None:
    """The last operation of a step that takes mails out of a folder, or None."""
    found = db.value("SELECT max(id) FROM operation WHERE step = ? AND kind IN ('move', 'leave', 'expunge')", (step,))
    return None if found is None else int(found)


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


def ready(db: Database, account: int, limit: int = 50) -> list[Operation]:
    """What of it can be done now: not what waits for another account, nor what comes after that on the same messages."""
    found: list[Operation] = []
    held: set[int] = set()
    last = 0
    while len(found) < limit:
        page = [
            _operation(row)
            for row in db.read(
                f"SELECT {_COLUMNS} FROM operation WHERE account = ? AND state IN ('queued', 'running') AND id > ?"
                " ORDER BY id LIMIT 50",
                (account, last),
            )
        ]
        for operation in page:
            if _is_held(db, operation) or not held.isdisjoint(operation.messages):
                held.update(operation.messages)
            else:
                found.append(operation)
        if len(page) < 50:
            break
        last = page[-1].id
    return found[:limit]


def _is_held(db: Database, operation: Operation) -> bool:
    # What is not known to be done holds: a mail leaves its folder only when it has been brought.
    return operation.after is not None and not is_done(db, operation.after)


def is_done(db: Database, id: int) -> bool:
    """Whether the operation with this row id has been carried out."""
    return bool(db.value("SELECT state = 'done' FROM operation WHERE id = ?", (id,)))


def followed(db: Database) -> list[tuple[int, int]]:
    """(operation, its account) of what is queued and was made possible by another operation, perhaps of another account."""
    return db.read(
        "SELECT o.id, o.account FROM operation o JOIN operation b ON b.id = o.after"
        " WHERE o.after IS NOT NULL AND o.state = 'queued' AND b.state = 'done'"
    )


def renaming(db: Database, account: int) -> bool:
    """Whether the server of an account has yet to hear that a folder was renamed: until then it has the old names."""
    sql = "SELECT 1 FROM operation WHERE account = ? AND kind = 'rename' AND state IN ('queued', 'running') LIMIT 1"
    return bool(db.value(sql, (account,)))


def waiting(db: Database) -> int:
    """How many changes wait, over all accounts: what one key did is one, whatever it takes."""
    return int(db.value("SELECT count(DISTINCT step) FROM operation WHERE state IN ('queued', 'running')"))


def wanted_elsewhere(db: Database) -> set[int]:
    """The messages whose bytes another account has yet to get: what waits there names its own (core.crossing)."""
    rows = db.read("SELECT args FROM operation WHERE kind = 'bring' AND state IN ('queued', 'running')")
    return {int(id) for (args,) in rows for id in json.loads(args)["from"].values()}


def started(db: Database, operation: Operation) -> bool:
    """Claim an operation for replay; False when the user has taken it back meanwhile."""
    with db.write(durable=True):
        return bool(
            db.run(
                "UPDATE operation SET state = 'running', attempts = attempts + 1 WHERE id = ? AND state IN ('queued', 'running')",
                (operation.id,),
            )
        )


def note_progress(db: Database, operation: Operation, progress: Mapping[str, Any]) -> None:
    """Remember what a replay has done so far, beside what is noted already, so that a repeat does not do it twice."""
    with db.write(durable=True):
        db.run("UPDATE operation SET progress = json_patch(progress, ?) WHERE id = ?", (json.dumps(dict(progress)), operation.id))


def done(db: Database, operation: Operation, uids: Mapping[int, int] | None = None) -> None:
    """The server has it. `uids`: message → UID in the target, where COPYUID or APPENDUID told."""
    with db.write(durable=True):
        if operation.kind == "remove" and db.value("SELECT state FROM operation WHERE id = ?", (operation.id,)) == "undone":
            return  # taken back while it was carried out: it is made anew by what follows
        db.run("UPDATE operation SET state = 'done', reason = '' WHERE id = ?", (operation.id,))
        if operation.kind in ("flag", "tag"):
            _release(db, operation, confirmed=True)
        elif operation.kind in ("move", "expunge", "leave"):
            placements.drop(db, _hidden(db, operation))
        elif operation.kind == "bring":
            _give(db, operation)
        elif operation.kind == "remove" and operation.folder is not None:
            _remove(db, operation)
        if uids and operation.target is not None:
            copied = operation.kind in ("move", "copy", "bring")
            placements.set_uids(db, operation.target, uids, operation.id if copied else None)
        for follower in followers(db, operation):
            if db.value("SELECT local FROM account WHERE id = ?", (follower.account,)):
                done(db, follower)  # there is no server that would have to hear of it


def _remove(db: Database, operation: Operation) -> None:
    """The folder goes, unless something stands in it or below it after all."""
    folder = folders.get(db, operation.folder or 0)
    if folders.below(db, folder) or db.value("SELECT 1 FROM placement WHERE folder = ? LIMIT 1", (folder.id,)):
        refused(db, operation, CorreioError("folder-not-empty", name=folder.path))
    else:
        folders.remove(db, [folder.id])


def followers(db: Database, operation: Operation) -> list[Operation]:
    """The operations that wait for this one."""
    rows = db.read(f"SELECT {_COLUMNS} FROM operation WHERE after = ? AND state = 'queued' ORDER BY id", (operation.id,))
    return [_operation(row) for row in rows]


def _give(db: Database, bring: Operation) -> None:
    """The bytes go over at once; they are read and made searchable after the write, mail by mail: others want to write too."""
    for message in bring.messages:
        twins.share(db, int(bring.args["from"][str(message)]), message)
    db.afterwards(twins.index_for_a_while)


def narrow(db: Database, operation: Operation, kept: Collection[int]) -> None:
    """Only these of its messages remain: the others are shown as before; those that wait for it lose them too.

    With none left the operation has failed. Inside `db.write`.
    """
    kept = [message for message in operation.messages if message in kept]
    db.run("UPDATE operation SET messages = ? WHERE id = ?", (idset.pack(kept), operation.id))
    if not kept:
        db.run("UPDATE operation SET state = 'failed' WHERE id = ?", (operation.id,))
        # The folder that they were to leave keeps them.
        db.run("UPDATE operation SET state = 'failed' WHERE after = ? AND kind = 'remove'", (operation.id,))
    marks = ",".join(str(int(message)) for message in kept)
    if operation.kind == "leave":
        db.run(f"UPDATE placement SET hidden = 0, hider = NULL WHERE hider = ? AND message NOT IN ({marks})", (operation.id,))
    if operation.kind == "bring":
        rows = db.read(f"SELECT id FROM placement WHERE maker = ? AND uid IS NULL AND message NOT IN ({marks})", (operation.id,))
        placements.drop(db, [row[0] for row in rows])
    for follower in followers(db, operation):
        if operation.kind == "take" and follower.kind == "bring":
            narrow(db, follower, [m for m in follower.messages if follower.args["from"][str(m)] in kept])
        elif operation.kind == "bring":
            narrow(db, follower, [m for m in follower.messages if follower.args["twins"][str(m)] in kept])


def later(db: Database, operation: Operation, not_before: int, error: CorreioError) -> None:
    """The line dropped or the server asked for patience: once more from `not_before` (unix seconds) on."""
    with db.write():
        db.run(
            "UPDATE operation SET state = 'queued', not_before = ?, reason = ? WHERE id = ?",
            (not_before, json.dumps(error.as_json(), default=str), operation.id),
        )


def refused(db: Database, operation: Operation, error: CorreioError, done_of_it: Collection[int] = ()) -> None:
    """The server said no for good: what was shown is taken back, and a notice says once what became of it.

    `done_of_it`: the messages of a `take` or `bring` that went well before; these go on.
    """
    with db.write(durable=True):
        reason = json.dumps(error.as_json(), default=str)
        db.run("UPDATE operation SET state = 'failed', reason = ? WHERE id = ?", (reason, operation.id))
        lost = len(operation.messages) - len(done_of_it)
        if operation.kind in ("take", "bring"):
            narrow(db, operation, done_of_it)
            if done_of_it:
                done(db, dataclasses.replace(operation, messages=tuple(done_of_it)))
        else:
            take_back(db, operation)
            db.run("UPDATE operation SET state = 'failed' WHERE after = ? AND kind = 'remove'", (operation.id,))
            for follower in followers(db, operation):
                if follower.kind == "expunge":  # what was to be put in its place is not there
                    take_back(db, follower)
                    db.run("UPDATE operation SET state = 'failed' WHERE id = ?", (follower.id,))
        notices.add(db, _told(db, operation, error, lost), operation.account)


def _told(db: Database, operation: Operation, error: CorreioError, count: int) -> CorreioError:
    """What became of a change that was refused: which, how many messages, where they are now."""
    names = {
        name: str(db.value("SELECT path FROM folder WHERE id = ?", (id,)) or operation.args.get("path", ""))
        for name, id in (("folder", operation.folder or operation.args.get("folder")), ("target", operation.target))
    }
    kind = "detach" if "instead" in operation.args else operation.kind
    return CorreioError(f"refused-{kind}", count=count, why=error.as_json(), **names)


def take_back(db: Database, operation: Operation) -> None:
    """Show again what was shown before an operation that the server has not carried out. Inside `db.write`."""
    if operation.kind in ("flag", "tag"):
        _release(db, operation, confirmed=False)
        return
    if operation.kind in ("move", "expunge", "leave"):
        for id in _hidden(db, operation):
            db.run("UPDATE placement SET hidden = 0, hider = NULL WHERE id = ?", (id,))
    if operation.kind in ("move", "copy", "append", "bring"):
        for message in operation.messages:
            rows = db.read(
                "SELECT id FROM placement WHERE folder = ? AND message = ? AND uid IS NULL AND maker = ?",
                (operation.target, message, operation.id),
            )
            placements.drop(db, [row[0] for row in rows])
    if operation.kind == "create":
        db.run("DELETE FROM folder WHERE id = ? AND total = 0", (operation.target,))
    if operation.kind == "rename":
        _name_back(db, operation)


def _name_back(db: Database, rename: Operation) -> None:
    """Where it has been renamed again since, or its old path is somebody else's, the next pass shows what the server has.
    Nothing where the folder has gone: a server that would not make it will not rename it either."""
    try:
        folder = folders.get(db, rename.folder or 0)
    except NotFound:
        return
    if folder.path == rename.args["path"] and folders.by_path(db, folder.account, rename.args["old"]) is None:
        folders.rename(db, folder, rename.args["old"])


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
        db.run(
            "DELETE FROM operation WHERE made < ? AND state NOT IN ('queued', 'running') AND id NOT IN"
            " (SELECT after FROM operation WHERE after IS NOT NULL AND state IN ('queued', 'running'))",
            (made_before,),
        )
        # Steps that nobody has taken back to the end (core.undoing).
        db.run(
            "DELETE FROM meta WHERE name GLOB 'undoing *'"
            " AND cast(substr(name, 9) AS integer) NOT IN (SELECT step FROM operation)"
        )


def part_with(db: Database, account: int) -> None:
    """An account goes: what other accounts have waiting for its operations is given up, mail stays where it was.

    Undo no longer knows of moves to or from it. Inside `db.write`.
    """
    for (id,) in db.read(
        "SELECT id FROM operation o WHERE account = ? AND EXISTS"
        " (SELECT 1 FROM operation f WHERE f.after = o.id AND f.state = 'queued')",
        (account,),
    ):
        operation = get(db, id)
        for follower in followers(db, operation) if operation is not None else ():
            narrow(db, follower, ())
    db.run(
        "UPDATE operation SET actor = 'sync' WHERE step IN (SELECT step FROM operation WHERE account = ?"
        " AND kind IN ('take', 'bring', 'leave'))",
        (account,),
    )


def shown_by(operations: Iterable[Operation]) -> int:
    """How many messages the given operations touch, each counted once in its folder; what crosses accounts likewise."""
    counted = [operation for operation in operations if operation.kind not in ("take", "leave")]
    return len({(operation.folder, id) for operation in counted for id in operation.messages})
