"""Files that go as links are uploaded beside the sending: other mail does not wait for them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from accounts.engine import sender as sender_module
from accounts.engine.sender import Prepare, Sender
from core.errors import CorreioError, NetworkError, StoreError
from core.settings import Account
from core.store import accounts, outbox, shared_files
from core.store.database import Database
from tests.accounts.engine.players import PATIENCE, UID, Outgoing, Stage, account, queued


def linked(db: Database) -> int:
    """A mail whose links are not made yet."""
    id = queued(db, "bob@example.net")
    with db.write():
        db.run("UPDATE outbox SET wire = x'', copy = x'' WHERE id = ?", (id,))
        shared_files.add(db, id, "1@example.org", "bob@example.net", "film.bin", "", 10, 0)
    return id


def sender(stage: Stage, way: Outgoing, prepare: Prepare, heard: list[tuple[int, int, int]]) -> tuple[Sender, threading.Event]:
    """One that uploads so; the event is set when something was sent."""
    gone = threading.Event()

    def tell(id: int, state: str, account: Account | None, error: CorreioError | None) -> None:
        if state == "sent":
            gone.set()

    return Sender(
        stage.store, lambda db, row: account(), lambda a: way, tell, prepare=prepare,
        uploading=lambda id, a, done, total: heard.append((id, done, total)),
    ), gone  # fmt: skip


def test_other_mail_goes_meanwhile(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "BESIDE", 0.01)
    heard: list[tuple[int, int, int]] = []

    def upload(db: Database, row: outbox.Outgoing, told: Callable[[int, int], bool]) -> None:
        assert told(3, 10)
        queued(db, "eve@example.net")
        assert gone.wait(PATIENCE), "the other one went while this one's files were on their way"
        outbox.fix(db, row.id, b"Subject: links\r\n\r\nx\r\n", b"Subject: links\r\n\r\nx\r\n")

    way = Outgoing()
    made, gone = sender(stage, way, upload, heard)
    with stage.store() as db:
        id = linked(db)
        assert made.send_due(db, accounts.row_of(db, UID)).accepted == {1: 2}
        assert [people for _wire, _sender, people in way.sent] == [("eve@example.net",), ("bob@example.net",)]
        assert (way.sent[1][0], heard) == (b"Subject: links\r\n\r\nx\r\n", [(id, 3, 10)])


@pytest.mark.parametrize(("error", "state"), [
    (NetworkError("connection-closed", server="x", answer=""), "waiting"),
    (CorreioError("links-command", name="x", answer=""), "failed"), (ZeroDivisionError(), "failed"),
])  # fmt: skip
def test_an_upload_that_fails(stage: Stage, error: Exception, state: str) -> None:
    def upload(db: Database, row: outbox.Outgoing, told: Callable[[int, int], bool]) -> None:
        raise error

    way = Outgoing()
    made, _gone = sender(stage, way, upload, [])
    with stage.store() as db:
        id = linked(db)
        made.send_due(db, accounts.row_of(db, UID))
        row = outbox.get(db, id)
        assert (row.state, way.sent) == (state, [])
        assert row.reason is not None


def test_a_mail_that_is_cancelled_meanwhile(stage: Stage) -> None:
    def upload(db: Database, row: outbox.Outgoing, told: Callable[[int, int], bool]) -> None:
        outbox.cancel(db, row.id)
        assert not told(1, 10)
        raise NetworkError("sending-cancelled", server="", answer="")

    way = Outgoing()
    made, _gone = sender(stage, way, upload, [])
    with stage.store() as db:
        id = linked(db)
        made.send_due(db, accounts.row_of(db, UID))
        assert (outbox.get(db, id).state, way.sent) == ("cancelled", [])


def test_trouble_beside_an_upload_begins_no_second_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store cannot be read for a moment, and the account is taken off the line: the files go on, the mail waits."""
    monkeypatch.setattr(sender_module, "BESIDE", 0.01)
    begun, troubled = [], threading.Event()

    def upload(db: Database, row: outbox.Outgoing, told: Callable[[int, int], bool]) -> None:
        begun.append(row.id)
        assert troubled.wait(PATIENCE)

    def rests(account: Account) -> bool:
        if begun and not troubled.is_set():
            troubled.set()
            raise StoreError("store-busy")
        return bool(begun)

    way = Outgoing()
    made = Sender(stage.store, lambda db, row: account(), lambda a: way, prepare=upload, is_offline=rests)
    with stage.store() as db:
        id = linked(db)
        assert made.send_due(db, accounts.row_of(db, UID)).errors == {1: sender_module.OFFLINE}
        assert (outbox.get(db, id).state, begun, way.sent) == ("waiting", [id], [])
