"""Nothing that somebody else, or a file, can say becomes a header field, a recipient or a part of a mail: every field of it."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import getaddresses
from typing import Any

import pytest
from msgspec.structs import replace as with_values

from core import receipts, sharing, templates
from core.address import Address, parse_addresses
from core.compose import build
from core.draft import MARKDOWN, Attachment, Draft, InlineImage, Options, Original
from core.editor_text import from_editor_text
from core.envelope import read_envelope
from core.errors import CorreioError
from core.forward import forward, forward_attached
from core.gateways import pieces
from core.header import header_block, read_headers
from core.html_quote import quoted_html
from core.invitation import Answer, Entry, Person
from core.invitation_reply import send_answer
from core.leaving_lists import letter
from core.mailing_list import read_list
from core.mailto import read_mailto
from core.merge import fill_all, plan
from core.merge_table import Source
from core.message import Message, read_message
from core.redirect import redirect
from core.reply import ALL, LIST, reply
from core.senders import identity_for
from core.sending import as_sent, built_for, queue
from core.server_draft import edit_as_new, from_bytes, to_bytes
from core.settings import Settings
from core.settings.gateway import Gateway
from core.settings.links import Links
from core.settings.schema import Compose, Identity
from core.store import accounts, outbox
from core.store.database import Database
from tests.core.test_sending import SETTINGS
from tests.empty_store import empty_store
from tests.pictures import png

EVIL = "evil@example.net"
HOSTILE = (
    f"x\r\nBcc: {EVIL}", f"x\nBcc: {EVIL}", f"x\rBcc: {EVIL}", f"x\r\n\r\nBcc: {EVIL}\r\n\r\nbody", f"x\r\n Bcc: {EVIL}",
    f"x\0\r\nBcc: {EVIL}", f"x\u2028Bcc: {EVIL}", f"x\x85Bcc: {EVIL}", f"x\x0bBcc: {EVIL}", f"x\x0c\x1c\x1dBcc: {EVIL}",
    f"=?utf-8?q?x=0D=0ABcc:_{EVIL.replace('@', '=40')}?=", f"=?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUubmV0?= {EVIL}",
    f'x"; filename="y\r\nBcc: {EVIL}', f"x>,\r\n <{EVIL}", f"x\\\r\nBcc: {EVIL}", "x\udc0d\udc0aBcc: y", f"ü\r\nBcc: {EVIL}",
    "x" * 2000 + f"\r\nBcc: {EVIL}", f"\r\n--\r\n.\r\nMAIL FROM:<{EVIL}>\r\n", "%0D%0ABcc:%20" + EVIL,
)  # fmt: skip
NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
ANA = Address("Ana", "ana@example.org")
PNG = png(2, 2)
BASE = Draft(identity="1d000001", to=(ANA,), subject="x", body="x\n")
FULL = Identity(
    id="1d000001", account=SETTINGS.accounts[0].id, address="me@example.org", name="x", organisation="x", footer=True, card=True,
    footer_text="x", signature="x",
)  # fmt: skip
Made = tuple[bytes, tuple[str, ...]]
"""A mail's bytes and its envelope."""


def written(**fields: Callable[[str], Any]) -> Callable[[Database, str], list[Made]]:
    """A draft of which these fields are hostile."""
    return lambda db, bad: sent(db, replace(BASE, **{name: value(bad) for name, value in fields.items()}))


def options(**fields: Callable[[str], Any]) -> Callable[[Database, str], list[Made]]:
    """Options that came from a draft on a server."""
    return lambda db, bad: sent(db, replace(BASE, options=Options(**{name: value(bad) for name, value in fields.items()})))


def identity(**fields: Callable[[str], Any]) -> Callable[[Database, str], list[Made]]:
    """A sender whose settings are hostile."""

    def make(db: Database, bad: str) -> list[Made]:
        mine = with_values(FULL, **{name: value(bad) for name, value in fields.items()})
        rich = replace(BASE, options=Options(format=MARKDOWN, receipt=True))
        return sent(db, rich, with_values(SETTINGS, identities=(mine,)))

    return make


def settings(**fields: Callable[[str], Any]) -> Callable[[Database, str], list[Made]]:
    """Other settings."""
    noted = replace(BASE, options=Options(no_reply=True))
    return lambda db, bad: sent(db, noted, with_values(SETTINGS, **{name: value(bad) for name, value in fields.items()}))


