"""Mails that the server knows by ids of their own: fetched once, whatever folders (or labels of Gmail) they stand in."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from accounts.demo.imap_parser import text
from accounts.demo.imap_server import CAPABILITIES
from core import operations
from core.flags import Flag
from core.store import folders
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import check_counts, folder_id, letter, message_at, stored

GMAIL = CAPABILITIES - {"QRESYNC", "OBJECTID", "LIST-STATUS"} | {"X-GM-EXT-1"}
ALL = "[Gmail]/All Mail"


class Labels:
    """A demo server whose folders are labels: what is in one of them is in All Mail too, under one id."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.fetches: list[str] = []
        demo.loop.call(lambda: demo.server.account.create(ALL, "\\All"))
        demo.server.on_command = self._on_command  # type: ignore[assignment]

    def add(self, raw: bytes, *labels: str) -> None:
        """A new mail with these labels."""

        def put() -> None:
            account = self.demo.server.account
            _, mail = account.add(ALL, raw)
            for label in labels:
                account.boxes[label].append(raw, mail.flags, mail.received, mail.email_id)

        self.demo.loop.call(put)

    def _on_command(self, session: object, tag: str, name: str, args: list[object]) -> bytes | None:
        if name in ("FETCH", "UID FETCH"):
            self.fetches.append(repr(args))
        if name == "UID MOVE":
            return self._move(session, tag, args)
        return None

    def _move(self, session: object, tag: str, args: list[object]) -> bytes:
        """Moving to All Mail takes the label off."""
        view = session.view  # type: ignore[attr-defined]
        target = self.demo.server.account.boxes[text(args[1])]  # type: ignore[arg-type]
        uid = int(text(args[0]))  # type: ignore[arg-type]
        mail = view.mailbox.mails[uid]
        there = next(one for one in target.mails.values() if one.email_id == mail.email_id)
        view.mailbox.expunge([mail])
        return f"* OK [COPYUID {target.uidvalidity} {uid} {there.uid}] moved\r\n{tag} OK\r\n".encode()


@pytest.fixture
def labels(make_demo: Callable[..., Demo], monkeypatch: pytest.MonkeyPatch) -> Labels:
    from accounts.demo import imap_fetch

    def gmail(mail: object, view: object) -> bytes:
        return mail.email_id[1:].lstrip("0").encode()  # type: ignore[attr-defined]

    monkeypatch.setitem(imap_fetch._SIMPLE, "X-GM-MSGID", gmail)
    demo = make_demo(capabilities=GMAIL)
    return Labels(demo)


def headers_asked(fetches: list[str]) -> int:
    return sum("HEADER" in one for one in fetches)


def test_labels_are_folders_of_one_message(labels: Labels, db: Database) -> None:
    labels.demo.loop.call(lambda: labels.demo.server.account.create("Lists"))
    body = "words that every label shares\r\n" * 100
    for number in range(300):
        labels.add(letter(body=body), *(["INBOX"] if number % 2 else []), *(["Lists"] if number % 3 == 0 else []))
    incoming = labels.demo.place.incoming(db)
    first = incoming.sync()
    for path in ("INBOX", "Lists", ALL):
        assert stored(db, path) == labels.demo.place.mails(path)
    assert db.value("SELECT count(*) FROM message") == 300
    assert db.value("SELECT count(*) FROM raw") == 300
    assert db.value("SELECT count(*) FROM remote_id") == 300
    assert folders.by_role(db, 1, "archive") == folders.get(db, folder_id(db, ALL))
    whole = db.value("SELECT sum(size) FROM message")
    assert first.bytes < 1.4 * whole, "each body came once, and few headers twice"
    check_counts(db)
    incoming.close()


