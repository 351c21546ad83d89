"""How one writes to somebody: remembered by their address."""

from __future__ import annotations

import json

from core.store.database import Database

MOST = 2_000
_NAME = "formats"


def format_for(db: Database, address: str) -> str:
    """The format last chosen for mail to this address (its key), '' for none."""
    return _formats(db).get(address, "")


def set_format(db: Database, address: str, format: str) -> None:
    """Remember the format chosen for this address. Inside `db.write`."""
    known = _formats(db)
    known.pop(address, None)
    known[address] = format
    for old in list(known)[:-MOST]:
        del known[old]
    db.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_NAME, json.dumps(known)))


def _formats(db: Database) -> dict[str, str]:
    found = db.value("SELECT value FROM meta WHERE name = ?", (_NAME,))
    return dict(json.loads(str(found))) if found is not None else {}
