"""`send`, `outbox` and `mailto:`: mail going out."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.address import Address, parse_addresses
from core.draft import Attachment, Draft
from core.errors import CorreioError, NotFound, UsageError
from core.mailto import read_mailto
from core.senders import identity_for
from core.sending import queue
from core.server_draft import from_bytes
from core.store import outbox
from tui.commands.session import Session, error_json
from tui.sentences import sentence
from tui.times import read_time
from tui.translation import _

FINAL = ("sent", "failed", "cancelled", "uncertain")


def declare(add: Callable[..., argparse.ArgumentParser]) -> None:
    """The words of these commands."""
    send = add("send", run_send, _("put a mail into the outbox"))
    send.add_argument("--from", dest="sender", metavar="ADDRESS")
    for name in ("to", "cc", "bcc"):
        send.add_argument(f"--{name}", action="append", default=[], metavar="ADDRESS")
    send.add_argument("--subject", default="")
    send.add_argument("--attach", action="append", default=[], type=Path, metavar="FILE")
    send.add_argument("--at", metavar="TIME", help=_("send later: 2026-03-12T08:00, 'tomorrow 8:00', 2h"))
    send.add_argument("--body-file", type=Path, metavar="FILE")
    send.add_argument("-t", dest="whole", action="store_true", help=_("read a whole mail (RFC 5322) with its recipients"))
    send.add_argument("--wait", action="store_true", help=_("wait until it is sent, or is not"))
    box = add("outbox", run_outbox, _("what waits to be sent, and what became of it"))
    box.add_argument("verb", nargs="?", default="list", choices=("list", "show", "retry", "cancel"))
    box.add_argument("id", nargs="?", type=int)
    box.add_argument("--all", action="store_true")
    link = add("open", run_open, _("write to the address of a mailto: link"))
    link.add_argument("url")


def run_send(session: Session, arguments: argparse.Namespace) -> int:
    """`correio send`."""
    settings = session.settings
    draft = from_bytes(sys.stdin.buffer.read(), settings.identities) if arguments.whole else _from_words(arguments)
    if arguments.sender:
        [sender] = parse_addresses(arguments.sender)[:1] or [Address("", arguments.sender)]
        known = [one for one in settings.identities if one.address.casefold() == sender.key]
        draft = dataclasses.replace(draft, from_=sender, identity=known[0].id if known else "")
    if not known_sender(draft, [one.address for one in settings.identities]):
        raise UsageError("sender-not-yours", address=draft.from_.addr)
    draft = dataclasses.replace(draft, identity=identity_for(settings, draft).id)
    at = read_time(arguments.at, datetime.now().astimezone()) if arguments.at else 0
    row = queue(session.db, settings, draft, not_before=at)
    if arguments.wait:
        return _wait(session, row.id)
    session.hurry()
    _tell(session, outbox.get(session.db, row.id))
    return 0


def known_sender(draft: Draft, own: list[str]) -> bool:
    """Whether a draft is from one of the user's own addresses (or names none)."""
    return not draft.from_.addr or draft.from_.key in {address.casefold() for address in own}


def _from_words(arguments: argparse.Namespace) -> Draft:
    if arguments.body_file is not None:
        body = _text(arguments.body_file.read_bytes())
    else:
        body = "" if sys.stdin.isatty() else _text(sys.stdin.buffer.read())
    for path in arguments.attach:
        if not path.is_file():
            raise NotFound("no-file", what="file", name=str(path))
    attached = tuple(Attachment(name=path.name, path=str(path.absolute())) for path in arguments.attach)
    to, cc, bcc = (tuple(_addresses(values)) for values in (arguments.to, arguments.cc, arguments.bcc))
    return Draft(to=to, cc=cc, bcc=bcc, subject=arguments.subject, body=body, attachments=attached)


def _addresses(values: list[str]) -> list[Address]:
    return [address for value in values for address in parse_addresses(value)]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _wait(session: Session, id: int) -> int:
    """Have it sent by the engine, or here when none runs, and wait for the end."""
    from accounts.engine.lock import EngineLock
    from accounts.engine.sender import Sender

    client = session.engine()
    if client is not None:
        try:
            client.ask("look", timeout=5)
            while outbox.get(session.db, id).state not in FINAL:
                time.sleep(0.05)
        finally:
            client.close()
    else:
        wiring = session.wiring
        with EngineLock(session.home.lock):
            sender = Sender(wiring.open_store, wiring.account_of, wiring.outgoing)
            while (row := outbox.get(session.db, id)).state not in FINAL:
                if row.reason is not None and row.attempts:
                    break
                time.sleep(max(0.0, row.not_before - time.time()))
                sender.send_due(session.db, row.account)
    row = outbox.get(session.db, id)
    _tell(session, row)
    if row.state != "sent":
        error = row.reason or CorreioError("send-failed")
        print(f"correio: {sentence(error)}", file=sys.stderr)
        return error.exit_status
    return 0


def _tell(session: Session, row: outbox.Outgoing) -> None:
    facts = {"id": row.id, "message_id": row.message_id, "state": row.state}
    session.tell(facts, _("{state}: {subject}, to {to}").format(state=row.state, subject=row.subject, to=row.shown))


def run_outbox(session: Session, arguments: argparse.Namespace) -> int:
    """`correio outbox`."""
    verb, id = arguments.verb, arguments.id
    if verb == "list":
        rows = [_json(row) for row in outbox.rows(session.db, all=arguments.all)]
        session.show(rows, "{id:>5}  {state:<9}  {to}: {subject}  {_why}")
        return 0
    if id is None:
        raise UsageError("outbox-id-missing", verb=verb)
    row = outbox.get(session.db, id)
    if verb == "show":
        sys.stdout.buffer.write(outbox.copy(session.db, id))
        return 0
    done = outbox.retry(session.db, id) if verb == "retry" else outbox.cancel(session.db, id) is not None
    if not done:
        raise CorreioError("outbox-too-late", state=row.state, subject=row.subject)
    session.hurry()
    _tell(session, outbox.get(session.db, id))
    return 0


def _json(row: outbox.Outgoing) -> dict[str, object]:
    reason = error_json(row.reason)
    due = datetime.fromtimestamp(row.not_before).astimezone().isoformat() if row.not_before else None
    return {
        "id": row.id,
        "message_id": row.message_id,
        "state": row.state,
        "reason": reason,
        "to": row.shown,
        "subject": row.subject,
        "not_before": due,
        "server": row.server,
        "attempts": row.attempts,
        "_why": reason or "",
    }


def run_open(session: Session, arguments: argparse.Namespace) -> int:
    """`correio 'mailto:…'`: the screen, with the composer open."""
    from tui.commands.starting import open_screen

    return open_screen(session, compose=read_mailto(arguments.url).draft())