def sent(db: Database, draft: Draft, own: Settings = SETTINGS) -> list[Made]:
    """As it is put into the outbox; wire and Sent copy."""
    found = []
    for piece in pieces(own, draft):
        built = built_for(own, piece, identity_for(own, draft), NOW)
        found += [(built.wire, built.recipients), (built.sent_copy, built.recipients)]
    return found


def from_outbox(db: Database) -> list[Made]:
    found = []
    for row in outbox.rows(db, all=True):
        found += [(outbox.wire(db, row.id), row.recipients), (outbox.copy(db, row.id), row.recipients)]
        outbox.cancel(db, row.id)
        db_forget(db, row.id)
    return [one for one in found if one[0]]


def db_forget(db: Database, id: int) -> None:
    with db.write():
        db.run("DELETE FROM outbox WHERE id = ?", (id,))


def received(bad: str, field: str = "") -> Message:
    """A mail of a stranger: its header as bytes, with this in one field."""
    fields = {
        "From": "Eve <eve@example.net>", "To": "me@example.org", "Subject": "x", "Message-ID": "<a@example.net>",
        "References": "<b@example.net>", "Date": "Mon, 9 Mar 2026 12:00:00 +0000", "Content-Type": 'text/plain; name="x"',
        "List-Post": "<mailto:list@example.net>", "List-Unsubscribe": "<mailto:leave@example.net?subject=x>",
    }  # fmt: skip
    raw = bad.encode("utf-8", "surrogatepass")
    head = b"".join(
        f"{name}: ".encode() + (fields[name].encode().replace(b"x", raw, 1) if name == field else fields[name].encode()) + b"\r\n"
        for name in fields
    )
    return read_message(head + b"\r\nx\r\n")


def passing_on(make: Callable[[Message], Draft]) -> Callable[[Database, str], list[Made]]:
    """A draft made of a stranger's mail, of which each field is hostile in its turn."""

    def made(db: Database, bad: str) -> list[Made]:
        found = []
        for field in ("From", "Subject", "Message-ID", "References", "Content-Type", "List-Post", "List-Unsubscribe", "Date"):
            draft = make(received(bad, field))
            found += sent(db, draft if draft.to else replace(draft, to=(ANA,)))
        return found

    return made


def merged(db: Database, bad: str) -> list[Made]:
    """A CSV cell in every place that a placeholder can stand in, and in the names of the columns."""
    copied = (Address("{a}", "c@example.org"),)
    holders = replace(BASE, to=(), cc=copied, subject="{a}", body="{a}\n", typed=(("to", "{a} <{m}>"),))
    found: list[Made] = []
    good = "ana@example.org"
    for columns, row in ((("a", "m"), (bad, good)), (("a", "m"), ("x", bad)), ((bad, "m"), ("x", good))):
        for filled in fill_all(plan(holders, Source("x", columns, (row,)))):
            made = [] if filled.trouble else sent(db, filled.draft)
            if row[1] == bad:  # the cell says to whom: one person, whoever that is
                assert all(len(people) == 2 and people[1] == "c@example.org" for _, people in made)
            else:
                found += made
    return found


def linked(db: Database, bad: str) -> list[Made]:
    """The address that a server or command says, the file's name, the words of the settings."""

    class Place:
        watches = False

        def place_for(self, name: str) -> str:
            return ""

        def upload(self, *told: object) -> tuple[str, str]:
            said = bad.encode("utf-8", "replace").decode()
            return said, said

    file = Attachment(bad, data=b"x", link=True)
    own = with_values(SETTINGS, links=Links(url="https://x.example/", words=bad))
    row = queue(db, own, replace(BASE, attachments=(file,)))
    sharing.prepare(db, own, row, as_sent, Place())  # type: ignore[arg-type]
    return from_outbox(db)


def phones(db: Database, bad: str) -> list[Made]:
    """Numbers, and what a gateway's settings say."""
    found: list[Made] = []
    plain = Gateway(id="5a500001", name="x", address="{number}@sms.example.com")
    for number, gateway in (
        (f"{bad}@sms", plain), (f"3247512345{bad}@sms", plain), ("32475123456@sms", with_values(plain, signature=bad)),
        ("32475123456@sms", with_values(plain, address=f"{{number}}{bad}@sms.example.com")),
    ):  # fmt: skip
        own = with_values(SETTINGS, gateways=(gateway,))
        found += harmless(lambda number=number, own=own: sent(db, replace(BASE, to=(Address(bad, number),)), own))
    return found


