"""Numbered migrations: all in one transaction, after a backup of what cannot be fetched again.

The backup is the whole file, `backup-vN.db` beside it (N: the version before), mode 0600; the newest two are kept.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import apsw

from core.errors import StoreError

KEPT = 2
"""Backups of earlier versions that stay."""

Step = Callable[[apsw.Connection], None]


def _first(connection: apsw.Connection) -> None:
    from importlib.resources import files

    connection.execute(files("core.store").joinpath("schema.sql").read_text("utf-8"))


def _few_among_many(connection: apsw.Connection) -> None:
    """What is hidden, and what an operation hides or has put somewhere, is found without going through all placements."""
    connection.execute("CREATE INDEX placement_hidden ON placement (folder, uid) WHERE hidden = 1")
    connection.execute("CREATE INDEX placement_hider ON placement (hider) WHERE hider IS NOT NULL")
    connection.execute("CREATE INDEX placement_maker ON placement (maker) WHERE maker IS NOT NULL")


STEPS: dict[int, Step] = {1: _first, 2: _few_among_many}
"""Version → what leads to it from the one before. A step that was released is never changed."""


def refuse_newer(connection: apsw.Connection, path: Path, latest: int | None = None) -> int:
    """The file's version. Raises StoreError `store-newer` for a file of a later Correio."""
    version = int(connection.pragma("user_version"))
    latest = max(STEPS) if latest is None else latest
    if version > latest:
        raise StoreError("store-newer", file=str(path), answer=f"{version} > {latest}")
    return version


def migrate(connection: apsw.Connection, path: Path, steps: Mapping[int, Step] = STEPS) -> bool:
    """Bring the file to the latest version; whether there was something to do.

    Raises StoreError `store-newer`, and `disk-full` when there is no room for the backup: then nothing was changed.
    """
    latest = max(steps)
    version = refuse_newer(connection, path, latest)
    if version == latest:
        return False
    if version > 0:
        back_up(connection, path.with_name(f"backup-v{version}.db"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = refuse_newer(connection, path, latest)  # another process may have been faster
        for number in range(version + 1, latest + 1):
            steps[number](connection)
            connection.execute(f"PRAGMA user_version={number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    _drop_old_backups(path.parent)
    return True


def back_up(connection: apsw.Connection, target: Path, pages: int = 1000) -> None:
    """Copy the whole store to `target` by SQLite's backup API, while others go on working; a file there is replaced.

    The name appears when the copy is complete and on the disk. Raises StoreError `disk-full` or `file-unwritable`.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        copy = apsw.Connection(str(part))
        try:
            with copy.backup("main", connection, "main") as backup:
                while not backup.done:
                    backup.step(pages)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        finally:
            copy.close()
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        part.replace(target)
    except apsw.FullError as error:
        raise StoreError("disk-full", file=str(target), answer=str(error)) from error
    except (apsw.Error, OSError) as error:
        raise StoreError("backup-failed", file=str(target), answer=str(error)) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _drop_old_backups(folder: Path) -> None:
    found = [(int(name[1]), path) for path in folder.iterdir() if (name := re.fullmatch(r"backup-v(\d+)\.db", path.name))]
    for _, path in sorted(found)[:-KEPT]:
        path.unlink(missing_ok=True)
