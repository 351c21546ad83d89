"""POP3 on Dovecot: the contract of incoming accounts, and what is POP3's own."""

from __future__ import annotations

import pytest
from msgspec import structs

from accounts.incoming import Progress
from accounts.pop3 import intake
from core import operations, special_folder
from core.errors import AuthenticationError, NetworkError
from core.store import folders
from core.store.database import Database
from tests.accounts.incoming_contract import IncomingContract
from tests.accounts.mail_place import Place, check_counts, letter
from tests.accounts.pop3.conftest import Drop, account_on, digest, drop_on, kept, on_server
from tests.servers.dovecot import Dovecot

DAY = 86_400


class TestContract(IncomingContract):
    keeps_headers = False

    @pytest.fixture
    def place(self, dovecot: Dovecot) -> Place:
        return drop_on(dovecot)

    def here(self, db: Database) -> object:
        return kept(db)

    def there(self, place: Place) -> object:
        return on_server(place)


@pytest.fixture
def drop(dovecot: Dovecot) -> Drop:
    return drop_on(dovecot)


def all_of(drop: Drop, db: Database, **more: object) -> int:
    """Collect once; how many were new."""
    incoming = drop.incoming(db, **more)
    found = incoming.sync().new
    incoming.close()
    return found


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted(dovecot: Dovecot, db: Database, security: str) -> None:
    drop = drop_on(dovecot, security)
    drop.put(letter())
    assert all_of(drop, db) == 1


@pytest.mark.parametrize("method", ["auto", "plain", "login"])
def test_ways_to_log_in(drop: Drop, db: Database, method: str) -> None:
    drop.put(letter())
    assert drop.pop3 is not None
    incoming = account_on(db, structs.replace(drop.pop3, method=method), drop.password)
    assert incoming.sync().new == 1


def test_a_wrong_password(drop: Drop, db: Database) -> None:
    assert drop.pop3 is not None
    with pytest.raises(AuthenticationError) as caught:
        account_on(db, drop.pop3, "wrong-one").sync()
    assert caught.value.id == "login-refused"
    assert "wrong-one" not in str(caught.value)


def test_left_on_the_server(drop: Drop, db: Database) -> None:
    drop.put(letter())
    assert all_of(drop, db) == 1
    assert len(drop.mails()) == 1


def test_not_left_on_the_server(drop: Drop, db: Database) -> None:
    raw = letter()
    drop.put(raw)
    assert all_of(drop, db, leave=False) == 1
    assert drop.mails() == {}
    assert list(kept(db)) == [digest(raw)]
    drop.put(letter())
    assert all_of(drop, db, leave=False) == 1
    assert sum(kept(db).values()) == 2


def test_deleted_on_the_server_after_some_days(drop: Drop, db: Database) -> None:
    now = 1_700_000_000.0
    drop.put(letter())
    all_of(drop, db, leave_days=3, clock=lambda: now)
    drop.put(letter())
    all_of(drop, db, leave_days=3, clock=lambda: now + DAY)
    assert len(drop.mails()) == 2
    all_of(drop, db, leave_days=3, clock=lambda: now + 3 * DAY + 1)
    assert len(drop.mails()) == 1
    assert sum(kept(db).values()) == 2


def test_what_was_deleted_here_comes_again_only_when_wanted(drop: Drop, db: Database) -> None:
    drop.put(letter())
    drop.put(letter())
    all_of(drop, db)
    inbox = folders.by_role(db, 1, "inbox")
    assert inbox is not None
    [first, second] = [row[0] for row in db.read("SELECT message FROM placement ORDER BY id")]
    operations.expunge(db, [(inbox.id, first)])
    special_folder.to_role(db, [(inbox.id, second)], "trash")
    assert all_of(drop, db) == 0
    assert all_of(drop, db, only_new=False) == 1, "what lies in the trash is still here"
    assert sum(kept(db).values()) == 1
    check_counts(db)


def test_collected_mail_is_a_full_citizen(drop: Drop, db: Database) -> None:
    from core.store.search import not_here

    drop.put(letter("haystack", body="a needle\r\n"))
    all_of(drop, db)
    inbox = folders.by_role(db, 1, "inbox")
    assert inbox is not None
    message = int(db.value("SELECT id FROM message"))
    assert db.value("SELECT indexed FROM message") == 1
    assert not not_here(db, inbox.id, 1)
    operations.create_folder(db, 1, "Keep/This")
    target = folders.by_path(db, 1, "Keep/This")
    assert target is not None
    operations.move(db, [(inbox.id, message)], target.id)
    assert db.value("SELECT count(*) FROM operation WHERE state <> 'done'") == 0
    operations.undo(db)
    assert sum(kept(db).values()) == 1
    assert all_of(drop, db) == 0


def test_a_server_that_gives_out_new_ids(drop: Drop, db: Database) -> None:
    for _ in range(3):
        drop.put(letter())
    all_of(drop, db)
    with db.write():
        db.run("UPDATE collected SET key = CAST('U-old-' || rowid_of AS BLOB) FROM"
               " (SELECT key AS was, row_number() OVER () AS rowid_of FROM collected) WHERE key = was")  # fmt: skip
    assert all_of(drop, db) == 0
    assert sum(kept(db).values()) == 3
    assert all_of(drop, db) == 0


def test_progress_and_giving_up_within_a_pass(drop: Drop, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "GATHERED", 15)
    for _ in range(30):
        drop.put(letter())
    told: list[Progress] = []
    incoming = drop.incoming(db)
    incoming._report = told.append  # type: ignore[method-assign]
    calls = []

    def stop() -> None:
        calls.append(incoming.busy)
        raise NetworkError("cancelled", server="")

    incoming.breathe = stop
    with pytest.raises(NetworkError):
        incoming.sync()
    assert calls == [True]
    assert [one.total for one in told if one.what == "bodies"][-1] == 30
    assert sum(kept(db).values()) == 20, "what has come is kept"
    incoming.breathe = lambda: None
    assert incoming.sync().new == 10
    assert kept(db) == on_server(drop)
    check_counts(db)


def test_large_mail_and_long_lines(drop: Drop, db: Database) -> None:
    raw = letter(body="x" * 9000 + "\r\n.\r\n..dots\r\n.\r\n")
    big = letter(body=("y" * 998 + "\r\n") * 9000)
    drop.put(raw)
    drop.put(big)
    assert all_of(drop, db) == 2
    assert kept(db) == on_server(drop)
