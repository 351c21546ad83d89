"""A whole folder, with all below it, under another name or in another account: as steps of the journal.

Within an account it is renamed, mails and all: here at once, on the server when that is heard there. To another account, and
where the server will not rename, the folders are made first, then the mails go over (`core.crossing`, where it is another
account), and each old folder is removed in the end, when the server shows it empty: what did not go over, or came meanwhile,
stays where it is, and is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from core import operations
from core.errors import CorreioError
from core.store import folders
from core.store.database import Database
from core.store.folders import Folder
from core.store.journal import Operation

Pairs = list[tuple[Folder, str]]
"""Folders and their new paths, what stands above before what is below it."""


def move_folder(db: Database, folder: int, account: int, path: str, *, actor: str = "user") -> int:
    """Move a folder (row id) to that path in an account (row id); the step.

    Raises CorreioError `folder-has-role` (an Inbox, a Drafts folder … stays), `folder-into-itself` and `folder-exists`.
    """
    with db.write(durable=True):
        source = folders.get(db, folder)
        delimiter, path = folders.delimiter_of(db, account), folders.typed(db, account, path)
        pairs = _pairs(db, source, path, delimiter)
        _refuse(db, source, account, pairs)
        if source.account == account and (source.delimiter or "/") == delimiter:
            args = {"path": path, "old": source.path}
            return operations.perform(db, [Operation(account, "rename", (), source.id, args=args, actor=actor)])
        made, step = _made(db, account, pairs, delimiter, actor)
    return _mails(db, made, step, actor)


def one_by_one(db: Database, rename: Operation) -> None:
    """The server will not rename a folder, which has its old path again: its mails go to a new one, as part of the same step.

    Nothing where that is not possible any more. Inside `db.write`.
    """
    source = folders.get(db, rename.folder or 0)
    pairs = _pairs(db, source, rename.args["path"], source.delimiter or "/")
    if source.path != rename.args["old"] or any(folders.by_path(db, source.account, name) is not None for _, name in pairs):
        return
    made, step = _made(db, source.account, pairs, source.delimiter or "/", rename.actor, rename.step)
    _mails(db, made, step, rename.actor)


def _pairs(db: Database, source: Folder, path: str, delimiter: str) -> Pairs:
    tree = [source, *folders.below(db, source)]
    return [(old, path + old.path[len(source.path) :].replace(source.delimiter or "/", delimiter)) for old in tree]


def _refuse(db: Database, source: Folder, account: int, pairs: Pairs) -> None:
    for old, _ in pairs:
        if old.role:
            raise CorreioError("folder-has-role", name=old.path)
    if account == source.account and f"{pairs[0][1]}/".startswith(f"{source.path}{source.delimiter or '/'}"):
        raise CorreioError("folder-into-itself", name=source.path)
    for _, name in pairs:
        if not name.strip() or folders.by_path(db, account, name) is not None:
            raise CorreioError("folder-exists", name=name)


def _made(
    db: Database, account: int, pairs: Pairs, delimiter: str, actor: str, step: int = 0
) -> tuple[list[tuple[Folder, Folder]], int]:
    """Old and new folders, and the step that makes these."""
    made = [(old, folders.ensure(db, account, name, delimiter=delimiter)) for old, name in pairs]
    creates = [Operation(account, "create", (), None, new.id, {"path": new.path}, actor=actor) for _, new in made]
    return made, operations.perform(db, creates, step=step)


def _mails(db: Database, made: Sequence[tuple[Folder, Folder]], step: int, actor: str) -> int:
    """The mails go over, then the old folders are removed."""
    parts: list[operations.Part] = []
    for old, new in made:
        rows = db.read("SELECT DISTINCT message FROM placement WHERE folder = ? AND hidden = 0 ORDER BY message", (old.id,))
        parts += operations.moving(db, old, new, [row[0] for row in rows], actor=actor)
    removes = [
        Operation(old.account, "remove", (), old.id, args=operations.remade(old), actor=actor) for old, _ in reversed(made)
    ]
    return operations.in_turns(db, [*parts, (0.0, lambda: removes)], step=step)
