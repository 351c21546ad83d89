"""Read receipts: who may be answered, never twice, and the report itself (RFC 8098)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from core import receipts
from core.arrival import arrive_mail
from core.envelope import read_envelope
from core.flags import Flag
from core.header import header_block, read_headers
from core.settings import Account, Identity, Settings
from core.store import accounts, folders, messages, outbox, receipt_rules
from core.store.database import Database
from tests.depth import examples
from tests.empty_store import empty_store

UID = "10ca1000"
ME = Identity(id="1d000001", account=UID, address="me@example.org", name="Me")
SETTINGS = Settings(accounts=(Account(id=UID, name="me", kind="local", email="me@example.org"),), identities=(ME,))
WORDS = ("Read: Lunch", "Displayed.")


def mail(*fields: str, sender: str = "Ana <ana@example.net>", path: str = "<ana@example.net>", to: str = "ana@example.net",
         id: str = "a@example.net") -> bytes:  # fmt: skip
    lines = [f"Return-Path: {path}"] if path else []
    lines += [f"From: {sender}", "To: me@example.org", "Subject: Lunch", f"Message-ID: <{id}>", *fields]
    lines += [f"Disposition-Notification-To: {to}"] if to else []
    return ("\r\n".join(lines) + "\r\n\r\nAt one?\r\n").encode()


def request(raw: bytes) -> receipts.Request | None:
    return receipts.request_of(read_headers(header_block(raw)), read_envelope(header_block(raw)), SETTINGS.identities)


def test_a_plain_request_is_sure() -> None:
    found = request(mail(to='"Ana" <Ana@example.net>'))
    assert found is not None and found.sure
    assert (found.to[0].addr, found.key) == ("Ana@example.net", "ana@example.net")


@pytest.mark.parametrize(
    "raw", [mail(path="<bounce@example.net>"), mail(path=""), mail(to="ana@example.net, boss@example.net")],
    ids=["another path", "no path", "two addresses"],
)  # fmt: skip
def test_what_is_doubtful_is_asked(raw: bytes) -> None:
    found = request(raw)
    assert found is not None and not found.sure


@pytest.mark.parametrize(
    "raw",
    [
        mail(to=""), mail(path="<>"), mail("List-Id: <x.example>"), mail("Precedence: bulk"), mail("Precedence: Junk"),
        mail("Auto-Submitted: auto-generated; x=y"), mail("List-Unsubscribe: <https://x.example>"),
        mail(sender="Me <me+x@example.org>"), mail(to="me@example.org"), mail(to="nobody"),
        mail(to="a@b.example, c@d.example, e@f.example, g@h.example"),
        mail("Content-Type: multipart/report; boundary=x"), mail("X-Auto-Response-Suppress: DR, RN"),
        mail("Disposition-Notification-Options: x = required, y"), mail("Disposition-Notification-To: b@example.net"),
        mail(to="a\x1b[2J@x\x00y"),
    ],
)  # fmt: skip
def test_what_is_never_answered(raw: bytes) -> None:
    found = request(raw)
    assert found is None


@given(st.binary(max_size=300), st.sampled_from(["", "<>", "<a@b.example>", "\x1b[31m"]))
@trying(max_examples=examples(100))
def test_odd_requests_are_read(value: bytes, path: str) -> None:
    raw = f"From: ana@example.net\r\nReturn-Path: {path}\r\nDisposition-Notification-To: ".encode() + value
    found = request(raw)
    assert found is None or all("\x1b" not in one.shown and "@" in one.addr for one in found.to)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def arrived(db: Database, raw: bytes, role: str = "inbox") -> int:
    row = accounts.row_of(db, UID, local=True)
    with db.write():
        folder = folders.by_role(db, row, role)
        assert folder is not None
        return int(arrive_mail(db, folder.id, row, raw))


def pending(db: Database, id: int, raw: bytes, settings: Settings = SETTINGS) -> str:
    block = header_block(raw)
    found = receipts.pending(db, settings, id, block, read_envelope(block))
    return found.how if found is not None else ""


def send(db: Database, id: int, raw: bytes, *, by_hand: bool = True) -> int | None:
    block = header_block(raw)
    return receipts.send(db, SETTINGS, id, block, read_envelope(block), WORDS, by_hand=by_hand)


def test_it_is_sent_once_whatever_copy_is_read(db: Database) -> None:
    raw = mail()
    first, second = arrived(db, raw), arrived(db, raw.replace(b"At one", b"At two"))
    assert pending(db, first, raw) == "ask"
    id = send(db, first, raw)
    assert id is not None
    assert messages.flags_of(db, first) & Flag.MDN_SENT
    assert pending(db, first, raw) == pending(db, second, raw) == ""
    assert send(db, first, raw) is None and send(db, second, raw) is None
    assert [row.id for row in outbox.rows(db)] == [id]


def test_the_report(db: Database) -> None:
    raw = mail("Original-Recipient: rfc822;me@old.example")
    id = send(db, arrived(db, raw), raw)
    assert id is not None
    row = outbox.get(db, id)
    assert (row.sender, row.recipients, row.copied, row.draft) == ("", ("ana@example.net",), True, "")
    sent = message_from_bytes(outbox.wire(db, id))
    assert sent.get_content_type() == "multipart/report" and sent.get_param("report-type") == "disposition-notification"
    assert (sent["In-Reply-To"], sent["Auto-Submitted"]) == ("<a@example.net>", "auto-replied")
    assert sent["From"] == "Me <me@example.org>"
    text, report = sent.get_payload()
    assert text.get_payload(decode=True) == b"Displayed.\r\n"
    assert report.get_content_type() == "message/disposition-notification"
    fields = dict(report.get_payload()[0].items())
    assert fields == {
        "Reporting-UA": "Correio",
        "Original-Recipient": "rfc822;me@old.example",
        "Final-Recipient": "rfc822; me@example.org",
        "Original-Message-ID": "<a@example.net>",
        "Disposition": "manual-action/MDN-sent-manually; displayed",
    }


def test_a_receipt_sent_by_itself_says_so(db: Database) -> None:
    raw = mail()
    id = send(db, arrived(db, raw), raw, by_hand=False)
    assert id is not None and b"manual-action/MDN-sent-automatically; displayed" in outbox.wire(db, id)


def test_a_null_sender_keeps_nobody_s_request(db: Database) -> None:
    raw = mail(path="<>")
    assert send(db, arrived(db, raw), raw) is None
    assert outbox.rows(db) == []


def test_declining_is_final(db: Database) -> None:
    raw = mail()
    id = arrived(db, raw)
    receipts.decline(db, id)
    assert pending(db, id, raw) == "" and send(db, id, raw) is None


def test_rules(db: Database) -> None:
    raw, other = mail(), mail(path="<x@example.net>", id="b@example.net")
    id, doubtful = arrived(db, raw), arrived(db, other)
    with db.write():
        receipt_rules.put(db, "ANA@example.net", receipt_rules.ALWAYS)
    assert pending(db, id, raw) == "always"
    assert pending(db, doubtful, other) == "ask"
    with db.write():
        receipt_rules.put(db, "ana@example.net", receipt_rules.NEVER)
    assert pending(db, id, raw) == pending(db, doubtful, other) == ""
    with db.write():
        receipt_rules.put(db, "ana@example.net", "")
    assert pending(db, id, raw) == "ask"


@pytest.mark.parametrize("role", ["junk", "trash", "sent", "drafts"])
def test_not_in_these_folders(db: Database, role: str) -> None:
    raw = mail()
    assert pending(db, arrived(db, raw, role), raw) == ""
