"""Every kind of mail that can be written goes through SMTP over TLS into a real mailbox and is there as it was meant."""

from __future__ import annotations

import email
import email.policy
import imaplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from accounts.smtp import SmtpOutgoing
from core.address import Address
from core.compose import build
from core.draft import MARKDOWN, Attachment, Draft, Options, Original
from core.flowed import tidy, unflow
from core.html_quote import quoted_html
from core.secret import Secret
from core.settings.schema import Identity, Server
from tests.pictures import png
from tests.servers.post import Post

NOW = datetime(2024, 5, 3, 14, 5, 6, tzinfo=UTC)
LONG = "A paragraph that is much longer than any line may be, with accents: é, ü, ñ, and signs: € → 漢字. " * 20
RICH = Options(format=MARKDOWN, font="serif 12pt")


def kinds(folder: Path) -> dict[str, Draft]:
    """A draft of every kind."""
    logo, photo = folder / "logo.png", folder / "ein Foto.png"
    logo.write_bytes(png(30, 10))
    photo.write_bytes(png(8, 8))
    enclosed = EmailMessage()
    enclosed["Subject"], enclosed["From"] = "Enclosed", "x@example.net"
    enclosed.set_content("Inside\n")
    files = (
        Attachment("résumé 漢字.pdf", data=b"%PDF-1.4\r\n\0\xff" * 500),
        Attachment("a.txt", data=b"From the start\n.\n..\n"),
        Attachment("mail.eml", "message/rfc822", data=enclosed.as_bytes()),
    )
    original = Original("On Friday, Zoë wrote:", "Their text", quoted_html("<p>Their <b>text</b> <img src='http://x/y.gif'>", {}))
    quoted = f"Yes.\n\n> {LONG}\n>> deeper\n.\nFrom me\n-- \nAna\n"
    body = f"# Hello\n\n{LONG}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- [x] done\n\n> quoted\nanswer [red]{{red}}\n-- \n**Ana**\n"
    images = f"{body}![logo]({logo}){{center 30}} ![photo](<{photo}>)\n"
    return {
        "empty": Draft(),
        "plain": Draft(body="Hello.\n"),
        "flowed": Draft(body=quoted),
        "fixed": Draft(body=quoted.replace(LONG, LONG[:60]), options=Options(flowed=False)),
        "files": Draft(body=quoted, attachments=files),
        "rich": Draft(body=body, options=RICH),
        "rich, not flowed": Draft(body=body, options=Options(format=MARKDOWN, flowed=False)),
        "images": Draft(body=images, options=RICH),
        "images and files": Draft(body=images, options=RICH, attachments=files),
        "answer": Draft(body=images, options=RICH, original=original, in_reply_to="1@example.net", references=("1@example.net",)),
    }


def leaves(raw: bytes) -> list[tuple[str, Any, Any, Any]]:
    """Every part as an independent parser reads it: type, file name, Content-ID and content."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    found: list[tuple[str, Any, Any, Any]] = []
    for part in mail.walk():
        assert not part.defects, part.defects
        content = None if part.is_multipart() else part.get_content()
        found.append((part.get_content_type(), part.get_filename(), part["Content-ID"], content))
    return found


def test_every_kind_arrives_part_by_part(post: Post, tmp_path: Path) -> None:
    server = Server(
        kind="smtp", host=post.smtp.host, port=post.smtp.port, security="tls", trust=str(post.dovecot.authority.file),
        user=post.smtp.user,
    )  # fmt: skip
    outgoing = SmtpOutgoing(server, Secret(post.smtp.password))
    me = Identity(account="aaaaaaaa", address="ana@example.org", name="Ana Sousa")
    sent: dict[str, bytes] = {}
    drafts = kinds(tmp_path)
    for name, draft in drafts.items():
        addressed = to(draft, post.mailbox.address, name)
        built = build(addressed, me, now=NOW)
        assert outgoing.send(built.wire, built.sender, list(built.recipients), 30.0).state == "sent"
        sent[name] = built.wire
    arrived = fetched(post)
    assert len(arrived) == len(sent)
    for name, wire in sent.items():
        here = next(raw for raw in arrived if subject(raw) == f"{name} ü")
        assert leaves(here) == leaves(wire), name
        mail = email.message_from_bytes(here, policy=email.policy.default)
        assert "Bcc" not in mail and "hidden" not in here.decode("latin-1"), name
        draft = drafts[name]
        plain = mail.get_body(("plain",))
        assert plain is not None
        text = plain.get_content().replace("\r\n", "\n")
        if draft.options.flowed:
            text = unflow(text)
        if not draft.rich:
            assert tidy(text).rstrip("\n") == tidy(draft.body).rstrip("\n"), name
        else:
            assert "answer red" in text and str(tmp_path) not in here.decode("latin-1"), name
            html = mail.get_body(("html",))
            assert html is not None and "color:red" in html.get_content(), name
        assert [part.get_filename() for part in mail.iter_attachments()] == [one.name for one in draft.attachments], name


def subject(raw: bytes) -> str:
    """What a mail is about."""
    return str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"])


def to(draft: Draft, address: str, name: str) -> Draft:
    """The draft to a user of the server, one of its recipients hidden."""
    fields = {each: getattr(draft, each) for each in draft.__slots__}
    return Draft(**{**fields, "to": (Address("Zoë, née «X»", address),), "bcc": (Address("", "hidden@example.net"),),
                    "subject": f"{name} ü"})  # fmt: skip


def fetched(post: Post) -> list[bytes]:
    """What lies in the mailbox, by IMAP over TLS."""
    context = ssl.create_default_context(cafile=str(post.dovecot.authority.file))
    with imaplib.IMAP4_SSL(post.dovecot.host, post.dovecot.ports.imaps, ssl_context=context) as imap:
        imap.login(post.mailbox.user, post.mailbox.password)
        imap.select("INBOX", readonly=True)
        _state, (numbers,) = imap.search(None, "ALL")
        found = []
        for number in numbers.split():
            _state, answer = imap.fetch(number.decode(), "(BODY.PEEK[])")
            found.append(answer[0][1])
        return found
