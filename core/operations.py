"""Changing mail: applied here at once and written into the journal in the same transaction, replayed by the engine.

Every function returns the number of its *step*: what one key press did, which `undo` takes back as a whole.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, structs

from core import crossing
from core.errors import CorreioError
from core.flags import Flag
from core.store import folders, journal, muted, placements, rethreading, rights
from core.store.database import Database
from core.store.folders import Folder
from core.store.journal import Operation

AT_ONCE = 400
"""Messages that are moved or copied in one write; of those that go to another account fewer are (`core.crossing`)."""

Place = tuple[int, int]
"""(folder row id, message row id): a message where the user saw it."""


class Undone(Struct, frozen=True):
    """What `undo` took back."""

    step: int
    kind: str
    messages: int


def set_flag(db: Database, places: Iterable[Place], flag: Flag, on: bool, *, actor: str = "user") -> int:
    """Set or clear one flag on messages in folders; those that already have it so are left alone."""
    return in_turns(db, _at_places(places, lambda some: flagging(db, some, flag, on, actor=actor)))


def flagging(db: Database, places: Iterable[Place], flag: Flag, on: bool, *, actor: str = "user") -> list[Operation]:
    """What `set_flag` performs, for a step that does more than that. Inside `db.write`."""
    found = []
    for folder, messages in _grouped(places).items():
        wanted = tuple(
            message
            for message in messages
            if any(bool(p.flags & flag) != on for p in placements.of_message(db, message, folder) if not p.hidden)
        )
        account = folders.get(db, folder).account
        found.append(Operation(account, "flag", wanted, folder, args={"flag": int(flag), "on": on}, actor=actor))
    return found


def set_tag(db: Database, places: Iterable[Place], name: str, on: bool, *, actor: str = "user") -> int:
    """Put a tag on messages, or take it off. Tags are IMAP keywords: lower case, no blanks."""
    return set_tags(db, places, {name: on}, actor=actor)


def set_tags(db: Database, places: Iterable[Place], tags: Mapping[str, bool], *, actor: str = "user") -> int:
    """Put several tags on messages (True) or take them off (False), as one step."""
    return in_turns(db, _at_places(places, lambda some: _tagging(db, some, tags, actor)))


def _tagging(db: Database, places: Iterable[Place], tags: Mapping[str, bool], actor: str) -> list[Operation]:
    found = []
    for folder, messages in _grouped(places).items():
        account = folders.get(db, folder).account
        for name, on in tags.items():
            keyword = keyword_of(name)
            wanted = tuple(message for message in messages if _has_tag(db, folder, message, keyword) != on)
            found.append(Operation(account, "tag", wanted, folder, args={"name": keyword, "on": on}, actor=actor))
    return found


def move(db: Database, places: Iterable[Place], target: int, *, actor: str = "user") -> int:
    """Move messages to a folder, of their own account or of another one."""
    return moves(db, {target: tuple(places)}, actor=actor)


def moves(db: Database, by_target: Mapping[int, Sequence[Place]], *, actor: str = "user") -> int:
    """Move messages to several folders, target by target, as one step (archiving from the unified Inbox)."""
    parts: list[Part] = []
    for target, places in by_target.items():
        into = folders.get(db, target)
        for folder, messages in _grouped(places).items():
            parts += moving(db, folders.get(db, folder), into, messages, actor=actor)
    return in_turns(db, parts)


def moving(db: Database, source: Folder, into: Folder, messages: Sequence[int], *, actor: str = "user") -> list[Part]:
    """What moves messages from one folder to another, for `in_turns`."""
    if source.id == into.id:
        return []
    if source.account != into.account:
        return _parts(messages, crossing.CHUNK, lambda some: crossing.across(db, source, into, some, stays=False, actor=actor))
    return _parts(messages, AT_ONCE, lambda some: [Operation(source.account, "move", some, source.id, into.id, actor=actor)])


def _parts(messages: Sequence[int], most: int, make: Callable[[tuple[int, ...]], Sequence[Operation]]) -> list[Part]:
    chunks = [tuple(messages[start : start + most]) for start in range(0, len(messages), most)]
    return [(len(chunk) / most, partial(make, chunk)) for chunk in chunks]


def copy(db: Database, places: Iterable[Place], target: int, *, actor: str = "user") -> int:
    """Copy messages to a folder, of their own account or of another one; those that already stand there are left alone."""
    into = folders.get(db, target)
    parts: list[Part] = []
    for folder, messages in _grouped(places).items():
        source = folders.get(db, folder)
        most = AT_ONCE if source.account == into.account else crossing.CHUNK
        parts += _parts(messages, most, partial(_copying, db, source, into, actor))
    return in_turns(db, parts)


def _copying(db: Database, source: Folder, into: Folder, actor: str, messages: tuple[int, ...]) -> list[Operation]:
    if source.account != into.account:
        wanted = tuple(m for m in messages if not _stands_as_twin(db, m, into))
        return crossing.across(db, source, into, wanted, stays=True, actor=actor)
    wanted = tuple(m for m in messages if not shows(db, into.id, m))
    return [Operation(source.account, "copy", wanted, source.id, into.id, actor=actor)]


def _stands_as_twin(db: Database, message: int, target: Folder) -> bool:
    """Whether the folder, of another account, shows a mail of exactly these bytes."""
    return bool(
        db.value(
            "SELECT 1 FROM message m JOIN message t ON t.hash = m.hash AND t.raw = m.raw AND t.account = ?"
            " JOIN placement p ON p.message = t.id AND p.folder = ? AND p.hidden = 0 WHERE m.id = ?",
            (target.account, target.id, message),
        )
    )


def expunge(db: Database, places: Iterable[Place], *, actor: str = "user") -> int:
    """Delete messages for good. Their bytes stay for some days, so that undo can put them back."""
    # Half as many as of others: to put them back takes twice as long.
    return in_turns(db, _at_places(places, lambda some: _expunging(db, some, actor), max(1, AT_ONCE // 2)))


def _expunging(db: Database, places: Iterable[Place], actor: str) -> list[Operation]:
    return [
        Operation(folders.get(db, folder).account, "expunge", messages, folder, args=were(db, folder, messages), actor=actor)
        for folder, messages in _grouped(places).items()
    ]


def append(db: Database, target: int, message: int, flags: Flag, *, actor: str = "user") -> int:
    """Put a message whose bytes are in the store into a folder, here and on the server."""
    account = folders.get(db, target).account
    return perform(db, [Operation(account, "append", (message,), None, target, {"flags": int(flags)}, actor=actor)])


def create_folder(db: Database, account: int, path: str, *, actor: str = "user") -> int:
    """Make a folder, here and on the server. Raises CorreioError `folder-exists`."""
    path = folders.typed(db, account, path)
    if not path or folders.by_path(db, account, path) is not None:
        raise CorreioError("folder-exists", name=path)
    with db.write(durable=True):
        made = folders.ensure(db, account, path, delimiter=folders.delimiter_of(db, account))
        return perform(db, [Operation(account, "create", (), None, made.id, {"path": path}, actor=actor)])


Part = tuple[float, Callable[[], Sequence[Operation]]]
"""Some operations of a step, made inside `db.write`, and how much of a write that may last they are (1: all of it)."""


def _at_places(places: Iterable[Place], make: Callable[[Sequence[Place]], Sequence[Operation]], most: int = 0) -> list[Part]:
    """What `make` does with the places, folder by folder, for `in_turns`."""
    most = most or AT_ONCE
    wanted = sorted(dict.fromkeys(places), key=lambda place: place[0])
    chunks = [wanted[start : start + most] for start in range(0, len(wanted), most)]
    return [(len(chunk) / most, partial(make, chunk)) for chunk in chunks]


def in_turns(db: Database, parts: Iterable[Part], *, step: int = 0) -> int:
    """`perform` for many messages: one step, in writes after which others have their turn; 0 when nothing was to change.

    Cut short (a kill, or somebody takes the step back meanwhile) it has been done for the first of them.
    """
    turn, load = list[Part](), 0.0
    for part in parts:
        if turn and load + part[0] > 1.0:
            step, goes_on = _turn(db, turn, step)
            if not goes_on:
                return step
            turn, load = [], 0.0
        turn.append(part)
        load += part[0]
    return _turn(db, turn, step)[0]


def _turn(db: Database, parts: Iterable[Part], step: int) -> tuple[int, bool]:
    with db.write(durable=True):  # what is read here must still hold when it is written
        if step and db.value("SELECT 1 FROM operation WHERE undoes = ?1 OR step = ?1 AND state = 'undone' LIMIT 1", (step,)):
            return step, False
        return perform(db, [operation for _, make in parts for operation in make()], step=step), True


def perform(db: Database, operations: Sequence[Operation], *, step: int = 0) -> int:
    """Apply operations here and journal them, as one step; 0 when there was nothing to change.

    `step`: one that is to have these too.
    """
    wanted = [operation for operation in operations if operation.messages or operation.kind in journal.OF_FOLDERS]
    if not wanted:
        return step
    with db.write(durable=True):
        ids: list[int] = []
        emptied = journal.latest_leaving(db, step) if step else None
        step = step or journal.next_step(db)
        for operation in [one for one in wanted if _is_allowed(db, one)]:
            local = bool(db.value("SELECT local FROM account WHERE id = ?", (operation.account,)))
            linked = operation if operation.after is None else dataclasses.replace(operation, after=ids[operation.after])
            if operation.kind == "remove":
                linked = dataclasses.replace(linked, after=emptied)  # not before the last mail has left
            ids.append(journal.add(db, linked, step=step, state="queued"))
            emptied = ids[-1] if operation.kind in ("move", "leave", "expunge") else emptied
            numbered = dataclasses.replace(linked, id=ids[-1], step=step)
            _apply(db, numbered)
            done = local and (numbered.after is None or journal.is_done(db, numbered.after))
            if done or operation.kind in ("thread", "mute"):  # no server knows of threads
                journal.done(db, numbered)
    return step


def _is_allowed(db: Database, operation: Operation) -> bool:
    """Whether it may be done in folders of others; False where only what was read would be marked. ServerRefused `no-right`."""
    kind, folder, target = operation.kind, operation.folder, operation.target
    if folder is not None and kind == "flag" and operation.args["flag"] == Flag.SEEN:
        return rights.allows(db, folder, "s")
    if folder is not None and kind in ("flag", "tag"):
        rights.check(db, folder, "w")
    if folder is not None and kind in ("move", "expunge", "leave", "take"):
        rights.check(db, folder, "t")
    if folder is not None and kind in ("remove", "rename"):
        rights.check(db, folder, "x")
    if target is not None and kind in ("move", "copy", "append", "bring"):
        rights.check(db, target, "i")
    return True


def undo(db: Database) -> Undone | None:
    """`core.undoing.undo`."""
    from core import undoing

    return undoing.undo(db)


def keyword_of(name: str) -> str:
    """The IMAP keyword (an atom, RFC 3501 §9) of a tag's shown name: lower case, other characters become `_`."""
    return "".join(c if (c.isalnum() and c.isascii()) or c in "-_.$" else "_" for c in name.strip().lower())[:60] or "_"


