"""Mails of every kind that can be written, put into an outbox as the screen does it, and what is to arrive of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from core import receipts, sharing, templates
from core.address import Address
from core.arrival import arrive_mail
from core.calendar_reader import CalendarReader
from core.draft import MARKDOWN, Attachment, Draft, Options
from core.forward import forward, forward_attached, forward_together
from core.invitation import Answer
from core.invitation_reply import send_answer
from core.merge import plan
from core.merge_table import read_csv
from core.merging import queue_all
from core.message import Message, read_message
from core.redirect import redirect
from core.reply import ALL, SENDER, reply
from core.rich_forward import forwarded_apart
from core.rich_text import original_of, quoted_apart
from core.sending import as_sent, queue
from core.server_draft import edit_as_new, from_bytes, to_bytes
from core.settings import Settings
from core.settings.gateway import Gateway
from core.settings.links import Links
from core.settings.schema import Account, Identity, Server
from core.store import accounts, folders, outbox
from core.store.database import Database
from tests.core.calendars import calendar, event
from tests.pictures import png

UID = "5e44e400"
LONG = "A paragraph that is much longer than any line may be, with accents: é, ü, ñ, and signs: € → 漢字. " * 20
RICH = Options(format=MARKDOWN, font="serif 12pt")
SIGNED = "Yes.\n\n> " + LONG + "\n>> deeper\n.\nFrom me\n"

Has = tuple[str, ...]
"""Words that a text must have."""


class Part(NamedTuple):
    """A part as it is to arrive; `content`: the text or bytes, words that it has, None for anything."""

    type: str
    name: str | None = None
    content: str | bytes | Has | None = None


class Expected(NamedTuple):
    """What is to arrive: the parts in their order, multiparts left out, and header fields (None: there is none)."""

    parts: tuple[Part, ...]
    fields: Mapping[str, str | None] = {}


class Desk(NamedTuple):
    """Where they are written."""

    db: Database
    settings: Settings
    folder: Path
    to: Address
    """A user of the server that all of it goes to."""

    def put(self, draft: Draft, **fields: object) -> int:
        """To that user, unless it says to whom; a hidden recipient beside."""
        hidden = (Address("", "hidden@example.net"),)
        return queue(self.db, self.settings, replace(draft, **{"to": (self.to,), "bcc": hidden, **fields})).id  # type: ignore[arg-type]

    def arrive(self, raw: bytes) -> int:
        """A mail that lies in the inbox."""
        with self.db.write():
            row = accounts.row_of(self.db, UID)
            inbox = folders.ensure(self.db, row, "INBOX", role="inbox")
            return arrive_mail(self.db, inbox.id, row, raw)


def desk(db: Database, folder: Path, outgoing: Server, to: str) -> Desk:
    """A user who sends through `outgoing`."""
    logo = folder / "logo.png"
    logo.write_bytes(png(30, 10))
    me = Identity(id="1d000001", account=UID, address="ana@example.org", name="Ana Sousa, née «X»")
    office = Identity(
        id="1d000002", account=UID, address="office@bücher.example", name="Büro", organisation="Bücher & Söhne, Köln",
        on_behalf_of="Die Chefin <boss@example.org>", reply_to="answers@example.org", return_path="bounces@example.org",
        receipt_to="receipts@example.org", footer=True, footer_text="Sitz: Köln", logo=str(logo), card=True,
    )  # fmt: skip
    settings = Settings(
        accounts=(Account(id=UID, name="work", email=me.address, outgoing=outgoing),), identities=(me, office),
        gateways=(Gateway(id="5a500001", name="sms", address=to.replace("@", "+{number}@"), signature="+32 2 1"),
                  Gateway(id="5a500002", name="fax", kind="fax", address=to.replace("@", "+{number}@"))),
        links=Links(url="https://cloud.example.org/dav/"),
    )  # fmt: skip
    return Desk(db, settings, folder, Address("Zoë, née «X»", to))


def received(*, html: str = "", files: bool = False) -> Message:
    """A mail that is answered or passed on."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Cc"] = "Zoë <zoe@example.net>", "ana@example.org", "rita@example.net"
    mail["Subject"], mail["Message-ID"] = "Plän", "<plan@example.net>"
    mail["Date"] = datetime(2024, 5, 3, 14, 5, tzinfo=UTC)
    mail.set_content("Wörds\n.\nFrom here\n")
    if html:
        mail.add_alternative(html, subtype="html")
    if files:
        mail.add_attachment(b"%PDF \0\xff", maintype="application", subtype="pdf", filename="Plän.pdf")
    return read_message(mail.as_bytes().replace(b"\n", b"\r\n"))


