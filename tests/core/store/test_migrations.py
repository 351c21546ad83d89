"""Migrations: from each version to the next, all or nothing, with a backup; newer files are refused."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import apsw
import pytest

from core.errors import StoreError
from core.store import migrations
from core.store.database import Database


def one(connection: apsw.Connection) -> None:
    connection.execute("CREATE TABLE draft (id INTEGER PRIMARY KEY, data TEXT)")


def two(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE draft ADD COLUMN saved INTEGER; UPDATE draft SET saved = 7")


def three(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE draft RENAME COLUMN data TO words")


STEPS = {1: one, 2: two, 3: three}


def upto(version: int) -> dict[int, migrations.Step]:
    return {number: step for number, step in STEPS.items() if number <= version}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store of version 1 with a draft in it."""
    path = tmp_path / "correio.db"
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode=WAL")
    assert migrations.migrate(connection, path, upto(1))
    connection.execute("INSERT INTO draft (data) VALUES ('Dear Ana')")
    connection.close()
    return path


def backups(path: Path) -> list[str]:
    return sorted(found.name for found in path.parent.glob("backup*"))


def test_a_new_file_needs_no_backup(file: Path) -> None:
    assert backups(file) == []
    connection = apsw.Connection(str(file))
    assert connection.pragma("user_version") == 1
    assert not migrations.migrate(connection, file, upto(1))


def test_step_by_step_with_a_backup_of_each(file: Path) -> None:
    connection = apsw.Connection(str(file))
    assert migrations.migrate(connection, file, upto(2))
    assert connection.execute("SELECT data, saved FROM draft").fetchall() == [("Dear Ana", 7)]
    assert migrations.migrate(connection, file, upto(3))
    assert connection.execute("SELECT words, saved FROM draft").fetchall() == [("Dear Ana", 7)]
    assert backups(file) == ["backup-v1.db", "backup-v2.db"]
    saved = apsw.Connection(str(file.parent / "backup-v1.db"), flags=apsw.SQLITE_OPEN_READONLY)
    assert saved.execute("SELECT * FROM draft").fetchall() == [(1, "Dear Ana")]
    assert stat.S_IMODE((file.parent / "backup-v1.db").stat().st_mode) == 0o600


def test_several_steps_at_once(file: Path) -> None:
    connection = apsw.Connection(str(file))
    assert migrations.migrate(connection, file, STEPS)
    assert connection.pragma("user_version") == 3
    assert connection.execute("SELECT words, saved FROM draft").fetchall() == [("Dear Ana", 7)]
    assert backups(file) == ["backup-v1.db"]


def test_the_newest_two_backups_stay(file: Path) -> None:
    connection = apsw.Connection(str(file))
    more = {**STEPS, 4: lambda c: None, 12: lambda c: None}
    for version in (2, 3, 4):
        migrations.migrate(connection, file, {n: step for n, step in more.items() if n <= version})
    assert backups(file) == ["backup-v2.db", "backup-v3.db"]


def test_a_step_that_fails_changes_nothing(file: Path) -> None:
    def breaks(connection: apsw.Connection) -> None:
        connection.execute("DELETE FROM draft; SELECT nonsense")

    connection = apsw.Connection(str(file))
    with pytest.raises(apsw.SQLError):
        migrations.migrate(connection, file, {**upto(2), 3: breaks})
    assert connection.pragma("user_version") == 1
    assert connection.execute("SELECT * FROM draft").fetchall() == [(1, "Dear Ana")]
    assert migrations.migrate(connection, file, STEPS), "a later Correio with a step that works goes on"


def test_no_room_for_the_backup_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(connection: apsw.Connection, target: Path) -> None:
        raise StoreError("disk-full", file=str(target), answer="")

    connection = apsw.Connection(str(file))
    monkeypatch.setattr(migrations, "back_up", full)
    with pytest.raises(StoreError):
        migrations.migrate(connection, file, STEPS)
    assert connection.pragma("user_version") == 1


def _migrate(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(20_000)
    migrations.migrate(connection, path, STEPS)
    connection.close()


def test_two_processes_migrate_once(file: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_migrate, args=(file,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    connection = apsw.Connection(str(file))
    assert connection.execute("SELECT words, saved FROM draft").fetchall() == [("Dear Ana", 7)]
    assert backups(file) == ["backup-v1.db"]


@pytest.mark.parametrize("readonly", [False, True])
def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path, readonly: bool) -> None:
    path = tmp_path / "correio.db"
    Database(path).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", max(migrations.STEPS) + 1)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Database(path, readonly=readonly)
    assert caught.value.id == "store-newer"
    assert path.read_bytes() == before
    assert backups(path) == []


def test_a_copy_of_the_store_is_whole(db: Database, local: int, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    db.backup(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    copy = Database(target)
    assert copy.value("SELECT uid FROM account") == "10ca1000"
    copy.close()
    with pytest.raises(StoreError):
        db.backup(tmp_path / "missing" / "copy.db")
