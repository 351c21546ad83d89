"""What mail asks for, on a real server: an invitation fetched as a part of its own, the mark that a receipt was answered."""

from __future__ import annotations

import contextlib

import pytest

from core import receipts
from core.calendar_reading import read
from core.envelope import read_envelope
from core.header import header_block
from core.invitation_reply import calendar_parts
from core.reading import open_body
from core.settings import Account, Identity, Settings
from core.store import outbox
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import Place, message_at
from tests.core.calendars import calendar, event
from tests.servers.dovecot import Dovecot

ME = Identity(id="1d000001", account="0123abcd", address="me@example.org", name="Me")
SETTINGS = Settings(accounts=(Account(id="0123abcd", name="test", email="me@example.org"),), identities=(ME,))
HEAD = (
    "Return-Path: <ana@example.net>\r\nFrom: Ana <ana@example.net>\r\nTo: me@example.org\r\nSubject: A talk\r\n"
    "Message-ID: <a@example.net>\r\nDisposition-Notification-To: ana@example.net\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
)


@pytest.fixture
def place(dovecot: Dovecot) -> Place:
    return place_on(dovecot)


def mail() -> bytes:
    parts = [
        b"Content-Type: text/plain\r\n\r\nCome!\r\n",
        b'Content-Type: application/ics; name="talk.ics"\r\nContent-Disposition: attachment; filename="talk.ics"\r\n\r\n'
        + calendar(event()),
        b'Content-Type: application/zip; name="slides.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + b"AAAA\r\n" * 200_000,
    ]
    return HEAD.encode() + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def test_the_calendar_file_comes_alone(place: Place, db: Database) -> None:
    uid = place.put(mail())
    with contextlib.closing(place.incoming(db, keep="headers")) as incoming:
        incoming.sync()
        message = message_at(db, uid)
        incoming.fetch(message, "")
        body = open_body(db, message)
        [part] = calendar_parts(body.parts)
        assert body.here and not body.has(part)
        incoming.fetch(message, part.section)
    found = read(open_body(db, message).data(part))
    assert body.raw is None and found.method == "REQUEST" and found.main is not None and found.main.title == "A talk"


def test_the_server_hears_that_a_receipt_was_answered(place: Place, db: Database) -> None:
    uid = place.put(mail())
    with contextlib.closing(place.incoming(db)) as incoming:
        incoming.sync()
        message, header = message_at(db, uid), header_block(mail())
        envelope = read_envelope(header)
        asked = receipts.pending(db, SETTINGS, message, header, envelope)
        assert asked is not None and asked.how == "ask"
        assert receipts.send(db, SETTINGS, message, header, envelope, ("Read: A talk", "Displayed."), by_hand=True)
        incoming.replay()
        assert "$mdnsent" in place.mails()[uid][1]
        assert receipts.pending(db, SETTINGS, message, header, envelope) is None
    assert len(outbox.rows(db)) == 1


def test_another_program_has_answered(place: Place, db: Database) -> None:
    uid = place.put(mail(), flags=["$MDNSent"])
    with contextlib.closing(place.incoming(db)) as incoming:
        incoming.sync()
    header = header_block(mail())
    assert receipts.pending(db, SETTINGS, message_at(db, uid), header, read_envelope(header)) is None
