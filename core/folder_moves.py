"""A whole folder, with all below it, under another name or in another account: as steps of the journal.

The folders are made first, then the mails go over (`core.crossing`, where it is another account), and each old folder is
removed in the end, when the server shows it empty: what did not go over, or came meanwhile, stays where it is, and is told.
"""

from __future__ import annotations

from core import operations
from core.crossing import across
from core.errors import CorreioError
from core.store import folders
from core.store.database import Database
from core.store.folders import Folder
from core.store.journal import Operation


def move_folder(db: Database, folder: int, account: int, path: str, *, actor: str = "user") -> int:
    """Move a folder (row id) to that path in an account (row id); the step.

    Raises CorreioError `folder-has-role` (an Inbox, a Drafts folder … stays), `folder-into-itself` and `folder-exists`.
    """
    with db.write(durable=True):
        source = folders.get(db, folder)
        tree = [source, *folders.below(db, source)]
        delimiter = _delimiter(db, account)
        pairs = [(old, path.strip() + _below(source, old).replace(source.delimiter or "/", delimiter)) for old in tree]
        _refuse(db, source, tree, account, [name for _, name in pairs])
        creates, mails, removes = [], list[Operation](), list[Operation]()
        for old, name in pairs:
            made = folders.ensure(db, account, name, delimiter=delimiter)
            creates.append(Operation(account, "create", (), None, made.id, {"path": name}, actor=actor))
            mails += _mails(db, old, made, actor)
            removes.append(Operation(old.account, "remove", (), old.id, args=operations.remade(old), actor=actor))
        return operations.perform(db, [*creates, *mails, *reversed(removes)])


def _refuse(db: Database, source: Folder, tree: list[Folder], account: int, names: list[str]) -> None:
    for old in tree:
        if old.role:
            raise CorreioError("folder-has-role", name=old.path)
    if account == source.account and f"{names[0]}/".startswith(f"{source.path}{source.delimiter or '/'}"):
        raise CorreioError("folder-into-itself", name=source.path)
    for name in names:
        if not name.strip() or folders.by_path(db, account, name) is not None:
            raise CorreioError("folder-exists", name=name)


def _mails(db: Database, old: Folder, new: Folder, actor: str) -> list[Operation]:
    rows = db.read("SELECT DISTINCT message FROM placement WHERE folder = ? AND hidden = 0 ORDER BY message", (old.id,))
    messages = tuple(row[0] for row in rows)
    if not messages:
        return []
    if old.account != new.account:
        return across(db, old, new, messages, stays=False, actor=actor)
    return [Operation(old.account, "move", messages, old.id, new.id, actor=actor)]


def _below(source: Folder, old: Folder) -> str:
    """What stands behind the moved folder's own path, with the source's delimiter."""
    return old.path[len(source.path) :]


def _delimiter(db: Database, account: int) -> str:
    return next((one.delimiter for one in folders.all_folders(db, account) if one.delimiter), "/")
