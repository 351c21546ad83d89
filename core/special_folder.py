"""Special folders of Correio's own beside those that every account has: made when they are first needed."""

from __future__ import annotations

from core import operations
from core.store import folders
from core.store.database import Database
from core.store.folders import Folder


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