def redirected(db: Database, bad: str) -> list[Made]:
    """Resent fields, and a mail that begins with what would continue them."""
    mine = with_values(FULL, name=bad)
    found: list[Made] = []
    for to in (Address(bad, "ana@example.org"), Address("", f"{bad}@example.org")):
        for raw in (b"Subject: x\r\n\r\nx\r\n", f" {EVIL}\r\nSubject: x\r\n\r\nx\r\n".encode()):

            def made(raw: bytes = raw, to: Address = to) -> list[Made]:
                built = redirect(raw, mine, [to], now=NOW)
                return [(built.wire, built.recipients)]

            found += harmless(made)
    return found


def reports(db: Database, bad: str) -> list[Made]:
    """A read receipt and the answer to an invitation, of hostile requests."""
    bad = bad.encode("utf-8", "replace").decode()
    row = accounts.row_of(db, SETTINGS.accounts[0].id)
    header = (f"From: Eve <ana@example.org>\r\nTo: me@example.org\r\nSubject: {bad}\r\nMessage-ID: <{bad}>\r\n"
              f"Original-Recipient: rfc822;{bad}\r\nDisposition-Notification-To: {bad} <ana@example.org>\r\n"
              "\r\n").encode("utf-8", "replace")  # fmt: skip
    asked = receipts.request_of(read_headers(header_block(header)), read_envelope(header_block(header)), SETTINGS.identities)
    assert row
    found: list[Made] = []
    if asked is not None:
        mine = with_values(FULL, name=bad)
        report = receipts.build(header, read_envelope(header), asked, mine, (bad, bad), by_hand=True)
        found.append((report.wire, report.recipients))
    for name, addr in ((bad, "ana@example.org"), ("x", bad)):
        entry = Entry("VEVENT", uid=bad, title=bad, organizer=Person(name=name, address=addr))
        with db.write():
            message = int(db.value("SELECT coalesce(max(id), 0) FROM message") or 0)

        def answer(entry: Entry = entry, message: int = message) -> list[Made]:
            says = Answer("me@example.org", "ACCEPTED", bad, bad, 1)
            send_answer(db, SETTINGS, message, read_envelope(header), entry, FULL, says, b"BEGIN:VCALENDAR\r\n", (bad, bad))
            return from_outbox(db)

        found += harmless(answer)
    return found


def leaving(db: Database, bad: str) -> list[Made]:
    """A list's own address for leaving it."""
    message = received(bad, "List-Unsubscribe")
    found: list[Made] = []
    for way in read_list(message.headers).ways():
        found += harmless(lambda way=way: sent(db, letter(SETTINGS, header_block(message.raw), way)))
    return [(raw, ("leave@example.net",)) for raw, people in found if people[0] != EVIL]


def stored(db: Database, bad: str) -> list[Made]:
    """Drafts and templates on a server, read again: what they cannot say they do not do."""
    whole = Draft(identity="1d000001", to=(Address(bad, "ana@example.org"),), subject=bad, body=bad, in_reply_to=bad,
                  typed=(("cc", bad),), attachments=(Attachment(bad, bad, data=b"x"),))  # fmt: skip
    raw = to_bytes(whole, FULL, now=NOW)
    kept = templates._raw(replace(whole, typed=()), FULL, bad)
    again = from_bytes(raw, (FULL,))
    assert not again.bcc and again.to[0].addr == "ana@example.org"
    return [(raw, ("ana@example.org",)), (kept, ("ana@example.org",)), *sent(db, replace(again, typed=()))]


def from_editor(db: Database, bad: str) -> list[Made]:
    """What stands in an editor of one's own: fields that the composer does not show are left out."""
    text = f"From: {bad}\nTo: ana@example.org\nX-Evil: {bad}\nContent-Type: {bad}\nSubject: {bad}\n\n{bad}\n"
    draft = from_editor_text(text, BASE)
    return sent(db, replace(draft, from_=BASE.from_, bcc=(), typed=()))


