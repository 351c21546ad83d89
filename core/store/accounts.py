"""Accounts as the store knows them: a row for each account id of the settings, and what the engine last said."""

from __future__ import annotations

import json
import time

from msgspec import Struct

from core.errors import CorreioError, from_json
from core.store import folders, shelves
from core.store.database import Database


class AccountState(Struct, frozen=True):
    """How an account is doing, for the header, `account list` and `doctor`."""

    row: int
    uid: str
    """The account's id in the settings."""
    state: str
    """'' (well), 'offline', 'password' or 'error'."""
    error: CorreioError | None
    checked: int
    """When the last full pass ended, unix seconds; 0 for never."""
    pending: int
    """Changes that wait for the server; what one key did is one."""


def row_of(db: Database, uid: str, *, local: bool = False) -> int:
    """The row id of the account with this settings id; made when it is new, with system folders when it is local."""
    known = db.value("SELECT id FROM account WHERE uid = ?", (uid,))
    if known is not None:
        return int(known)
    with db.write(durable=True):
        db.run("INSERT OR IGNORE INTO account (uid, local) VALUES (?, ?)", (uid, int(local)))
        row = int(db.value("SELECT id FROM account WHERE uid = ?", (uid,)))
        if local:
            folders.ensure_local(db, row)
    return row


def uid_of(db: Database, row: int) -> str:
    """The settings id of an account row; '' for none."""
    return str(db.value("SELECT uid FROM account WHERE id = ?", (row,)) or "")


def states(db: Database) -> list[AccountState]:
    """Every account the store has seen."""
    rows = db.read(
        "SELECT a.id, a.uid, a.state, a.reason, a.checked, (SELECT count(DISTINCT o.step) FROM operation o"
        " WHERE o.account = a.id AND o.state IN ('queued', 'running')) FROM account a ORDER BY a.id"
    )
    return [
        AccountState(row, uid, state, from_json(json.loads(reason)) if reason else None, checked, pending)
        for row, uid, state, reason, checked, pending in rows
    ]


def set_state(db: Database, row: int, state: str, error: CorreioError | None = None) -> None:
    """Note how the account is doing; a pass that ended well ('') also notes the time."""
    reason = json.dumps(error.as_json(), default=str) if error else ""
    now = int(time.time())
    with db.write():
        db.run(
            "UPDATE account SET state = ?, reason = ?, checked = CASE WHEN ? = '' THEN ? ELSE checked END WHERE id = ?",
            (state, reason, state, now, row),
        )


def forget(db: Database, row: int) -> None:
    """Drop everything that is kept of an account: its folders, placements, messages, journal and state."""
    from core.store import journal

    with db.write(durable=True):
        journal.part_with(db, row)
        folders = "SELECT id FROM folder WHERE account = ?"
        messages = "SELECT id FROM message WHERE account = ?"
        db.run(f"DELETE FROM placement WHERE folder IN ({folders})", (row,))
        for sql in (
            *(f"DELETE FROM {shelf} WHERE rowid IN ({messages})" for shelf in shelves.names(db)),
            f"DELETE FROM header WHERE message IN ({messages})",
            f"DELETE FROM part WHERE message IN ({messages})",
            "DELETE FROM lone_reply WHERE account = ?",
            "DELETE FROM message WHERE account = ?",
            "DELETE FROM operation WHERE account = ?",
            f"DELETE FROM unsettled WHERE folder IN ({folders})",
            f"DELETE FROM folder_thread WHERE folder IN ({folders})",
            "DELETE FROM folder WHERE account = ?",
            "DELETE FROM account WHERE id = ?",
        ):
            db.run(sql, (row,))
        db.run("DELETE FROM raw WHERE hash IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m WHERE m.raw = raw.id)")
        db.run("DELETE FROM raw_chunk WHERE raw NOT IN (SELECT id FROM raw)")
        db.run("DELETE FROM thread WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.thread = thread.id)")
        db.run("DELETE FROM thread_key WHERE thread NOT IN (SELECT id FROM thread)")


def keep_here(db: Database, uid: str) -> None:
    """The account with this settings id has no server any more: what was collected stays, and belongs to this machine."""
    from core.store import journal

    row = row_of(db, uid)
    with db.write(durable=True):
        while waiting := journal.pending(db, row):
            for operation in waiting:
                journal.done(db, operation)
        db.run("UPDATE account SET local = 1, state = '', reason = '' WHERE id = ?", (row,))
        folders.ensure_local(db, row)
