"""Reports about sent mail, standard and not, and that a forged one can do no more than be shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.address import Address
from core.aftermath import again, read_reports, undelivered
from core.arrival import arrive_mail
from core.draft import Draft
from core.flags import Mark
from core.pass_end import end_pass
from core.reports import Said, read_report
from core.sending import file_sent, queue
from core.store import accounts, folders, messages, outbox, sent_events
from core.store.database import Database
from tests.core.test_sending import SETTINGS, UID
from tests.depth import examples
from tests.empty_store import empty_store

DSN = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: me@example.org
Subject: Undelivered Mail Returned to Sender
Date: Mon, 09 Mar 2026 10:00:00 +0000
Message-ID: <report-{n}@mx.example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

I am sorry.
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Original-Envelope-Id: {envelope}

Final-Recipient: rfc822; {final}
{original}Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 No such user here

--cut
Content-Type: text/rfc822-headers

From: me@example.org
Message-ID: <{id}>
Subject: Lunch

--cut--
"""

QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.net
To: me@example.org
Subject: failure notice
Message-ID: <q1@mail.example.net>

Hi. This is the qmail-send program at mail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<bob@example.net>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <me@example.org>
Received: (qmail 1 invoked from network)
Message-ID: <{id}>
From: me@example.org
To: ana@example.org, bob@example.net

At one?
"""

EXIM = """\
From: Mail Delivery System <Mailer-Daemon@host.example.net>
To: me@example.org
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: bob@example.net
Message-ID: <e1@host.example.net>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  bob@example.net
    SMTP error from remote mail server after RCPT TO:<bob@example.net>:
    550 Unrouteable address

------ This is a copy of the message, including all the headers. ------

Message-ID: <{id}>
From: me@example.org
"""

EXCHANGE = """\
From: System Administrator <postmaster@corp.example.net>
To: me@example.org
Subject: Undeliverable: Lunch
Message-ID: <x1@corp.example.net>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="cut"

--cut
Content-Type: text/plain; charset=utf-8

Your message

  To:      bob@example.net
  Subject: Lunch

did not reach the following recipient(s):

bob@example.net on Mon, 9 Mar 2026 10:00:00 +0000
    The recipient name is not recognized

--cut
Content-Type: message/rfc822

Message-ID: <{id}>
From: me@example.org
Subject: Lunch

At one?
--cut--
"""

LATE = QMAIL.replace("failure notice", "Warning: message delayed 4 hours").replace(
    "This is a permanent error; I've given up.", "It will be retried, you need do nothing."
)

RECEIPT = """\
From: Bob <bob@example.net>
To: me@example.org
Subject: Read: Lunch
Message-ID: <r1@example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="cut"

--cut
Content-Type: text/plain

It was read.
--cut
Content-Type: message/disposition-notification

Reporting-UA: x; y
Final-Recipient: rfc822;bob@example.net
Original-Message-ID: <{id}>
Disposition: manual-action/MDN-sent-manually; {what}

