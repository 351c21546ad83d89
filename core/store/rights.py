"""What we may do in folders that others share, as their server has told (RFC 4314)."""

from __future__ import annotations

from core.errors import ServerRefused
from core.store.database import Database

_OLD = {"t": "d", "e": "d", "k": "c", "x": "c"}
"""What servers of before RFC 4314 say instead."""


def put(db: Database, folder: int, letters: str | None) -> None:
    """Keep the letters; None: the server does not say, and everything is tried. Inside `db.write`."""
    if letters is None:
        db.run("DELETE FROM meta WHERE name = ?", (_key(folder),))
    else:
        db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_key(folder), letters))


def of(db: Database, folder: int) -> str | None:
    """The letters for a folder; None where nobody has said: then everything may be tried."""
    found = db.value("SELECT value FROM meta WHERE name = ?", (_key(folder),))
    return None if found is None else str(found)


def allows(db: Database, folder: int, right: str) -> bool:
    """Whether the folder's owner has given this right, as far as is known."""
    letters = of(db, folder)
    return letters is None or right in letters or _OLD.get(right, right) in letters


def check(db: Database, folder: int, right: str) -> None:
    """ServerRefused `no-right` where the folder's owner has not given this right."""
    if not allows(db, folder, right):
        path = db.value("SELECT path FROM folder WHERE id = ?", (folder,))
        raise ServerRefused("no-right", server="", answer="", folder=str(path or ""), right=right)


def _key(folder: int) -> str:
    return f"imap {folder} rights"