def from_link(db: Database, bad: str) -> list[Made]:
    """A mailto: link, as it is and percent-encoded."""
    from urllib.parse import quote

    found: list[Made] = []
    for value in (bad, quote(bad, errors="replace")):
        link = read_mailto(f"mailto:ana@example.org?subject={value}&body={value}&in-reply-to={value}&x-evil={value}&from={value}")
        found += sent(db, replace(link.draft(), identity="1d000001"))
    return found


def harmless(make: Callable[[], list[Made]]) -> list[Made]:
    """What comes of it; refusing it is fine too."""
    try:
        return make()
    except CorreioError:
        return []


def address(bad: str) -> tuple[Address, ...]:
    return (Address("x", bad),)


def local(bad: str) -> tuple[Address, ...]:
    return (Address("x", f"{bad}@example.org"),)


def named(bad: str) -> tuple[Address, ...]:
    return (Address(bad, "ana@example.org"),)


def file(**fields: Callable[[str], str]) -> Callable[[str], tuple[Attachment, ...]]:
    return lambda bad: (Attachment(**{"name": "x", "data": b"x", **{name: value(bad) for name, value in fields.items()}}),)  # type: ignore[arg-type]


def same(bad: str) -> str:
    return bad


def rich(bad: str) -> Options:
    return Options(format=MARKDOWN, font=bad)


def images(bad: str) -> tuple[InlineImage, ...]:
    return (InlineImage("a.png", bad, bad, data=PNG),)


PLACES: dict[str, Callable[[Database, str], list[Made]]] = {
    "names of recipients": written(to=named), "names in copy": written(to=named, cc=named), "hidden names": written(bcc=named),
    "names to answer": written(reply_to=named), "the sender's name": written(from_=lambda bad: Address(bad, "me@example.org")),
    "recipients": written(to=address), "copies": written(cc=address), "hidden copies": written(bcc=address),
    "answers": written(reply_to=address), "the sender": written(from_=lambda bad: Address("x", bad)),
    "local parts": written(to=local), "local parts in copy": written(cc=local), "hidden local parts": written(bcc=local),
    "subject": written(subject=same), "text": written(body=same),
    "answered": written(in_reply_to=same, references=lambda bad: (bad, bad)),
    "file names": written(attachments=file(name=same)), "file types": written(attachments=file(type=same)),
    "charsets of files": written(attachments=file(type=lambda bad: "text/plain", charset=same)),
    "file names of mails": written(attachments=file(name=same, type=lambda bad: "message/rfc822")),
    "half an address": written(typed=lambda bad: (("to", bad),)),
    "rich text": written(body=same, options=rich), "images": written(body=lambda bad: "![x](a.png)", options=rich, images=images),
    "image references": written(body=lambda bad: f"![{bad}]({bad})\n![x](<{bad}>){{{bad}}}", options=rich),
    "what is quoted": written(options=rich, original=lambda bad: Original(bad, bad, quoted_html(bad, {}))),
    "priority": options(priority=same), "reports": options(delivery=same), "format": options(format=same, font=same),
    "a sender's name": identity(name=same), "organisation": identity(organisation=same), "reply-to": identity(reply_to=same),
    "on behalf of": identity(on_behalf_of=lambda bad: f"{bad} <boss@example.org>"), "on behalf": identity(on_behalf_of=same),
    "return path": identity(return_path=same), "where receipts go": identity(receipt_to=same),
    "footer": identity(footer_text=same),
    "signature": identity(signature=same), "a sender's address": identity(address=same),
    "no reply needed": settings(compose=lambda bad: Compose(no_reply_word=bad)),
    "a blind copy": settings(accounts=lambda bad: (with_values(SETTINGS.accounts[0], sent_bcc=bad),)),
    "cells": merged, "links": linked, "phones": phones, "redirected": redirected, "reports and answers": reports,
    "leaving a list": leaving,
    "drafts and templates": stored, "an editor": from_editor, "a mailto link": from_link,
    "an answer": passing_on(lambda mail: reply(mail, SETTINGS.identities, ALL)),
    "an answer to a list": passing_on(lambda mail: reply(mail, SETTINGS.identities, LIST)),
    "a forward": passing_on(lambda mail: replace(forward(mail, SETTINGS.identities), to=(ANA,))),
    "a mail attached": passing_on(lambda mail: replace(forward_attached([mail], SETTINGS.identities), to=(ANA,))),
    "edited as new": passing_on(lambda mail: replace(edit_as_new(mail, SETTINGS.identities), to=(ANA,), cc=(), bcc=())),
}  # fmt: skip


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = empty_store(tmp_path_factory.mktemp("store") / "state" / "correio.db")
    yield database
    database.close()