--cut--
"""

DRAFT = Draft(
    to=(Address("Ana", "ana@example.org"), Address("Bob", "bob@example.net")), cc=(Address("", "eve@x.example"),),
    subject="Lunch", body="At one?\n",
)  # fmt: skip


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


def sent(db: Database, draft: Draft = DRAFT) -> outbox.Outgoing:
    """A mail that a server took for everybody."""
    row = queue(db, SETTINGS, draft)
    outbox.trying(db, row.id, "smtp.example.org")
    outbox.sending(db, row.id)
    outbox.finish(db, row.id, "sent", answers=dict.fromkeys(row.recipients, (250, "ok")))
    file_sent(db, row, SETTINGS.accounts[0])
    return outbox.get(db, row.id)


def comes(db: Database, text: str, folder: str = "INBOX", role: str = "inbox") -> int:
    """A mail in the Inbox, and the engine looks; how many told something."""
    account = accounts.row_of(db, UID)
    place = folders.ensure(db, account, folder, role=role).id
    with db.write():
        arrive_mail(db, place, account, text.replace("\n", "\r\n").encode(), internal=int(time.time()))
    return read_reports(db)


def told(db: Database, row: outbox.Outgoing) -> list[tuple[str, str]]:
    found = sent_events.of(db, row.message_id)
    return [(one.recipient, one.kind) for one in found if one.kind != sent_events.ACCEPTED]


def dsn(row: outbox.Outgoing, *, action: str = "failed", final: str = "bob@example.net", original: str = "", n: int = 1) -> str:
    status = {"failed": "5.1.1", "delayed": "4.4.1"}.get(action, "2.0.0")
    return DSN.format(id=row.message_id, envelope="x", action=action, status=status, final=final, original=original, n=n)


def test_what_the_server_answered(db: Database) -> None:
    row = sent(db)
    found = sent_events.of(db, row.message_id)
    assert [(one.recipient, one.kind, one.code, one.words, one.teller) for one in found] == [
        (to, "accepted", "250", "ok", "smtp.example.org") for to in ("ana@example.org", "bob@example.net", "eve@x.example")
    ]
    assert not row.troubled


@pytest.mark.parametrize("text", [QMAIL, EXIM, EXCHANGE], ids=["qmail", "exim", "exchange"])
def test_bounces_of_older_forms(db: Database, text: str) -> None:
    row = sent(db)
    assert comes(db, text.format(id=row.message_id)) == 1
    assert told(db, row) == [("bob@example.net", "failed")]
    assert outbox.get(db, row.id).troubled
    assert sent_events.of(db, row.message_id)[-1].words


def test_a_warning_is_no_failure(db: Database) -> None:
    row = sent(db)
    assert comes(db, LATE.format(id=row.message_id)) == 1
    assert told(db, row) == [("bob@example.net", "delayed")]
    assert not outbox.get(db, row.id).troubled


@pytest.mark.parametrize(
    ("action", "kind"), [("failed", "failed"), ("delayed", "delayed"), ("delivered", "delivered"), ("relayed (to x)", "relayed")]
)
def test_a_delivery_report(db: Database, action: str, kind: str) -> None:
    row = sent(db)
    assert comes(db, dsn(row, action=action)) == 1
    assert told(db, row) == [("bob@example.net", kind)]
    [event] = [one for one in sent_events.of(db, row.message_id) if one.kind == kind]
    assert (event.teller, event.words) == ("MAILER-DAEMON@mx.example.net", "550 5.1.1 No such user here")
    assert outbox.get(db, row.id).troubled == (kind == "failed")
    assert outbox.get(db, row.id).state == "sent", "a report changes nothing of what the server said"


def test_the_address_it_was_sent_to_counts(db: Database) -> None:
    row = sent(db)
    comes(db, dsn(row, final="x17@inside.example", original="Original-Recipient: rfc822;Bob@example.net\n"))
    assert told(db, row) == [("bob@example.net", "failed")]


def test_by_the_envelope_id_alone(db: Database) -> None:
    row = sent(db)
    text = dsn(row).replace(f"<{row.message_id}>", "<other@x>").replace("Envelope-Id: x", f"Envelope-Id: {row.message_id}")
    assert comes(db, text) == 1
    assert told(db, row) == [("bob@example.net", "failed")]


@pytest.mark.parametrize(("what", "kind"), [("displayed", "opened"), ("deleted", "deleted"), ("processed", "")])
def test_a_receipt(db: Database, what: str, kind: str) -> None:
    row = sent(db)
    comes(db, RECEIPT.format(id=row.message_id, what=what))
    assert told(db, row) == ([("bob@example.net", kind)] if kind else [])


def test_marks_on_the_sent_message(db: Database) -> None:
    row = sent(db)
    [message] = messages.by_message_id(db, row.message_id)
    comes(db, dsn(row, action="delivered"))
    assert messages.get(db, message).marks & Mark.DELIVERED
    comes(db, dsn(row, n=2))
    assert messages.get(db, message).marks & Mark.UNDELIVERED


def test_edit_and_send_again_goes_to_those_only_who_did_not_get_it(db: Database) -> None:
    row = sent(db)
    comes(db, dsn(row))
    row = outbox.get(db, row.id)
    assert [one.id for one in outbox.troubled(db)] == [row.id]
    assert undelivered(db, row) == ("bob@example.net",)
    draft = again(db, row)
    assert (draft.to, draft.cc, draft.subject) == ((DRAFT.to[1],), (), "Lunch")
    outbox.note_trouble(db, row.id, False)
    assert outbox.troubled(db) == []


def test_some_were_refused_at_once(db: Database) -> None:
    row = queue(db, SETTINGS, DRAFT)
    outbox.sending(db, row.id)
    answers = {"ana@example.org": (250, "ok"), "bob@example.net": (550, "no"), "eve@x.example": (250, "ok")}
    outbox.finish(db, row.id, "sent", answers=answers)
    [row] = outbox.troubled(db)
    assert undelivered(db, row) == ("bob@example.net",)
    assert told(db, row) == [("bob@example.net", "refused")]


def test_a_report_about_nothing_of_ours(db: Database) -> None:
    row = sent(db)
    assert comes(db, dsn(row).replace(row.message_id, "guessed@example.org")) == 0
    assert comes(db, dsn(row, n=3), "Junk", "junk") == 0
    assert told(db, row) == []
    assert db.value("SELECT count(*) FROM sent_event") == 3


def test_each_report_is_read_once(db: Database) -> None:
    row = sent(db)
    assert (comes(db, dsn(row)), read_reports(db), comes(db, dsn(row, n=2))) == (1, 0, 1)
    assert told(db, row) == [("bob@example.net", "failed")], "the same word of the same teller"


def test_a_pass_ends_with_a_look_at_reports_and_at_mail_of_unknown_end(db: Database) -> None:
    row = sent(db)
    account = accounts.row_of(db, UID)
    inbox, filed = (folders.ensure(db, account, name, role=role).id for name, role in (("INBOX", "inbox"), ("Sent", "sent")))
    with db.write():
        arrive_mail(db, inbox, account, dsn(row).replace("\n", "\r\n").encode(), internal=int(time.time()))
        db.run("UPDATE outbox SET state = 'uncertain', copied = 0 WHERE id = ?", (row.id,))
        arrive_mail(db, filed, account, b"Message-ID: <%s>\r\n\r\nas sent" % row.message_id.encode(), uid=1)
    end_pass(db)
    assert told(db, row) == [("bob@example.net", "failed")]
    assert outbox.get(db, row.id).state == "sent"


def test_nobody_fills_the_store(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_events, "MOST", 5)
    row = sent(db)
    for n in range(8):
        comes(db, dsn(row, final=f"p{n}@example.net", n=n))
    assert db.value("SELECT count(*) FROM sent_event") == 5


def test_words_are_cleaned() -> None:
    text = DSN.format(id="a@b", envelope="x", action="failed", status="5.1.1", final="b@x\x1b[31m", original="", n=1)
    report = read_report(text.replace("No such", "No \x1b]0;such\x07").encode())
    assert report is not None
    assert "\x1b" not in "".join(f"{one.words}{one.recipient}" for one in report.said)


def test_an_ordinary_mail_is_no_report() -> None:
    assert read_report(b"From: ana@example.org\r\nSubject: hello\r\n\r\nhow are you?\r\n") is None


def test_a_lone_recipient_needs_no_name() -> None:
    report = read_report(QMAIL.replace("<bob@example.net>:", "somebody:").format(id="a@b").encode())
    assert report is not None
    assert report.about_people(["zoe@x.example"]) == (Said("zoe@x.example", "failed", "5.1.1", report.words),)


@given(st.text(max_size=300), st.text(max_size=60))
@hypothesis_settings(max_examples=examples(60), deadline=None)
def test_whatever_comes_is_read(words: str, field: str) -> None:
    text = DSN.format(id=field, envelope=field, action=words[:20], status=field, final=field, original=words, n=1)
    read_report(text.encode("utf-8", "replace"))
    read_report((QMAIL.format(id=field) + words).encode("utf-8", "replace"))
