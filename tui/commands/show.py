"""`show`: one message on standard output."""

from __future__ import annotations

import argparse
import sys

from core.clean import clean_line, clean_text
from core.errors import NotFound, UsageError
from core.reading import Body, open_body
from core.store import bodies, messages
from tui.commands.session import Session
from tui.translation import _


def run_show(session: Session, arguments: argparse.Namespace) -> int:
    """`correio show ID`: headers and text for people, or one of them as it is."""
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
    lines = [line.text.rstrip() for line in body.page(max(20, arguments.width)).lines]
    if form != "text":
        print("\n".join(_head(session, message)) + "\n")
    print("\n".join(lines))
    for n, part in enumerate(body.attachments, 1):
        if form != "text":
            print(clean_line(f"[{n}] {part.name or part.type} ({part.size:,})"))
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