def text(content: str | Has, kind: str = "plain") -> Part:
    """A text of the mail itself."""
    return Part(f"text/{kind}", None, content)


# the kinds ---------------------------------------------------------------------


def written(desk: Desk) -> Iterator[tuple[str, Draft, Expected]]:
    """Drafts as somebody writes them."""
    photo = desk.folder / "ein Foto.png"
    photo.write_bytes(png(8, 8))
    enclosed = received().raw
    files = (
        Attachment("résumé 漢字.pdf", data=b"%PDF-1.4\r\n\0\xff" * 500),
        Attachment("a.txt", data=b"From the start\n.\n..\n"),
        Attachment("mail.eml", "message/rfc822", data=enclosed),
    )
    packed = (
        Part("application/pdf", "résumé 漢字.pdf", b"%PDF-1.4\r\n\0\xff" * 500),
        Part("text/plain", "a.txt", "From the start\n.\n..\n"),
        Part("message/rfc822", "mail.eml", enclosed),
    )
    body = f"# Hello\n\n{LONG}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n> quoted\nanswer [red]{{red}}\n-- \n**Ana**\n"
    images = f"{body}![photo](<{photo}>)\n"
    both = (text(("answer red", "[x] done")), text(("color:red", "<table", "<strong>Ana</strong>"), "html"))
    shown = Part("image/png", "ein Foto.png", png(8, 8))
    yield "empty", Draft(), Expected((text(""),))
    yield "plain", Draft(body="Hello.\n"), Expected((text("Hello.\n"),))
    yield "flowed", Draft(body=f"{SIGNED}-- \nAna\n"), Expected((text(f"{SIGNED}-- \nAna\n"),))
    fixed = Draft(body="é" * 5000 + "\n" + "x" * 5000 + "\n.\n", options=Options(flowed=False))
    yield "fixed, long lines", fixed, Expected((text(fixed.body),))
    yield "files", Draft(body=SIGNED, attachments=files), Expected((text(SIGNED), *packed))
    yield "rich", Draft(body=body, options=RICH), Expected(both)
    yield "rich, not flowed", Draft(body=body, options=Options(format=MARKDOWN, flowed=False)), Expected(both)
    long = "x" * 20_000
    yield "rich, long lines", Draft(body=long, options=RICH), Expected((text(f"{long}\n"), text((long,), "html")))
    yield "images", Draft(body=images, options=RICH), Expected((*both, shown))
    yield "images and files", Draft(body=images, options=RICH, attachments=files), Expected((*both, shown, *packed))
    wishes = Options(priority="high", receipt=True, delivery="all", no_reply=True)
    yield "wishes", Draft(body="Now\n", options=wishes), Expected(
        (text("Now\n"),), {"Importance": "high", "X-Priority": "1 (Highest)", "Disposition-Notification-To": "ana@example.org"}
    )  # fmt: skip
    office = Draft(identity="1d000002", body="Hello\n", options=Options(receipt=True, format=MARKDOWN))
    yield "from an office", office, Expected(
        (text(("Hello", "Sitz: Köln")), text(("Hello", "Sitz: Köln", "<img"), "html"), Part("image/png", "logo.png", png(30, 10)),
         Part("text/vcard", None, ("EMAIL", "office@"))),
        {"From": "Die Chefin <boss@example.org>", "Sender": "Büro <office@xn--bcher-kva.example>",
         "Reply-To": "answers@example.org", "Organization": "Bücher & Söhne, Köln",
         "Disposition-Notification-To": "receipts@example.org"},
    )  # fmt: skip
    people = (Address("Дима", "дима@example.org"), Address("Büch", "bücher@bücher.example"))
    yield (
        "other scripts",
        Draft(body="Привет\n", cc=people),
        Expected((text("Привет\n"),), {"Cc": "Дима <дима@example.org>, Büch <bücher@xn--bcher-kva.example>"}),
    )