KNOWN = {
    "date", "from", "sender", "reply-to", "to", "cc", "subject", "message-id", "in-reply-to", "references", "organization",
    "importance", "x-priority", "disposition-notification-to", "mime-version", "content-type", "content-transfer-encoding",
    "resent-date", "resent-from", "resent-to", "resent-cc", "resent-message-id", "auto-submitted", "x-correio-draft",
    "x-correio-template",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_value_is_only_a_value(db: Database, place: str) -> None:
    made = 0
    for bad in HOSTILE:
        for raw, people in dict.fromkeys(harmless(lambda bad=bad: PLACES[place](db, bad))):
            made += 1
            examine(raw, people, f"{place}: {bad!r}")
        if outbox.rows(db, all=True):
            from_outbox(db)
    if place not in ("half an address", "recipients", "copies", "answers", "the sender", "hidden copies", "local parts",
                     "local parts in copy", "hidden local parts", "a blind copy", "reply-to", "return path", "where receipts go",
                     "a sender's address"):  # fmt: skip
        assert made, "all of it was refused: then this looks at nothing"


def examine(raw: bytes, people: tuple[str, ...], where: str) -> None:
    """Bytes as servers want them; only fields that we write, each once; nobody but whom was meant; no part but ours."""
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r") and b"\0" not in raw, where
    assert max(map(len, raw.split(b"\r\n"))) <= 998, where
    head = re.sub(rb"\r\n[ \t]", b" ", raw.partition(b"\r\n\r\n")[0])
    names = [line.partition(b":")[0].decode("ascii").lower() for line in head.split(b"\r\n")]
    known = KNOWN | {"bcc"}
    assert set(names) <= known, where
    assert len(set(names)) == len(names), where
    assert EVIL not in people and all(re.fullmatch(r"[^\s<>]+@[^\s<>]+", one) for one in people), where
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    top = email.message_from_bytes(head + b"\r\n\r\n", policy=email.policy.default)
    for field in ("To", "Cc", "Bcc", "Reply-To", "Sender", "Resent-To", "Resent-Cc"):
        assert EVIL not in [addr for _, addr in getaddresses([str(mail.get(field, ""))])], f"{where}: {field}"
        modern = top[field]
        assert modern is None or EVIL not in [one.addr_spec for one in modern.addresses], f"{where}: {field}"
    for part in mail.walk():
        if enclosed(mail, part):
            continue
        assert not part.defects, where
        assert {name.lower() for name in part} <= known | {"content-id", "content-disposition"}, where
        name = part.get_filename()
        assert name is None or not re.search(r"[\r\n\0/\\]", name), where


def enclosed(mail: Any, part: Any) -> bool:
    """Whether a part belongs to a mail that was enclosed as it is, or to a report: its header is its own."""
    kinds = ("message/rfc822", "message/disposition-notification")
    holders = [one for one in mail.walk() if one.get_content_type() in kinds]
    return any(part is one for holder in holders for one in list(holder.walk())[1:])


def test_the_outbox_shows_it_as_text(db: Database) -> None:
    """Undecodable bytes of a command line, too, can be queued."""
    for bad in HOSTILE:
        draft = replace(BASE, subject=bad, to=(Address(bad, "ana@example.org"),), body=bad)
        row = queue(db, SETTINGS, draft)
        assert Draft.from_json(row.draft) == draft
        from_outbox(db)


def test_the_control_is_seen() -> None:
    """What is looked for would be found."""
    for raw in (b"To: ana@example.org\r\nBcc: evil@example.net\r\n\r\nx\r\n", b"To: a@b.c\r\nX-Evil: y\r\n\r\nx\r\n",
                b"To: a@b.c\nCc: y\r\n\r\nx\r\n"):  # fmt: skip
        with pytest.raises(AssertionError):
            examine(raw, ("ana@example.org",), "")
    assert parse_addresses(EVIL)[0].addr == EVIL and build(BASE, FULL, now=NOW).recipients == ("ana@example.org",)
