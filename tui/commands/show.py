"""`show`: one message on standard output."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from core.address import format_address
from core.clean import clean_line, clean_text
from core.errors import NotFound, UsageError
from core.reading import Body, open_body
from core.store import bodies, messages
from tui.commands.session import Session
from tui.sentences import sender_sentence
from tui.translation import _

if TYPE_CHECKING:
    from core.doubts import Sender
    from core.rendered import Page


def run_show(session: Session, arguments: argparse.Namespace) -> int:
    """`correio show ID`: headers, doubts about the sender and text for people, all of it as JSON, or one of them as it is."""
    message = one_message(session, arguments.id)
    form = arguments.form
    if form == "headers":
        block = bodies.header(session.db, message) or b""
        print(clean_text(block.decode("utf-8", "replace")).rstrip())
        return 0
    body = body_of(session, message, whole=form == "raw")
    if form == "raw":
        raw = bodies.raw(session.db, message)
        if raw is None:
            raise NotFound("body-not-here", what="message", name=arguments.id)
        sys.stdout.buffer.write(raw)
        return 0
    if form == "html":
        print(body.html())
        return 0
    page = body.page(max(20, arguments.width))
    lines = [line.text.rstrip() for line in page.lines]
    if session.json:
        print(json.dumps(_facts(session, body, page, "\n".join(lines)), ensure_ascii=False))
        return 0
    if form != "text":
        print("\n".join((*_head(session, message), *_doubts(_sender(session, body, page)))) + "\n")
    print("\n".join(lines))
    for n, part in enumerate(body.attachments, 1):
        if form != "text":
            print(clean_line(f"[{n}] {part.name or part.type} ({part.decoded_size:,})"))
    return 0


def _head(session: Session, message: int) -> list[str]:
    envelope = open_body(session.db, message).envelope
    rows = [
        (_("From"), ", ".join(f"{a.name} <{a.addr}>" if a.name else a.addr for a in envelope.from_)),
        (_("To"), ", ".join(f"{a.name} <{a.addr}>" if a.name else a.addr for a in envelope.to)),
        (_("Cc"), ", ".join(f"{a.name} <{a.addr}>" if a.name else a.addr for a in envelope.cc)),
        (_("Subject"), envelope.subject),
    ]
    return [clean_line(f"{name}: {value}") for name, value in rows if value]


def _sender(session: Session, body: Body, page: Page) -> Sender:
    """What is found about who really wrote a message."""
    from core.habits import habit_of
    from core.store import correspondents
    from core.who_wrote import judged

    settings, row = session.settings, messages.get(session.db, body.id).account
    account = next((one for one in settings.accounts if one.name == session.account_name(row)), None)
    own = [(one.name, one.address) for one in settings.identities] + [("", one.email) for one in settings.accounts]
    authserv = account.authserv if account is not None else ""
    known = correspondents.known(session.db, own)
    return judged(session.db, body, habit_of(session.db, row), authserv, known, page.links)[0]


def _doubts(sender: Sender) -> list[str]:
    """The lines about it: what speaks against the sender, and who is vouched for."""
    said = [f"! {sender_sentence(one)}" for one in sender.findings if one.warning]
    told = [f"- {sender_sentence(one)}" for one in sender.findings if not one.warning and not one.quiet]
    return [*([f"✓ {clean_line(sender.vouched)}"] if sender.vouched else []), *said, *told]


def _facts(session: Session, body: Body, page: Page, text: str) -> dict[str, Any]:
    """A message for programs."""
    from datetime import UTC, datetime

    envelope, sender = body.envelope, _sender(session, body, page)
    when = datetime.fromtimestamp(envelope.date, UTC).isoformat() if envelope.date is not None else None
    return {
        "id": body.id,
        "message_id": envelope.message_id,
        "from": [format_address(one) for one in envelope.from_],
        "reply_to": [format_address(one) for one in envelope.reply_to],
        "to": [format_address(one) for one in envelope.to],
        "cc": [format_address(one) for one in envelope.cc],
        "subject": envelope.subject,
        "date": when,
        "vouched": sender.vouched,
        "findings": [
            {"id": one.id, "values": one.values, "warning": one.warning, "words": sender_sentence(one)} for one in sender.findings
        ],
        "text": text,
        "links": [{"number": one.number, "target": one.target, "shows": one.shows} for one in page.links],
        "attachments": [
            {"number": n, "name": part.name, "type": part.type, "size": part.decoded_size}
            for n, part in enumerate(body.attachments, 1)
        ],
    }


def one_message(session: Session, word: str) -> int:
    """The message of an id or <message-id>. UsageError `not-an-id`, NotFound."""
    if not (word.isdigit() or (word.startswith("<") and word.endswith(">"))):
        raise UsageError("not-an-id", word=word)
    return session.messages([word])[0]


def body_of(session: Session, message: int, *, whole: bool = False) -> Body:
    """What is here of a message; fetched by the engine (or here, when none runs) where it is not."""
    needed = bodies.raw(session.db, message) is None if whole else messages.get(session.db, message).body == 0
    if needed:
        fetch(session, message, "*" if whole else "")
    return open_body(session.db, message)


def fetch(session: Session, message: int, section: str) -> None:
    """Have a message, a part of it or (`*`) all of it brought into the store."""
    client = session.engine()
    if client is not None:
        try:
            client.ask("fetch", message=message, section=section)
        finally:
            client.close()
        return
    row = messages.get(session.db, message).account
    account = session.settings.account(session.account_name(row))
    incoming = session.wiring.incoming(account, session.db, row, lambda progress: None)
    try:
        incoming.open()
        incoming.fetch(message, section)
    finally:
        incoming.close()
