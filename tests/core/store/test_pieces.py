"""Large mail in pieces: stored, read as a stream, arriving bit by bit, given up."""

from __future__ import annotations

import hashlib
import io
import random

import pytest

from core.arrival import arrive_header, arrive_mail
from core.errors import StoreError
from core.header import header_block
from core.store import bodies, doctor, folders, messages, pieces, room
from core.store.database import Database
from tests.core.store.mails import mail


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A mail that counts as large here."""
    monkeypatch.setattr(pieces, "LARGE", 100_000)
    monkeypatch.setattr(pieces, "PIECE", 10_000)
    return mail("The film", body=random.Random(5).randbytes(123_456).hex())


def inbox(db: Database, account: int) -> int:
    return folders.ensure(db, account, "INBOX", role="inbox").id


def well(db: Database) -> bool:
    return all(finding.count == 0 for finding in doctor.examine(db, deep=True))


def test_a_large_mail_is_kept_in_pieces(db: Database, local: int, large: bytes) -> None:
    with db.write():
        id = arrive_mail(db, inbox(db, local), local, large)
    assert db.value("SELECT count(*) FROM raw_chunk") == -(-len(large) // pieces.PIECE)
    assert bodies.raw(db, id) == large
    assert bodies.header(db, id) == header_block(large)
    assert well(db)


def test_pieces_of_another_length_are_read(db: Database, local: int, large: bytes, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    with db.write():
        id = arrive_mail(db, inbox(db, local), local, large)
    monkeypatch.setattr(pieces, "PIECE", 7_000)
    assert bodies.raw(db, id) == large
    assert well(db)


def test_it_is_read_as_a_file(db: Database, local: int, large: bytes) -> None:
    with db.write():
        ids = [arrive_mail(db, inbox(db, local), local, raw) for raw in (large, mail())]
    for id, raw in zip(ids, (large, mail()), strict=True):
        file = bodies.stream(db, id)
        assert file is not None
        same = io.BytesIO(raw)
        chance = random.Random(7)
        for _ in range(60):
            place, count = chance.randrange(len(raw) + 10), chance.randrange(25_000)
            assert file.seek(place) == same.seek(place)
            assert file.read(count) == same.read(count)
        assert file.seek(-5, io.SEEK_END) == len(raw) - 5
        assert file.read() == raw[-5:]
    assert bodies.stream(db, 1) is None


def test_a_mail_arrives_bit_by_bit(db: Database, remote: int, large: bytes) -> None:
    with db.write():
        id = arrive_header(db, inbox(db, remote), remote, header_block(large), len(large), uid=1)
    arriving = pieces.Arriving(db)
    for start in range(0, len(large), 7777):
        arriving.add(large[start : start + 7777])
    assert bodies.raw(db, id) is None
    assert well(db), "what still arrives is no orphan"
    with db.write():
        bodies.belongs(db, id, arriving.finish())
    assert arriving.size == len(large)
    assert bodies.raw(db, id) == large
    assert db.value("SELECT hash FROM raw") == hashlib.sha256(large).digest()
    assert messages.get(db, id).body == 2
    assert well(db)


def test_the_same_bytes_are_kept_once(db: Database, local: int, large: bytes) -> None:
    with db.write():
        id = arrive_mail(db, inbox(db, local), local, large)
    arriving = pieces.Arriving(db)
    arriving.add(large)
    assert arriving.finish() == db.value("SELECT raw FROM message WHERE id = ?", (id,))
    assert db.value("SELECT count(*) FROM raw") == 1
    assert well(db)


def test_what_was_left_unfinished_goes(db: Database, local: int, large: bytes) -> None:
    pieces.Arriving(db).add(large)
    assert pieces.drop_unfinished(db, 0) == 0
    assert pieces.drop_unfinished(db, 1 << 40) == 1
    given_up = pieces.Arriving(db)
    given_up.add(large)
    given_up.give_up()
    for table in ("raw", "raw_chunk", "raw_unfinished"):
        assert db.value(f"SELECT count(*) FROM {table}") == 0
    assert well(db)


def test_a_missing_piece_is_told(db: Database, local: int, large: bytes) -> None:
    with db.write():
        id = arrive_mail(db, inbox(db, local), local, large)
        db.run("DELETE FROM raw_chunk WHERE n = 3")
    with pytest.raises(StoreError):
        bodies.raw(db, id)
    assert not well(db)


def test_sweeping_frees_the_pieces(db: Database, local: int, large: bytes) -> None:
    with db.write():
        id = arrive_mail(db, inbox(db, local), local, large)
        db.run("DELETE FROM placement")
        db.run("UPDATE message SET orphaned = 5 WHERE id = ?", (id,))
    assert room.sweep(db, 10) == 1
    assert db.value("SELECT count(*) FROM raw_chunk") == 0
    assert well(db)
