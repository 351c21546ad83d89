"""`show` and `attachment`: one message, on standard output or into a file."""

from __future__ import annotations

import argparse
import sys

from core import attachment
from core.clean import clean_line, clean_text
from core.errors import NotFound, UsageError
from core.reading import Body, open_body
from core.store import bodies, messages
from tui.commands.session import Session
from tui.translation import _


def run_show(session: Session, arguments: argparse.Namespace) -> int:
    """`correio show ID`: headers and text for people, or one of them as it is."""
    message = _one(session, arguments.id)
    form = arguments.form
    if form == "headers":
        block = bodies.header(session.db, message) or b""
        print(clean_text(block.decode("utf-8", "replace")).rstrip())
        return 0
    body = _body(session, message, whole=form == "raw")
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


def run_attachment(session: Session, arguments: argparse.Namespace) -> int:
    """`correio attachment ID N`: never overwrites a file."""
    message = _one(session, arguments.id)
    body = _body(session, message)
    if not 1 <= arguments.number <= len(body.attachments):
        raise NotFound("no-attachment", what="attachment", name=str(arguments.number))
    part = body.attachments[arguments.number - 1]
    if not body.has(part):
        _fetch(session, message, part.section)
    data = body.data(part)
    if arguments.output is None:
        sys.stdout.buffer.write(data)
        return 0
    target = arguments.output
    folder, name = (target, part.name) if target.is_dir() else (target.parent, target.name)
    saved = attachment.save(data, folder, name)
    session.tell({"file": str(saved), "bytes": len(data)}, str(saved))
    return 0


def _one(session: Session, word: str) -> int:
    if not (word.isdigit() or (word.startswith("<") and word.endswith(">"))):
        raise UsageError("not-an-id", word=word)
    return session.messages([word])[0]


def _body(session: Session, message: int, *, whole: bool = False) -> Body:
    """What is here of a message; fetched by the engine (or here, when none runs) where it is not."""
    needed = bodies.raw(session.db, message) is None if whole else messages.get(session.db, message).body == 0
    if needed:
        _fetch(session, message, "*" if whole else "")
    return open_body(session.db, message)


def _fetch(session: Session, message: int, section: str) -> None:
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