def remade(folder: Folder) -> dict[str, Any]:
    """What it takes to make a folder anew that a `remove` has removed."""
    return {"path": folder.path, "wire": folder.wire, "delimiter": folder.delimiter}


def were(db: Database, folder: int, messages: Iterable[int]) -> dict[str, dict[str, Any]]:
    """The flags (but for those that are just read) and tags of messages, for putting them back as they were: the `args` of
    an `expunge`."""
    flags: dict[str, Any] = {}
    tags: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for message in messages:
        shown = [one for one in placements.of_message(db, message, folder) if not one.hidden]
        for n, placement in enumerate(shown):
            if n:
                more.setdefault(str(message), []).append(int(placement.flags))
            elif placement.flags != Flag.SEEN:
                flags[str(message)] = int(placement.flags)
            for (name,) in db.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1", (placement.id,)):
                tags.setdefault(name, []).append(message)
    return {"flags": flags, "tags": tags} | ({"more": more} if more else {})


def _apply(db: Database, operation: Operation) -> None:
    """Show an operation as done. Inside `db.write`."""
    kind, folder, target = operation.kind, operation.folder, operation.target
    if kind == "flag":
        _apply_flag(db, operation)
    elif kind == "tag":
        _apply_tag(db, operation)
    elif kind == "thread":
        rethreading.change(db, operation.args, operation.messages)
    elif kind == "rename":
        folders.rename(db, folders.get(db, folder or 0), operation.args["path"])
    elif kind == "mute":
        muted.change(db, operation.messages, bool(operation.args["on"]), operation.args.get("step") or operation.step)
    elif kind == "append" and target is not None:
        for message in operation.messages:
            tags = operation.args.get("tags", ())
            _made(db, operation, placements.add(db, target, None, message, Flag(operation.args["flags"]), tags))
    elif kind == "bring" and target is not None:
        for message in operation.messages:
            for placement in placements.of_message(db, operation.args["from"][str(message)], operation.args["folder"]):
                if not placement.hidden:
                    _place_copy(db, operation, structs.replace(placement, message=message), target)
                    break
    elif kind in ("move", "copy", "expunge", "leave"):
        for message in operation.messages:
            for placement in _meant(db, operation, message):
                if target is not None:
                    _place_copy(db, operation, placement, target)
                if kind != "copy":
                    db.run("UPDATE placement SET hidden = 1, hider = ? WHERE id = ?", (operation.id, placement.id))


