"""From which sender one last wrote to somebody: the next mail to them comes from the same."""

from __future__ import annotations

import time
from collections.abc import Iterable

from core.address import Address
from core.store.database import Database

MOST_RECIPIENTS = 20
"""Mail to more people than this says nothing about how one writes to each."""


def note(db: Database, recipients: Iterable[Address], identity: str) -> None:
    """A mail to these people goes out from this sender. Inside `db.write`."""
    keys = list(dict.fromkeys(one.key for one in recipients if one.addr))
    if len(keys) <= MOST_RECIPIENTS:
        db.many(
            "INSERT OR REPLACE INTO sender_choice (address, identity, made) VALUES (?, ?, ?)",
            [(key, identity, int(time.time())) for key in keys],
        )


def last(db: Database, recipients: Iterable[Address]) -> str:
    """The id of the sender one last wrote from to the first of these people that one wrote to; '' for nobody known."""
    for one in recipients:
        found = db.value("SELECT identity FROM sender_choice WHERE address = ?", (one.key,))
        if found:
            return str(found)
    return ""
