"""The schedule: what is to be done at a time, by the engine, whether a screen is open or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.store.database import Database

KINDS = ("wake", "collect", "calendar", "withdraw", "fetched")
"""wake: a snoozed message comes back into the Inbox. collect: a pass over an account is due (`account`: its row id).
calendar: an entry is to be put into the calendar on its server (`core.store.calendar_waiting`).
withdraw, fetched: a link to a file ends, or is looked at (`core.store.shared_files`).
Mails that are sent later wait in the outbox."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to do at a time (unix seconds)."""

    id: int
    due: int
    kind: str
    message: int | None
    args: dict[str, Any]


def _entry(row: Any) -> Entry:
    return Entry(row[0], row[1], row[2], row[3], json.loads(row[4]))


def add(db: Database, due: int, kind: str, message: int | None = None, args: Mapping[str, Any] | None = None,
        *, step: int | None = None) -> int:  # fmt: skip
    """Note something to do; its row id. `step`: the step of the journal with which it is undone. Inside `db.write`."""
    db.run(
        "INSERT INTO schedule (due, kind, message, args, step) VALUES (?, ?, ?, ?, ?)",
        (due, kind, message, json.dumps(dict(args or {})), step),
    )
    return db.last_id()


def only(db: Database, kind: str, due: int | None) -> None:
    """The next thing of this kind is due then, and no other; None: there is none."""
    if [entry.due for entry in of_kind(db, kind)] != ([] if due is None else [due]):
        with db.write():
            db.run("DELETE FROM schedule WHERE kind = ?", (kind,))
            if due is not None:
                add(db, due, kind)


def collect(db: Database, account: int, due: int) -> None:
    """The next pass over an account (row id) is due then, and at no other time."""
    with db.write():
        db.run("DELETE FROM schedule WHERE kind = 'collect' AND json_extract(args, '$.account') = ?", (account,))
        add(db, due, "collect", args={"account": account})


def collect_by(db: Database, latest: int, own: Mapping[int, int] = MappingProxyType({})) -> None:
    """No pass is due later than that: the clock was set back since it was put off, or the user wants them more often.

    `own`: accounts (row ids) with a time of their own.
    """
    others = ",".join(map(str, own))
    _pull_forward(db, f"json_extract(args, '$.account') NOT IN ({others})", latest)
    for account, mine in own.items():
        _pull_forward(db, f"json_extract(args, '$.account') = {int(account)}", mine)


def retry_by(db: Database, latest: int) -> None:
    """Nothing that is tried again and again is due later than that: it was put off by a clock that was ahead."""
    _pull_forward(db, "TRUE", latest, ("calendar", "fetched"))


def _pull_forward(db: Database, which: str, latest: int, kinds: Sequence[str] = ("collect",)) -> None:
    where = f"kind IN ({', '.join(map(repr, kinds))}) AND due > ?1 AND {which}"
    if db.value(f"SELECT 1 FROM schedule WHERE {where} LIMIT 1", (latest,)):
        with db.write():
            db.run(f"UPDATE schedule SET due = ?1 WHERE {where}", (latest,))


def collect_only(db: Database, accounts: Iterable[int]) -> None:
    """Nobody passes over other accounts than these any more."""
    others = f"kind = 'collect' AND json_extract(args, '$.account') NOT IN ({','.join(map(str, accounts))})"
    if db.value(f"SELECT 1 FROM schedule WHERE {others} LIMIT 1"):
        with db.write():
            db.run(f"DELETE FROM schedule WHERE {others}")


def due(db: Database, now: float) -> list[Entry]:
    """What is to be done now, the oldest first."""
    rows = db.read("SELECT id, due, kind, message, args FROM schedule WHERE due <= ? ORDER BY due, id LIMIT 500", (int(now),))
    return [_entry(row) for row in rows]


def next_due(db: Database) -> int | None:
    """When the next thing is to be done, or None."""
    found = db.value("SELECT min(due) FROM schedule")
    return None if found is None else int(found)


def of_kind(db: Database, kind: str) -> list[Entry]:
    """Everything of a kind, the next first."""
    rows = db.read("SELECT id, due, kind, message, args FROM schedule WHERE kind = ? ORDER BY due, id", (kind,))
    return [_entry(row) for row in rows]


def find(db: Database, id: int) -> Entry | None:
    """One thing to do; None where it is done, or was taken back."""
    row = db.one("SELECT id, due, kind, message, args FROM schedule WHERE id = ?", (id,))
    return None if row is None else _entry(row)


def put_off(db: Database, id: int, due: int, args: Mapping[str, Any]) -> None:
    """It is to be done later. Inside `db.write`."""
    db.run("UPDATE schedule SET due = ?, args = ? WHERE id = ?", (due, json.dumps(dict(args)), id))


def hurry(db: Database, kind: str, now: int) -> None:
    """Everything of a kind is due now."""
    if db.value("SELECT 1 FROM schedule WHERE kind = ? AND due > ? LIMIT 1", (kind, now)):
        with db.write():
            db.run("UPDATE schedule SET due = ? WHERE kind = ? AND due > ?", (now, kind, now))


def remove(db: Database, id: int) -> None:
    """It is done, or no longer wanted. Inside `db.write`."""
    db.run("DELETE FROM schedule WHERE id = ?", (id,))


def take(db: Database, entry: Entry) -> bool:
    """It is done now; False where somebody has put it off or taken it back since it was looked up. Inside `db.write`."""
    if find(db, entry.id) != entry:
        return False
    remove(db, entry.id)
    return True


def forget_message(db: Database, kind: str, message: int) -> None:
    """Nothing of this kind is to be done with a message any more. Inside `db.write`."""
    db.run("DELETE FROM schedule WHERE kind = ? AND message = ?", (kind, message))


def forget_step(db: Database, step: int) -> None:
    """A step of the journal was taken back, and what belongs to it with it. Inside `db.write`."""
    db.run("DELETE FROM schedule WHERE step = ?", (step,))
