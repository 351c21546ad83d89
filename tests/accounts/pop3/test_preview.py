"""A huge mailbox: the headers come first, a mail that somebody opens at once, the others after; none twice, none lost."""

from __future__ import annotations

import pytest

from accounts.pop3 import account as pop3
from core.errors import NetworkError, NotFound
from core.store import bodies, folders
from core.store.database import Database
from tests.accounts.mail_place import check_counts, letter
from tests.accounts.pop3.conftest import Drop, digest, drop_on, kept, on_server
from tests.servers.dovecot import Dovecot

MAILS = 30
"""More than one turn of commands."""


@pytest.fixture
def drop(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Drop:
    """A maildrop that counts as a huge one."""
    monkeypatch.setattr(pop3, "PREVIEW_BYTES", 1000)
    monkeypatch.setattr(pop3, "PREVIEWED", 25)
    place = drop_on(dovecot)
    with place.client() as client:
        for number in range(MAILS):
            client.append("INBOX", letter(f"mail {number}"))
    return place


def shown(db: Database) -> dict[str, int]:
    """Subjects in the Inbox, and whether the body is here (2)."""
    rows = db.read("SELECT m.subject, m.body FROM placement p JOIN message m ON m.id = p.message WHERE p.hidden = 0")
    return dict(rows)


def message_of(db: Database, subject: str) -> int:
    return int(db.value("SELECT id FROM message WHERE subject = ?", (subject,)))


def test_headers_first_and_what_is_opened_at_once(drop: Drop, db: Database) -> None:
    incoming = drop.incoming(db)
    seen: list[dict[str, int]] = []

    def breathe() -> None:
        seen.append(shown(db))
        if len(seen) == 2:
            incoming.fetch(message_of(db, "mail 0"))
            assert shown(db)["mail 0"] == 2

    incoming.breathe = breathe
    assert incoming.sync().new == MAILS
    assert len(seen[0]) == 25 and "mail 29" in seen[0] and "mail 0" not in seen[0], "the newest come first"
    assert len(seen[1]) == MAILS and not any(seen[1].values())
    assert set(shown(db).values()) == {2} and kept(db) == on_server(drop)
    assert incoming.sync().new == 0 and len(shown(db)) == MAILS
    check_counts(db)
    incoming.close()


def test_mails_that_differ_in_their_text_alone(drop: Drop, db: Database) -> None:
    """Header and size are the same: neither takes the other's place, in whatever order they come."""
    one = letter("same", body="first one\r\n")
    with drop.client() as client:
        for raw in (one, one.replace(b"first one", b"other one"), one.replace(b"first one", b"third one")):
            client.append("INBOX", raw)
    everything = on_server(drop)
    incoming = drop.incoming(db, leave=False)
    incoming.sync()
    incoming.close()
    assert kept(db) == everything and len(everything) == MAILS + 3
    assert not drop.mails()
    check_counts(db)


def test_a_mail_that_was_damaged_here(drop: Drop, db: Database) -> None:
    """It comes again; where it is gone from the server its header stays."""
    incoming = drop.incoming(db)
    incoming.sync()
    gone = message_of(db, "mail 3")
    with db.write():
        db.run("UPDATE message SET body = 0, raw = NULL WHERE id IN (?, ?)", (gone, message_of(db, "mail 4")))
    with drop.client("INBOX") as client:
        (uid,) = client.search(["SUBJECT", "mail 3"])
        client.add_flags([uid], ["\\Deleted"])
        client.expunge()
    incoming.sync()
    incoming.close()
    assert (shown(db)["mail 3"], shown(db)["mail 4"], len(shown(db))) == (0, 2, MAILS)
    check_counts(db)


def test_a_preview_is_no_collected_mail(drop: Drop, db: Database) -> None:
    incoming = drop.incoming(db, leave=False)

    def stop() -> None:
        if len(shown(db)) == MAILS:
            incoming.cancel()

    incoming.breathe = stop
    with pytest.raises(NetworkError, match="cancelled"):
        incoming.sync()
    assert len(drop.mails()) == MAILS, "nothing is deleted of which only the header is here"
    assert len(shown(db)) == MAILS and not any(shown(db).values())
    again = drop.incoming(db, leave=False)
    again.fetch(message_of(db, "mail 7"))
    assert shown(db)["mail 7"] == 2
    again.close()
    with drop.client("INBOX") as client:
        (uid,) = client.search(["SUBJECT", "mail 9"])
        client.add_flags([uid], ["\\Deleted"])
        client.expunge()
    gone = message_of(db, "mail 9")
    with pytest.raises(NotFound, match="message-gone"):
        drop.incoming(db).fetch(gone)
    everything = on_server(drop)
    last = drop.incoming(db, leave=False)
    last.sync()
    last.close()
    assert kept(db) == everything and "mail 9" not in shown(db), "what is gone before it came is not shown"
    assert not drop.mails()
    inbox = folders.by_path(db, 1, "Inbox")
    assert inbox is not None and inbox.total == MAILS - 1
    assert digest(bodies.raw(db, message_of(db, "mail 0")) or b"") in everything
    check_counts(db)
