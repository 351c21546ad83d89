"""Blocks: mails that are compressed together are read one by one, and go one by one."""

from __future__ import annotations

import pytest

from core.arrival import Arrival, arrive
from core.errors import StoreError
from core.header import header_block
from core.parcel import BLOCK, SMALL, pack_mail, pack_mails
from core.store import bodies, compression, doctor, folders, placements, repacking, room
from core.store.database import Database
from core.store.placements import Place
from tests.core.store.mails import mail
from tests.core.store.test_compression import letters


def take_in(db: Database, account: int, mails: list[bytes], path: str = "INBOX") -> list[int]:
    """As a batch that came at once."""
    inbox = folders.ensure(db, account, path).id
    parcels = pack_mails([(raw, None) for raw in mails], compression.packer(db))
    with db.write():
        return arrive(db, account, [Arrival(parcel, Place(inbox, uid), uid * 60) for uid, parcel in enumerate(parcels, 1)])


def forget(db: Database, uids: range) -> None:
    [(inbox,)] = db.read("SELECT id FROM folder WHERE path = 'INBOX'")
    with db.write():
        placements.drop_uids(db, inbox, uids)
    while room.sweep(db, 1 << 40):
        continue


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db, deep=True))


def blocks(db: Database) -> int:
    return int(db.value("SELECT count(*) FROM block"))


def test_mails_of_a_batch_share_blocks(db: Database, remote: int) -> None:
    mails = [*letters(300), mail("large", body="x y z " * SMALL)]
    ids = take_in(db, remote, mails)
    whole = sum(map(len, letters(300)))
    assert blocks(db) in range(whole // BLOCK, whole // BLOCK + 2)
    assert [bodies.raw(db, id) for id in ids] == mails
    assert [bodies.header(db, id) for id in ids[::-1]] == [header_block(raw) for raw in mails[::-1]]
    alone = sum(len(pack_mail(raw, compression.packer(db)).packed) for raw in mails[:300])
    assert db.value("SELECT sum(length(data)) FROM block") < 0.7 * alone
    assert well(db)


def test_few_mails_make_no_block(db: Database, remote: int) -> None:
    mails = letters(5)
    ids = take_in(db, remote, mails)
    assert blocks(db) == 0
    assert [bodies.raw(db, id) for id in ids] == mails


def test_a_mail_that_is_known_is_not_kept_twice(db: Database, remote: int) -> None:
    mails = letters(200)
    first = take_in(db, remote, mails[:100])
    second = take_in(db, remote, mails, "Lists")
    assert second[:100] == first
    assert db.value("SELECT count(*) FROM raw") == 200
    assert [bodies.raw(db, id) for id in second] == mails
    assert well(db)


def test_a_block_goes_with_its_last_mail_and_is_written_anew_without_most(db: Database, remote: int) -> None:
    mails = letters(200)
    ids = take_in(db, remote, mails)
    count = blocks(db)
    in_first = int(db.value("SELECT count(*) FROM raw WHERE block = (SELECT min(id) FROM block)"))
    forget(db, range(1, in_first + 1))
    assert blocks(db) == count - 1
    assert db.value("SELECT count(*) FROM block_dead") == 0
    forget(db, range(in_first + 1, in_first + in_first * 3 // 4))
    before = db.value("SELECT sum(size) FROM block")
    while repacking.repack(db):
        continue
    assert db.value("SELECT sum(size) FROM block") < before - BLOCK // 2
    left = in_first + in_first * 3 // 4 - 1
    assert [bodies.raw(db, id) for id in ids[left:]] == mails[left:]
    assert db.value("SELECT sum(b.size) FROM block b") == db.value("SELECT sum(size) FROM raw WHERE block IS NOT NULL")
    assert well(db)


def test_what_is_taken_back_is_not_remembered(db: Database, remote: int) -> None:
    mails = letters(200)
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id

    def put(some: list[bytes]) -> list[int]:
        parcels = pack_mails([(raw, None) for raw in some], compression.packer(db))
        ids = arrive(db, remote, [Arrival(parcel, Place(inbox, uid), uid * 60) for uid, parcel in enumerate(parcels, 1)])
        assert bodies.raw(db, ids[0]) == some[0]
        return ids

    with pytest.raises(RuntimeError), db.write():
        put(mails[:100])
        raise RuntimeError
    with db.write():
        ids = put(mails[100:])
    assert [bodies.raw(db, id) for id in ids] == mails[100:]


def test_a_lost_block_is_found_and_its_mails_claim_nothing_any_more(db: Database, remote: int) -> None:
    ids = take_in(db, remote, letters(200))
    lost = db.value("SELECT block FROM raw ORDER BY id LIMIT 1")
    with db.write():
        db.run("DELETE FROM block WHERE id = ?", (lost,))
    with pytest.raises(StoreError) as caught:
        bodies.raw(db, ids[0])
    assert caught.value.id == "store-unreadable"
    found = {finding.id: finding.count for finding in doctor.examine(db)}
    assert found["messages-without-body-they-claim"] > 0
    doctor.repair(db)
    assert well(db)
    assert bodies.raw(db, ids[0]) is None
    assert bodies.raw(db, ids[-1]) == letters(200)[-1]
