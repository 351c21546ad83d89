"""Special folders that an account does not have: made when they are first needed."""

from __future__ import annotations

from collections.abc import Iterable

from core import operations
from core.errors import NotFound
from core.operations import Place
from core.store import folders
from core.store.database import Database
from core.store.folders import Folder

MADE = ("archive", "trash", "junk")
"""Roles whose folders are made. Of those whose mail may be there before the server's folders are known, `core.sending` and
`core.drafting` see to it."""


def special_folder(db: Database, account: int, role: str, name: str) -> Folder:
    """The account's folder of that role, made beside its other special folders when there is none. Inside `db.write`."""
    found = folders.by_role(db, account, role)
    if found is not None:
        return found
    beside = next((one for other in ("trash", "sent", "drafts") if (one := folders.by_role(db, account, other))), None)
    parent, cut, _ = beside.path.rpartition(beside.delimiter) if beside is not None and beside.delimiter else ("", "", "")
    path = f"{parent}{cut}{name}"
    if folders.by_path(db, account, path) is None:
        operations.create_folder(db, account, path, actor="sync")  # `undo` takes back what is put there, not the folder
    db.run("UPDATE folder SET role = ? WHERE account = ? AND path = ?", (role, account, path))
    return folders.by_path(db, account, path) or folders.ensure(db, account, path, role=role)


def of_role(db: Database, account: int, role: str) -> Folder:
    """The folder of that role, made where an account has no archive, trash or junk. NotFound `no-folder-of-role` for others."""
    found = folders.by_role(db, account, role)
    if found is not None:
        return found
    if role not in MADE:
        raise NotFound("no-folder-of-role", what="folder", name=role)
    with db.write(durable=True):
        return special_folder(db, account, role, folders.NAMES[role])


def to_role(db: Database, places: Iterable[Place], role: str, *, actor: str = "user") -> int:
    """Move messages to the folder of that role in their own account; as `of_role`."""
    by_target: dict[int, list[Place]] = {}
    for folder, message in places:
        target = of_role(db, folders.get(db, folder).account, role)
        by_target.setdefault(target.id, []).append((folder, message))
    return operations.moves(db, by_target, actor=actor)
