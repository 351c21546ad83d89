"""`correio doctor` as a person calls it: looked over, made smaller, the index anew, a damaged file rescued."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from core.store.database import Database
from tests.commands.house import House, PostOffice, letter


def test_a_copy_that_can_be_used(house: House, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(letter())
    house.run("import", str(tmp_path / "one.eml"), "--into", "Inbox")
    copy = tmp_path / "copy.db"
    assert str(copy) in house.run("doctor", "--backup", str(copy)).stdout
    with contextlib.closing(Database(copy)) as db:
        assert db.value("SELECT count(*) FROM message") == 1
    assert "exists already" in house.run("doctor", "--backup", str(copy), status=1).stderr


def test_smaller_and_with_a_new_index(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    for n in range(200):
        (folder / f"{n}.eml").write_bytes(letter(f"Letter {n}", id=f"{n}@x", body=f"word{n} " + f"{n * 7919:x} " * 300))
    house.run("import", str(folder), "--into", "Inbox")
    house.run("trash", "*")
    with house.store() as db, db.write():
        db.run("DELETE FROM placement WHERE message NOT IN (SELECT max(id) FROM message)")
        db.run("UPDATE message SET orphaned = 1 WHERE id NOT IN (SELECT max(id) FROM message)")
    with house.store() as db:
        from core.store import room

        while room.sweep(db, 2):
            continue
    before = house.home.database.stat().st_size
    assert "smaller" in house.run("doctor", "--compact").stdout
    assert house.home.database.stat().st_size < before
    [left] = house.json("list", "Trash")
    word = left["subject"].replace("Letter ", "word")
    with house.store() as db, db.write():
        db.run("DELETE FROM search")
    assert house.run("count", word).stdout == "0\n"
    assert "1 mail." in house.run("doctor", "--rebuild").stdout
    assert house.run("count", word).stdout == "1\n"
    house.run("doctor", "--deep")


def test_orphans_are_named_and_taken_away(house: House) -> None:
    with house.store() as db, db.write():
        db.run("INSERT INTO keyword (placement, name) VALUES (999, 'lost')")
        db.run("UPDATE folder SET total = 7 WHERE role = 'inbox'")
    said = house.run("doctor", status=1)
    assert "1 tag without a message" in said.stdout and "1 folder with wrong counts" in said.stdout
    house.run("doctor", "--repair")
    house.run("doctor")


def test_a_file_of_a_newer_correio_is_left_alone(house: House) -> None:
    with house.store() as db, db.write():
        db.run("PRAGMA user_version = 99")
    before = house.home.database.read_bytes()
    for words in (["doctor"], ["doctor", "--repair"], ["list"]):
        assert "newer Correio" in house.run(*words, status=1).stderr
    assert house.home.database.read_bytes() == before


@pytest.mark.server
def test_a_damaged_file_is_rescued_and_the_rest_fetched_again(post: PostOffice) -> None:
    for n in range(30):
        post.dovecot.deliver(post.mailbox, letter(f"Letter {n}", id=f"{n}@farol.example", body=f"{n * 7919:x} " * 400))
    post.sync()
    post.run("engine", "start")
    post.run("send", "--to", "bob@example.net", "--subject", "Later", "--at", "2099-01-01", stdin="Hello.\n")
    post.run("engine", "stop")
    path = post.home.database
    with post.store() as db:
        db.read("PRAGMA wal_checkpoint(TRUNCATE)")
        roots = dict(db.read("SELECT name, rootpage FROM sqlite_schema WHERE name IN ('message', 'placement', 'message_hash')"))
    with path.open("r+b") as file:
        for name in ("message", "message_hash"):
            file.seek((roots[name] - 1) * 4096)
            file.write(b"\xff" * 4096)
    assert "damaged" in post.run("doctor", status=1).stdout
    assert "was saved" in (said := post.run("doctor", "--repair").stdout) or "were saved" in said
    assert list(path.parent.glob("damaged-*.db"))
    post.sync()
    post.run("doctor", "--deep")
    assert post.run("count", "subject:letter").stdout == "30\n"
    assert [row["subject"] for row in post.json("outbox")] == ["Later"]
