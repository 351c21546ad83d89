"""What people should hear of although no screen was open when it happened."""

from __future__ import annotations

import json
import time

from core.errors import CorreioError, from_json
from core.store.database import Database


def add(db: Database, error: CorreioError, account: int | None = None) -> None:
    """Keep an error until somebody has seen it. Inside `db.write`."""
    data = json.dumps(error.as_json(), default=str)
    db.run("INSERT INTO notice (made, account, data) VALUES (?, ?, ?)", (int(time.time()), account, data))


def unseen(db: Database) -> list[tuple[int, CorreioError]]:
    """(row id, error), oldest first."""
    rows = db.read("SELECT id, data FROM notice ORDER BY id LIMIT 100")
    return [(id, from_json(json.loads(data))) for id, data in rows]


def seen(db: Database, ids: list[int]) -> None:
    """Somebody has read these."""
    with db.write():
        db.many("DELETE FROM notice WHERE id = ?", [(id,) for id in ids])
