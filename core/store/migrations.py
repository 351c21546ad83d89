"""Numbered migrations: each in one transaction, after a backup of what cannot be fetched again."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import apsw

from core.errors import StoreError

LATEST = 1


def migrate(connection: apsw.Connection, path: Path) -> None:
    """Bring the file to LATEST. Raises StoreError `store-newer` for a file of a later Correio."""
    version = connection.pragma("user_version")
    if version > LATEST:
        raise StoreError("store-newer", file=str(path), answer=f"{version} > {LATEST}")
    if version == LATEST:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.pragma("user_version")  # another process may have been faster
        for number in range(version + 1, LATEST + 1):
            STEPS[number](connection)
            connection.execute(f"PRAGMA user_version={number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _first(connection: apsw.Connection) -> None:
    connection.execute(files("core.store").joinpath("schema.sql").read_text("utf-8"))


STEPS: dict[int, Callable[[apsw.Connection], None]] = {1: _first}