def test_another_label_costs_no_header(labels: Labels, db: Database) -> None:
    labels.demo.loop.call(lambda: labels.demo.server.account.create("Lists"))
    for _ in range(20):
        labels.add(letter(), "INBOX")
    labels.add(letter(), "Lists")
    incoming = labels.demo.place.incoming(db)
    incoming.sync()
    labels.fetches.clear()

    def label() -> None:
        boxes = labels.demo.server.account.boxes
        for mail in itertools.islice(boxes["INBOX"].mails.values(), 10):
            boxes["Lists"].append(mail.raw, {"\\Flagged"}, mail.received, mail.email_id)

    labels.demo.loop.call(label)
    assert incoming.sync().new == 10
    assert headers_asked(labels.fetches) == 0
    assert stored(db, "Lists") == labels.demo.place.mails("Lists")
    assert sum("\\flagged" in flags for _, flags in stored(db, "Lists").values()) == 10
    incoming.close()


def test_archiving_takes_the_label_off(labels: Labels, db: Database) -> None:
    for _ in range(3):
        labels.add(letter(), "INBOX")
    incoming = labels.demo.place.incoming(db)
    incoming.sync()
    operations.move(db, [(folder_id(db), message_at(db, 2))], folder_id(db, ALL))
    assert (len(stored(db)), len(stored(db, ALL))) == (2, 3), "it stands there once, before and after"
    incoming.sync()
    assert stored(db) == labels.demo.place.mails()
    assert stored(db, ALL) == labels.demo.place.mails(ALL)
    assert db.value("SELECT count(*) FROM message WHERE orphaned IS NOT NULL") == 0
    incoming.sync()
    check_counts(db)
    incoming.close()


def test_taking_that_back_puts_the_label_on_and_takes_none_off(labels: Labels, db: Database) -> None:
    for _ in range(3):
        labels.add(letter(), "INBOX")
    incoming = labels.demo.place.incoming(db)
    incoming.sync()
    operations.move(db, [(folder_id(db), message_at(db, 2))], folder_id(db, ALL))
    incoming.sync()
    operations.undo(db)
    assert (len(stored(db)), len(stored(db, ALL))) == (3, 3), "at once"
    incoming.sync()
    incoming.sync()
    assert (len(labels.demo.place.mails()), len(labels.demo.place.mails(ALL))) == (3, 3)
    assert stored(db) == labels.demo.place.mails() and stored(db, ALL) == labels.demo.place.mails(ALL)
    check_counts(db)
    incoming.close()


def test_ids_of_any_server(make_demo: Callable[..., Demo], db: Database) -> None:
    """EMAILID (RFC 8474)."""
    demo = make_demo()
    for _ in range(5):
        demo.place.put(letter())
    demo.place.put(letter(), "Lists")
    incoming = demo.place.incoming(db)
    incoming.sync()
    with demo.place.client("INBOX") as client:
        client.copy([1, 2, 3], "Lists")
    fetches: list[str] = []
    demo.server.on_command = lambda session, tag, name, args: fetches.append(repr(args)) if "FETCH" in name else None
    incoming.sync()
    assert headers_asked(fetches) == 0
    assert stored(db, "Lists") == demo.place.mails("Lists")
    assert db.value("SELECT count(*) FROM message") == 6
    incoming.close()


def test_flags_changed_on_an_own_copy_before_it_was_seen(make_demo: Callable[..., Demo], db: Database) -> None:
    """COPYUID has told its UID already: the flags that came with the id count all the same."""
    demo = make_demo()
    demo.place.put(letter())
    demo.place.put(letter(), "Lists")
    incoming = demo.place.incoming(db)
    incoming.sync()
    operations.copy(db, [(folder_id(db), message_at(db, 1))], folder_id(db, "Lists"))
    incoming.replay()
    demo.place.flag(2, "\\Flagged", "work", folder="Lists")
    incoming.sync()
    assert stored(db, "Lists") == demo.place.mails("Lists")
    incoming.close()


def test_ids_go_with_their_mail(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    demo.place.put(letter())
    incoming = demo.place.incoming(db)
    incoming.sync()
    operations.set_flag(db, [(folder_id(db), message_at(db, 1))], Flag.SEEN, True)
    incoming.sync()
    with db.write():
        db.run("DELETE FROM placement")
        db.run("DELETE FROM message")
    assert db.value("SELECT count(*) FROM remote_id") == 0
    incoming.close()
