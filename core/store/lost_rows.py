"""Rows of a damaged store whose own page cannot be read, put together from what the indexes of their table say of them.

Where the root of a table is damaged, that is all of them; mail that no server has would be out of sight without them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import apsw

from core.errors import StoreError
from core.parcel import pack_header
from core.store import bodies, compression, folders
from core.store.database import Database

_AT_ONCE = 20_000
"""Rows that are put together at a time: each is in memory, and each index is read once for it."""
_TOLD: Mapping[str, Mapping[str, str]] = {
    "account": {},
    "folder": {},
    # Ids rise with the received time (core.store.messages).
    "message": {"received": "{id} / 256 * 60", "body": "CASE WHEN {raw} IS NULL THEN 0 ELSE 2 END"},
    "placement": {
        "thread": "(SELECT thread FROM message WHERE id = {message})",
        "received": "(SELECT received FROM message WHERE id = {message})",
        "server_flags": "coalesce({flags}, 0)",
        # Which operation hides it is not known any more: better twice than nowhere.
        "hidden": "0",
    },
}
"""The tables whose rows can be put together, and how values follow from others where no index has them."""
_NAMED = ("raw", "message", "flags")
"""Columns that these name."""


def put_together(old: apsw.Connection, new: Database, table: str, lost: Sequence[int]) -> None:
    """Make these rows of the old store in the new one, as far as its indexes can be read."""
    if table not in _TOLD:
        return
    for start in range(0, len(lost), _AT_ONCE):
        rows = _of_indexes(old, new, table, lost[start : start + _AT_ONCE])
        with new.write(reserve=False):
            for id, values in rows.items():
                _insert(new, table, {**values, "id": id})


def _of_indexes(old: apsw.Connection, new: Database, table: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {id: {} for id in ids}
    indexes = new.read("SELECT l.name, s.sql FROM pragma_index_list(?) l LEFT JOIN sqlite_schema s ON s.name = l.name", (table,))
    for name, sql in indexes:
        columns = [row[0] for row in new.read("SELECT name FROM pragma_index_info(?) WHERE name IS NOT NULL", (name,))]
        condition = str(sql or "").partition(" WHERE ")[2] or "1"
        statement = (
            f"SELECT rowid, {', '.join(columns)} FROM {table} INDEXED BY {name} WHERE ({condition}) AND +rowid BETWEEN ? AND ?"
        )
        with contextlib.suppress(apsw.Error):  # this one is damaged as well, or does not have all that is asked of it
            for id, *values in old.execute(statement, (min(ids), max(ids))):
                if id in found:
                    found[id].update(zip(columns, values, strict=True))
    return found


def _insert(new: Database, table: str, values: Mapping[str, Any]) -> None:
    known = {name: f":{name}" for name in values}
    for name, told in _TOLD[table].items():
        known[name] = told.format_map({key: f":{key}" for key in ("id", *_NAMED)})
    values = {**dict.fromkeys(_NAMED), **values}
    with contextlib.suppress(apsw.ConstraintError):  # what no index has is missing
        new.run(f"INSERT INTO {table} ({', '.join(known)}) VALUES ({', '.join(known.values())})", values)


def complete(new: Database, lost: Mapping[str, Collection[int]]) -> None:
    """What follows from other tables, once all of them are there."""
    _complete_messages(new, lost.get("message", ()))
    with new.write(durable=True):
        for row in lost.get("account", ()):
            # Only what a server has is numbered.
            numbered = new.value(
                "SELECT EXISTS (SELECT 1 FROM folder f WHERE f.account = ?1 AND (f.uidvalidity IS NOT NULL OR f.wire <> ''"
                " OR EXISTS (SELECT 1 FROM placement p WHERE p.folder = f.id AND p.uid IS NOT NULL)))",
                (row,),
            )
            new.run("UPDATE account SET local = ? WHERE id = ?", (int(not numbered), row))
        if lost.get("folder") or lost.get("account"):
            for (row,) in new.read("SELECT id FROM account WHERE local = 1"):
                folders.ensure_local(new, row)  # the system folders have their roles again


def _complete_messages(new: Database, ids: Collection[int]) -> None:
    """From, To, subject and date, of the header; without that there is nothing to be shown, and a server gives it again."""
    for id in ids:
        try:
            block = bodies.header(new, id)
        except StoreError:
            block = None
        with new.write(reserve=False):
            if block is None:
                new.run("DELETE FROM message WHERE id = ?", (id,))
                continue
            told = pack_header(block, len(block), compression.packer(new))
            new.run(
                "UPDATE message SET name = ?, address = ?, recipients = ?, subject = ?, message_id = ?, parent = ?, date = ?,"
                " marks = marks | ? WHERE id = ?",
                (
                    told.name, told.address, told.recipients, told.subject, told.message_id, told.parent, told.date,
                    told.marks, id,
                ),
            )  # fmt: skip
