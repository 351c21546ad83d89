"""A list counts as left while the mail that does it is neither taken back nor failed, and for its account only."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.arrival import arrive_mail
from core.store import accounts, folders, lists_left, outbox
from core.store.database import Database
from tests.core.store.mails import mail
from tests.empty_store import empty_store

KITES = "kites.example"


@pytest.fixture
def db(tmp_path: Path) -> Database:
    """A store with two accounts."""
    return empty_store(tmp_path / "correio.db")


def arrived(db: Database, uid: str) -> tuple[int, int]:
    """The row of an account, and that of a message in it."""
    row = accounts.row_of(db, uid)
    with db.write():
        return row, arrive_mail(db, folders.ensure(db, row, "Inbox").id, row, mail())


def test_by_account_and_list(db: Database) -> None:
    first, message = arrived(db, "00000001")
    _, other = arrived(db, "00000002")
    with db.write():
        lists_left.note(db, first, KITES, "one-click", "kites.example")
    assert lists_left.when(db, message, KITES) is not None
    assert lists_left.when(db, message, "tide.example") is None
    assert lists_left.when(db, other, KITES) is None
    with db.write():
        db.run("DELETE FROM account WHERE id = ?", (first,))
    assert db.value("SELECT count(*) FROM list_left") == 0


@pytest.mark.parametrize(("state", "left"), [("waiting", True), ("sent", True), ("failed", False), ("cancelled", False)])
def test_as_long_as_the_mail_is_on_its_way_or_sent(db: Database, state: str, left: bool) -> None:
    row, message = arrived(db, "00000001")
    id = outbox.queue(
        db, account=row, message_id="x@x", sender="me@example.org", recipients=("leave@kites.example",), subject="unsubscribe",
        shown="", wire=b"x", copy=b"x", not_before=0,
    )  # fmt: skip
    with db.write():
        lists_left.note(db, row, KITES, "mail", "leave@kites.example", id)
        db.run("UPDATE outbox SET state = ? WHERE id = ?", (state, id))
    assert (lists_left.when(db, message, KITES) is not None) is left
