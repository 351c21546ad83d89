"""A full disk: what the user does is still written down, what can be fetched again is not; it is told once."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import operations
from core.arrival import arrive_mail
from core.errors import StoreError
from core.flags import Flag
from core.store import accounts, bodies, doctor, drafts, folders, messages, notices, placements, reserve, room
from core.store.database import Database
from core.store.reserve import Reserve
from tests.core.store.mails import mail


def inbox(db: Database, account: int) -> int:
    return folders.ensure(db, account, "INBOX", role="inbox").id


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db))


@pytest.fixture
def full(db: Database, remote: int, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A store that may not grow by a page until its reserve is given up."""
    with db.write():
        for n in range(1, 4):
            arrive_mail(db, inbox(db, remote), remote, mail(id=f"{n}@x"), uid=n)
    pages = db.value("PRAGMA page_count")
    db.read(f"PRAGMA max_page_count={pages}")
    give_up = Reserve.give_up

    def with_room(own: Reserve) -> bool:
        given = give_up(own)
        if given:
            db.read(f"PRAGMA max_page_count={pages + reserve.SIZE // 4096}")
        return given

    monkeypatch.setattr(Reserve, "give_up", with_room)
    return db


def fetch(db: Database, account: int, first: int, count: int = 50) -> None:
    with db.write():
        for n in range(first, first + count):
            arrive_mail(db, inbox(db, account), account, mail(id=f"{n}@x", body=os.urandom(3000).hex()), uid=n)


def test_a_new_store_has_one(db: Database) -> None:
    path = db.path.parent / "reserve"
    assert path.stat().st_size == reserve.SIZE
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_blocks * 512 >= reserve.SIZE, "it holds room, not only a length"


def test_mail_that_can_be_fetched_again_does_not_get_it(full: Database, remote: int) -> None:
    with pytest.raises(StoreError) as caught:
        fetch(full, remote, 10)
    assert caught.value.id == "disk-full"
    assert full.reserve.path.exists()
    assert full.value("SELECT count(*) FROM message") == 3
    assert well(full)


def test_a_draft_is_kept_and_it_is_told_once(full: Database) -> None:
    text = "x" * 20_000
    id = drafts.save(full, None, text, account=None, subject="", recipients="")
    assert drafts.get(full, id).data == text
    assert not full.reserve.path.exists()
    assert [error.id for _, error in notices.unseen(full)] == ["disk-full"]
    drafts.save(full, id, text * 2, account=None, subject="", recipients="")
    assert len(notices.unseen(full)) == 1
    assert well(full)


def test_many_rows_are_written_once_each(full: Database, remote: int) -> None:
    with full.write(durable=True):
        full.many("INSERT INTO notice (made, data) VALUES (?, ?)", [(n, "{}" + " " * 3000) for n in range(40)])
    assert full.read("SELECT made FROM notice WHERE made < 40 ORDER BY id") == [(n,) for n in range(40)]
    assert not full.reserve.path.exists()


def test_the_uid_of_what_waited_for_it_is_kept(full: Database, remote: int) -> None:
    """All that was written before the disk was full is written once more, with the reserve's room."""
    box = inbox(full, remote)
    with full.write():
        full.run("UPDATE placement SET uid = NULL WHERE uid = 2")
    message = full.value("SELECT message FROM placement WHERE uid IS NULL")
    with full.write(durable=True):
        placements.add(full, box, 9, message, Flag.FLAGGED)
        drafts.save(full, None, "x" * 20_000, account=None, subject="", recipients="")
    assert not full.reserve.path.exists()
    assert full.read("SELECT uid, flags FROM placement WHERE message = ?", (message,)) == [(9, Flag.FLAGGED)]


def test_deleting_works_and_makes_room(full: Database, remote: int) -> None:
    box = inbox(full, remote)
    ids = [row[0] for row in full.read("SELECT id FROM message ORDER BY id")]
    for id in ids:
        operations.set_flag(full, [(box, id)], Flag.SEEN, True)
    operations.expunge(full, [(box, id) for id in ids])
    assert messages.folders_of(full, ids[0]) == []
    with full.write(reserve=True):
        placements.drop(full, [row[0] for row in full.read("SELECT id FROM placement")])
    while room.sweep(full, 1 << 40):
        continue
    assert full.value("SELECT count(*) FROM raw") == 0
    assert well(full)


def test_when_it_is_spent_the_disk_is_full(full: Database) -> None:
    full.reserve.path.unlink()
    with pytest.raises(StoreError) as caught:
        drafts.save(full, None, "x" * 100_000, account=None, subject="", recipients="")
    assert caught.value.id == "disk-full"
    assert drafts.all_drafts(full) == []
    assert well(full)


def test_it_is_made_again_when_there_is_room(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert full.reserve.give_up()
    assert not full.reserve.give_up()
    monkeypatch.setattr(reserve, "_AMPLE", 1 << 60)
    assert not full.reserve.renew()
    assert not full.reserve.path.exists()
    monkeypatch.setattr(reserve, "_AMPLE", 0)
    assert full.reserve.renew()
    assert full.reserve.renew()
    assert full.reserve.path.stat().st_size == reserve.SIZE
    assert [path.name for path in full.path.parent.glob("reserve*")] == ["reserve"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "mount") or libc.mount(b"tmpfs", bytes(place), b"tmpfs", 0, b"size=12m") != 0:
        pytest.skip("only the superuser of a Linux system can mount a small disk")
    yield place
    libc.umount2(bytes(place), 2)


def test_on_a_disk_that_is_really_full(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserve, "_AMPLE", reserve.SIZE)
    db = Database(small_disk / "correio.db")
    account = accounts.row_of(db, "5e44e400")
    assert db.reserve.path.exists()
    arrived = 0
    with pytest.raises(StoreError) as caught:
        while True:
            fetch(db, account, arrived + 1, 20)
            arrived += 20
    assert caught.value.id == "disk-full"
    assert arrived > 0
    (small_disk / "rubbish").write_bytes(b"")
    with pytest.raises(OSError), (small_disk / "rubbish").open("wb", buffering=0) as rubbish:
        while True:
            if rubbish.write(bytes(4096)) < 4096:
                rubbish.write(bytes(4096))
    saved = {}
    while db.reserve.path.exists():
        text = f"Dear Ana {len(saved)}" * 5000
        saved[drafts.save(db, None, text, account=account, subject="", recipients="")] = text
    db.close()
    again = Database(small_disk / "correio.db")
    assert {draft.id: draft.data for draft in drafts.all_drafts(again)} == saved
    assert [error.id for _, error in notices.unseen(again)] == ["disk-full"]
    assert again.value("SELECT count(*) FROM message") == arrived
    assert bodies.raw(again, again.value("SELECT max(id) FROM message")) is not None
    assert well(again)
    (small_disk / "rubbish").unlink()
    fetch(again, account, arrived + 1, 1)
    again.close()
