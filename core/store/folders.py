"""Folders (mailboxes, RFC 3501): their tree, roles and counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from core.errors import NotFound
from core.store.database import Database

ROLES = ("inbox", "drafts", "sent", "archive", "junk", "trash", "snoozed", "templates", "all")
"""Roles (SPECIAL-USE, RFC 6154) in the order in which the tree shows them."""
NAMES = {"inbox": "Inbox", "drafts": "Drafts", "sent": "Sent", "archive": "Archive", "junk": "Junk", "trash": "Trash"}
"""What they are called where Correio makes them."""

_COLUMNS = "id, account, path, wire, delimiter, role, selectable, keywords, total, unread"


class Folder(Struct, frozen=True):
    """One mailbox of one account."""

    id: int
    account: int
    path: str
    wire: str
    delimiter: str
    role: str
    selectable: bool
    keywords: bool
    total: int
    unread: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit(self.delimiter, 1)[-1] if self.delimiter else self.path


def _folder(row: Any) -> Folder:
    return Folder(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]), bool(row[7]), row[8], row[9])


def order(folder: Folder) -> tuple[int, str]:
    """Sort key: roles first, then by path without regard to case."""
    return (ROLES.index(folder.role) if folder.role in ROLES else len(ROLES), folder.path.casefold())


def all_folders(db: Database, account: int | None = None) -> list[Folder]:
    """The folders of one account row, or of all, in tree order."""
    where, params = ("WHERE account = ?", (account,)) if account is not None else ("", ())
    found = [_folder(row) for row in db.read(f"SELECT {_COLUMNS} FROM folder {where}", params)]
    return sorted(found, key=lambda folder: (folder.account, *order(folder)))


def get(db: Database, id: int) -> Folder:
    """The folder with this row id. Raises NotFound `no-folder`."""
    row = db.one(f"SELECT {_COLUMNS} FROM folder WHERE id = ?", (id,))
    if row is None:
        raise NotFound("no-folder", what="folder", name=str(id))
    return _folder(row)


def by_path(db: Database, account: int, path: str) -> Folder | None:
    """The folder of that path (INBOX in any case), or None."""
    row = db.one(f"SELECT {_COLUMNS} FROM folder WHERE account = ? AND path = ?", (account, path))
    if row is None and path.upper() == "INBOX":
        row = db.one(f"SELECT {_COLUMNS} FROM folder WHERE account = ? AND role = 'inbox'", (account,))
    return _folder(row) if row else None


def delimiter_of(db: Database, account: int) -> str:
    """What stands between the levels of an account's paths."""
    return next((one.delimiter for one in all_folders(db, account) if one.delimiter), "/")


def typed(db: Database, account: int, path: str) -> str:
    """A path as people type it, with slashes, the way the account writes it: a slash is in no name where levels end in dots."""
    return path.strip().replace("/", delimiter_of(db, account))


def by_role(db: Database, account: int, role: str) -> Folder | None:
    """The account's folder with that role, or None."""
    row = db.one(f"SELECT {_COLUMNS} FROM folder WHERE account = ? AND role = ? ORDER BY id LIMIT 1", (account, role))
    return _folder(row) if row else None


def with_role(db: Database, role: str) -> list[Folder]:
    """The folders of that role in every account: `inbox` is the unified Inbox."""
    return [_folder(row) for row in db.read(f"SELECT {_COLUMNS} FROM folder WHERE role = ? ORDER BY account", (role,))]


def ensure(
    db: Database,
    account: int,
    path: str,
    *,
    wire: str = "",
    delimiter: str = "/",
    role: str = "",
    selectable: bool = True,
) -> Folder:
    """The folder of that path; made when it is new, with its role and kind brought up to date."""
    with db.write():
        db.run(
            "INSERT INTO folder (account, path, wire, delimiter, role, selectable) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (account, path) DO UPDATE SET wire = excluded.wire, delimiter = excluded.delimiter,"
            " role = excluded.role, selectable = excluded.selectable"
            " WHERE (wire, delimiter, role, selectable)"
            " IS NOT (excluded.wire, excluded.delimiter, excluded.role, excluded.selectable)",
            (account, path, wire, delimiter, role, int(selectable)),
        )
        found = by_path(db, account, path)
    if found is None:
        raise NotFound("no-folder", what="folder", name=path)
    return found


def ensure_local(db: Database, account: int) -> None:
    """The system folders of an account without a server."""
    with db.write():
        for role, path in NAMES.items():
            if by_role(db, account, role) is None:
                ensure(db, account, path, role=role)


def below(db: Database, folder: Folder) -> list[Folder]:
    """The subfolders of a folder, at any depth."""
    prefix = folder.path + (folder.delimiter or "/")
    rows = db.read(
        f"SELECT {_COLUMNS} FROM folder WHERE account = ? AND substr(path, 1, ?) = ? ORDER BY path",
        (folder.account, len(prefix), prefix),
    )
    return [_folder(row) for row in rows]


def rename(db: Database, folder: Folder, path: str) -> None:
    """Give a folder and everything below it a new path. Placements and their UIDs stay, and the server's name (`rewire`)."""
    with db.write(durable=True):
        for one in (folder, *below(db, folder)):
            db.run("UPDATE folder SET path = ? WHERE id = ?", (path + one.path[len(folder.path) :], one.id))


def rewire(db: Database, folder: Folder, wire: str) -> None:
    """The server has renamed a folder, and with it everything that stands below it there."""
    with db.write():
        if folder.wire:
            prefix = folder.wire + (folder.delimiter or "/")
            db.run(
                "UPDATE folder SET wire = ?1 || substr(wire, ?2 + 1) WHERE account = ?3 AND substr(wire, 1, ?4) = ?5",
                (wire, len(folder.wire), folder.account, len(prefix), prefix),
            )
        db.run("UPDATE folder SET wire = ? WHERE id = ?", (wire, folder.id))


def remove(db: Database, ids: Iterable[int]) -> None:
    """Drop folders with their placements; messages that stand nowhere else become orphans."""
    from core.store import placements

    with db.write(durable=True):
        for id in ids:
            rows = [row[0] for row in db.read("SELECT id FROM placement WHERE folder = ?", (id,))]
            placements.drop(db, rows)
            db.run("DELETE FROM unsettled WHERE folder = ?", (id,))
            db.run("DELETE FROM folder_thread WHERE folder = ?", (id,))
            db.run("DELETE FROM folder WHERE id = ?", (id,))
