"""Compression: dictionaries are trained, used, outgrown; everything that was ever written stays readable."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from core.arrival import arrive_body, arrive_header, arrive_mail
from core.errors import StoreError
from core.header import header_block
from core.store import bodies, compression, doctor, folders, repacking
from core.store.database import Database
from tests.core.store.mails import mail

WORDS = ("the", "of", "release", "review", "kernel", "patch", "queue", "driver", "memory", "page", "lock", "signed")


def letters(count: int, seed: int = 1) -> list[bytes]:
    """Mails that have a lot in common, as mails of one list do."""
    chance = random.Random(seed)
    made = []
    for n in range(count):
        body = "\r\n".join(" ".join(chance.choices(WORDS, k=9)) + f" {chance.random()}" for _ in range(20))
        signature = "\r\n-- \r\nlinux list\r\nto unsubscribe write to majordomo@example.org, mails are kept at example.org/lists"
        made.append(mail(f"Patch {n}", id=f"{seed}.{n}@lists.example.org", body=body + signature))
    return made


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dictionary after 320 mails, so that a test need not write a thousand."""
    monkeypatch.setattr(compression, "ENOUGH", 320)
    monkeypatch.setattr(compression, "SIZE", 16 * 1024)
    monkeypatch.setattr(compression, "_TRIED", 30)


def arrive(db: Database, account: int, mails: list[bytes]) -> list[int]:
    inbox = folders.ensure(db, account, "INBOX", role="inbox").id
    ids = []
    for start in range(0, len(mails), 50):
        with db.write():
            ids += [arrive_mail(db, inbox, account, raw) for raw in mails[start : start + 50]]
    return ids


def stored(db: Database, where: str = "1") -> int:
    return int(db.value(f"SELECT sum(length(data)) FROM raw WHERE {where}"))


@pytest.mark.usefixtures("early")
def test_a_dictionary_is_trained_once_there_is_enough(db: Database, local: int) -> None:
    mails = letters(700)
    ids = arrive(db, local, mails)
    assert db.value("SELECT count(*) FROM dictionary") == 1
    kinds = dict(db.read("SELECT dictionary, count(*) FROM raw GROUP BY dictionary"))
    assert kinds.keys() == {0, 1}
    assert kinds[0] >= compression.ENOUGH
    assert [bodies.raw(db, id) for id in ids] == mails
    plain = stored(db, "dictionary = 0") / kinds[0]
    assert stored(db, "dictionary = 1") / kinds[1] < 0.9 * plain


@pytest.mark.usefixtures("early")
def test_older_rows_are_written_again_when_idle(db: Database, local: int) -> None:
    mails = letters(700)
    ids = arrive(db, local, mails)
    before = stored(db)
    while repacking.repack(db):
        continue
    assert db.read("SELECT DISTINCT dictionary, slowly FROM block") == [(1, 1)]
    in_blocks = db.value("SELECT sum(length(data)) FROM block")
    assert in_blocks + (stored(db) or 0) < before
    assert [bodies.raw(db, id) for id in ids] == mails
    assert repacking.repack(db) == 0
    assert all(finding.count == 0 for finding in doctor.examine(db, deep=True))


@pytest.mark.usefixtures("early")
def test_writing_again_stops_at_its_turn_and_goes_on_later(db: Database, local: int) -> None:
    arrive(db, local, letters(400))
    blocks = "SELECT count(*) FROM block"
    assert repacking.repack(db, seconds=0)
    assert db.value(blocks) == 1
    again = Database(db.path)
    assert repacking.repack(again, seconds=0)
    again.close()
    assert db.value(blocks) == 2
    assert db.value("SELECT count(*) FROM raw WHERE data IS NOT NULL") > 0


@pytest.mark.usefixtures("early")
def test_headers_have_a_dictionary_before_there_are_bodies(db: Database, remote: int) -> None:
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    blocks = [header_block(raw) for raw in letters(700)]
    ids = []
    for start in range(0, 700, 50):
        with db.write():
            for n, block in enumerate(blocks[start : start + 50], start):
                ids.append(arrive_header(db, inbox, remote, block, 5000, uid=n + 1))
    assert db.value("SELECT mails FROM dictionary") == 0
    assert db.value("SELECT count(*) FROM header WHERE dictionary = 1") > 0
    assert [bodies.header(db, id) for id in ids] == blocks
    while repacking.repack(db):
        continue
    assert [bodies.header(db, id) for id in ids] == blocks


@pytest.mark.usefixtures("early")
def test_a_dictionary_is_outgrown_by_mail_of_another_kind(db: Database, local: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "OUTGROWN", 2)
    first = arrive(db, local, letters(340))
    assert not compression.outgrown(db)
    other = [raw.replace(b"release", b"factura").replace(b"kernel", b"importe") for raw in letters(700, seed=2)]
    arrive(db, local, other)
    assert compression.outgrown(db)
    compression.learn(db)
    assert not compression.outgrown(db), "whether it was better or not, it is not tried at once again"
    assert bodies.raw(db, first[0]) == letters(340)[0]


@pytest.mark.usefixtures("early")
def test_other_connections_and_threads_read_with_the_dictionary(db: Database, local: int) -> None:
    mails = letters(500)
    ids = arrive(db, local, mails)
    read: list[bytes | None] = []

    def look(path: Path) -> None:
        own = Database(path)
        read.extend(bodies.raw(own, id) for id in ids[-50:])
        own.close()

    threads = [threading.Thread(target=look, args=(db.path,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(raw or b"" for raw in read) == sorted(mails[-50:] * 3)


def test_damaged_bytes_are_an_error_of_the_store(db: Database, local: int) -> None:
    [id] = arrive(db, local, letters(1))
    with db.write():
        db.run("UPDATE raw SET data = x'28b52ffd0000'")
    with pytest.raises(StoreError) as caught:
        bodies.raw(db, id)
    assert caught.value.id == "store-unreadable"
    assert {f.id: f.count for f in doctor.examine(db, deep=True)}["bodies-unreadable"] == 1
    with db.write():
        db.run("UPDATE raw SET dictionary = 7")
    with pytest.raises(StoreError):
        bodies.raw(db, id)
    assert {f.id: f.count for f in doctor.examine(db)}["bodies-without-dictionary"] == 1


@pytest.mark.usefixtures("early")
def test_a_dictionary_of_headers_is_followed_by_one_of_mails(db: Database, remote: int) -> None:
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    mails = letters(700)
    ids = []
    for start in range(0, 700, 50):
        with db.write():
            for n, raw in enumerate(mails[start : start + 50], start + 1):
                ids.append(arrive_header(db, inbox, remote, header_block(raw), len(raw), uid=n))
    assert compression.newest(db) == 1
    for start in range(0, 700, 50):
        with db.write():
            for id, raw in zip(ids[start : start + 50], mails[start : start + 50], strict=True):
                arrive_body(db, id, raw)
    assert compression.newest(db) == 2
    assert [bodies.raw(db, id) for id in ids] == mails
