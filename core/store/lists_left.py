"""Lists that were left from here: a later mail of one says when that was."""

from __future__ import annotations

import time

from core.store.database import Database


def note(db: Database, account: int, list: str, how: str, place: str, outgoing: int | None = None) -> None:
    """Remember that a list was left. Inside `db.write`.

    `list`: what its mails have in common (`core.mailing_list.key_of`); `how` and `place` as in `core.mailing_list.Way`;
    `outgoing`: the mail in the outbox that does it: while it is taken back or has failed, the list is not left.
    """
    db.run(
        "INSERT OR REPLACE INTO list_left (account, list, made, how, place, outgoing) VALUES (?, ?, ?, ?, ?, ?)",
        (account, list, int(time.time()), how, place, outgoing),
    )


def when(db: Database, message: int, list: str) -> int | None:
    """When the list of a message was left by its account (unix seconds); None if it was not. `list` as for `note`."""
    found = db.value(
        "SELECT l.made FROM list_left l LEFT JOIN outbox o ON o.id = l.outgoing"
        " WHERE l.account = (SELECT account FROM message WHERE id = ?) AND l.list = ?"
        " AND coalesce(o.state, '') NOT IN ('cancelled', 'failed')",
        (message, list),
    )
    return None if found is None else int(found)