def answering(desk: Desk) -> Iterator[tuple[str, Draft, Expected]]:
    """Answers and forwarded mails."""
    plain, mail = received(files=True), received(html='<p>Wörds <img src="http://tracker.example/x.gif">of <b>theirs</b></p>')
    mine = desk.settings.identities
    threaded: dict[str, str | None] = {"In-Reply-To": "<plan@example.net>", "References": "<plan@example.net>"}
    yield "answer", reply(plain, mine, SENDER), Expected((text(("> Wörds", "> From here")),), threaded)
    yield "answer to all", reply(plain, mine, ALL), Expected((text(("> Wörds",)),), {**threaded, "Cc": "rita@example.net"})
    found = original_of(mail, "On {date}, {name} wrote:")
    assert found is not None
    quoting = quoted_apart(replace(reply(mail, mine, SENDER), options=RICH, body="**Yes**\n"), *found)
    below = (text(("Yes", "> Wörds")), text(("<strong>Yes</strong>", "<b>theirs</b>"), "html"))
    yield "rich answer", quoting, Expected(below, threaded)
    pdf = Part("application/pdf", "Plän.pdf", b"%PDF \0\xff")
    alone = {"In-Reply-To": None}
    yield "forward", forward(plain, mine), Expected((text(("Forwarded message", "Subject: Plän", "Wörds")), pdf), alone)
    together = forward_together([plain, mail], mine)
    yield "forward several", together, Expected((text(("Wörds", "From: Zoë")), pdf), alone)
    whole = Part("message/rfc822", "Plän.eml", plain.raw)
    yield "forward attached", forward_attached([plain], mine), Expected((text(("",)), whole), alone)
    eight = read_message(b"From: z@example.net\r\nSubject: raw\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
                         b"Content-Transfer-Encoding: 8bit\r\nBcc: secret@example.net\r\n\r\nW\xf6rds\r\n.\r\n")  # fmt: skip
    as_it_is = Part("message/rfc822", "raw.eml", eight.raw.replace(b"Bcc: secret@example.net\r\n", b""))
    yield "forward attached, 8 bits", forward_attached([plain, eight], mine), Expected((text(("",)), whole, as_it_is), alone)
    apart = forwarded_apart(replace(forward_together([mail], mine, bare=True), options=RICH, body="FYI\n"), [mail])
    yield "rich forward", apart, Expected((text(("FYI", "Wörds")), text(("FYI", "<b>theirs</b>"), "html")), alone)
    old = to_bytes(Draft(subject="Old", body=SIGNED, to=(desk.to,), attachments=(Attachment("a.txt", data=b"x"),)), mine[0],
                   now=datetime.now(UTC))  # fmt: skip
    kept = Part("text/plain", "a.txt", "x")
    yield "edited as new", edit_as_new(read_message(old), mine), Expected((text(SIGNED), kept), alone)
    yield "resumed from the server", from_bytes(old, mine), Expected((text(SIGNED), kept), alone)