def _meant(db: Database, operation: Operation, message: int) -> list[placements.Placement]:
    """What is shown of a message in the folder; where another operation is taken back (`made`), what that has put there.

    Nothing is deleted that something else has put there.
    """
    shown = [one for one in placements.of_message(db, message, operation.folder) if not one.hidden]
    made = operation.args.get("made")
    if made is None:
        return shown
    mine = [one for one in shown if one.since(made)]
    return mine if operation.kind == "expunge" else mine or shown


def _place_copy(db: Database, operation: Operation, placement: placements.Placement, target: int) -> None:
    if placements.stands_by_id(db, placement.message, target):
        return
    tags = [row[0] for row in db.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1", (placement.id,))]
    # Whatever waits for the server is heard there before this: what is shown here is what it will have.
    _made(db, operation, placements.add(db, target, None, placement.message, placement.flags, tags))


def _made(db: Database, operation: Operation, placement: int) -> None:
    db.run("UPDATE placement SET maker = ? WHERE id = ?", (operation.id, placement))


def _apply_flag(db: Database, operation: Operation) -> None:
    bit, on = int(operation.args["flag"]), bool(operation.args["on"])
    for message in operation.messages:
        db.run(
            "UPDATE placement SET held = held | ?1, flags = CASE WHEN ?2 THEN flags | ?1 ELSE flags & ~?1 END"
            " WHERE folder = ?3 AND message = ?4",
            (bit, on, operation.folder, message),
        )


def _apply_tag(db: Database, operation: Operation) -> None:
    name, on = operation.args["name"], bool(operation.args["on"])
    for message in operation.messages:
        for placement in placements.of_message(db, message, operation.folder):
            if on:
                db.run(
                    "INSERT INTO keyword (placement, name, server, shown) VALUES (?, ?, 0, 1)"
                    " ON CONFLICT (placement, name) DO UPDATE SET shown = 1",
                    (placement.id, name),
                )
            else:
                db.run("UPDATE keyword SET shown = 0 WHERE placement = ? AND name = ?", (placement.id, name))


def _grouped(places: Iterable[Place]) -> dict[int, tuple[int, ...]]:
    found: dict[int, dict[int, None]] = {}
    for folder, message in places:
        found.setdefault(folder, {})[message] = None
    return {folder: tuple(messages) for folder, messages in found.items()}


def _has_tag(db: Database, folder: int, message: int, name: str) -> bool:
    return bool(
        db.value(
            "SELECT 1 FROM placement p JOIN keyword k ON k.placement = p.id"
            " WHERE p.folder = ? AND p.message = ? AND p.hidden = 0 AND k.name = ? AND k.shown = 1",
            (folder, message, name),
        )
    )


def shows(db: Database, folder: int, message: int) -> bool:
    """Whether a folder shows a message."""
    return bool(db.value("SELECT 1 FROM placement WHERE folder = ? AND message = ? AND hidden = 0", (folder, message)))