def others(desk: Desk, upload: Callable[[], sharing.Sharer]) -> Iterator[tuple[str, int, Expected]]:
    """What goes another way into the outbox: their row, and what is to arrive of each."""
    db, settings, mine = desk.db, desk.settings, desk.settings.identities[0]
    original = received(files=True)
    built = redirect(original.raw, mine, [desk.to], now=datetime.now(UTC), bcc=[Address("", "hidden@example.net")])
    row = accounts.row_of(db, UID)
    passed = outbox.queue(db, account=row, message_id=built.message_id, sender=built.sender, recipients=built.recipients,
                          subject="Plän", shown="", wire=built.wire, copy=built.sent_copy, not_before=0)  # fmt: skip
    yield (
        "redirected",
        passed,
        Expected(
            (Part("text/plain", None, "Wörds\n.\nFrom here\n"), Part("application/pdf", "Plän.pdf", b"%PDF \0\xff")),
            {
                "Message-ID": "<plan@example.net>",
                "From": "Zoë <zoe@example.net>",
                "Resent-To": str_of(desk.to),
                "Resent-Bcc": None,
            },
        ),
    )
    kept = templates.keep(db, settings, Draft(subject="Template", body="As always\n", bcc=(Address("", "b@example.net"),)), "t")
    found = next(one for one in templates.templates(db) if one.message == kept)
    begun = templates.begin(templates.open_template(db, settings, found), mine, (desk.to,))
    bare = {"Subject": "Template", templates.FIELD: None}
    yield "from a template", desk.put(begun), Expected((text("As always\n"),), bare)
    second = desk.to.addr.replace("@", "+2@")
    table = read_csv(f'name,address,gift\nZoë;,{desk.to.addr},β\n"Ana, née",{second},ς\n'.encode(), "t.csv")
    merged = queue_all(db, settings, plan(Draft(subject="For {name}", body="A {gift}\n"), table), "gifts")
    ids = [id for (id,) in db.read("SELECT id FROM outbox WHERE batch = ? ORDER BY id", (merged,))]
    for id, name, gift in zip(ids, ("Zoë;", "Ana, née"), "βς", strict=True):
        yield f"merged {gift}", id, Expected((text(f"A {gift}\n"),), {"Subject": f"For {name}"})
    big = desk.folder / "big.bin"
    big.write_bytes(b"x" * 1000)
    linked = Draft(subject="Linked", body="Here\n", attachments=(Attachment("big.bin", path=str(big), link=True),
                                                               Attachment("n.txt", data=b"note")))  # fmt: skip
    id = desk.put(linked, bcc=())
    sharing.prepare(db, settings, outbox.get(db, id), as_sent, upload())
    note = Part("text/plain", "n.txt", "note")
    yield "linked", id, Expected((text(("Here", "https://cloud.example.org/", "big.bin (1 KB")), note))
    phones = Draft(subject="Call", body="At *one*?\n", attachments=(Attachment("n.txt", data=b"note"),))
    sms = desk.put(phones, to=(Address("", "+32475123456@SMS"),), bcc=())
    yield "an SMS", sms, Expected((text("At *one*?\n+32 2 1\n"),))
    fax = desk.put(phones, to=(Address("", "32475123456@fax"),), bcc=())
    yield "a fax", fax, Expected((text(("",)), Part("application/pdf", "page.pdf"), note))
    yield from _reports(desk)


def _reports(desk: Desk) -> Iterator[tuple[str, int, Expected]]:
    db, settings, mine = desk.db, desk.settings, desk.settings.identities[0]
    data = calendar(event(people=(f"ORGANIZER;CN=Nora:mailto:{desk.to.addr}", "ATTENDEE:mailto:ana@example.org")))
    envelope = received().envelope
    reader = CalendarReader(patience=60)
    try:
        [entry] = reader.read(data).entries
        says = Answer("ana@example.org", "ACCEPTED", "Ana", "", int(time.time()))
        answer = reader.reply(data, entry.uid, says)
    finally:
        reader.close()
    message = desk.arrive(received().raw)
    sent = send_answer(db, settings, message, envelope, entry, mine, says, answer, ("Accepted: A talk", "Ana comes.\n"))
    for_programs = Part("text/calendar", None, ("METHOD:REPLY", "PARTSTAT=ACCEPTED"))
    yield "invitation answered", sent, Expected((text("Ana comes.\n"), for_programs), {"Subject": "Accepted: A talk"})
    asking = f"Return-Path: <{desk.to.addr}>\r\nDisposition-Notification-To: {desk.to.addr}\r\n".encode() + received().raw
    asked = desk.arrive(asking.replace(b"<plan@", b"<asked@").replace(b"zoe@example.net", desk.to.addr.encode()))
    header = asking.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    told = receipts.send(db, settings, asked, header, read_message(asking).envelope, ("Read: Plän", "Seen."), by_hand=True)
    assert told is not None
    yield (
        "receipt",
        told,
        Expected((text("Seen.\n"), Part("message/disposition-notification", None, None)), {"Auto-Submitted": "auto-replied"}),
    )


def str_of(address: Address) -> str:
    """As a parser shows it."""
    return f'"{address.name}" <{address.addr}>'
