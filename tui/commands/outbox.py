"""`outbox`: what waits to be sent, and what became of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime

from core.errors import CorreioError, UsageError
from core.sending import send_now
from core.store import batches, outbox, sent_events
from core.store.database import Database
from tui.commands.session import Session, error_json
from tui.translation import _


def run_outbox(session: Session, arguments: argparse.Namespace) -> int:
    """`correio outbox`."""
    verb, id = arguments.verb, arguments.id
    if verb == "list":
        rows = [_json(row) for row in outbox.rows(session.db, all=arguments.all)]
        session.show(rows, "{id:>5}  {state:<9}  {to}: {subject}  {_why}")
        return 0
    if verb == "failed":
        session.show([_json(row) for row in outbox.troubled(session.db)], "{id:>5}  {to}: {subject}  {_undelivered}")
        return 0
    if verb == "batches":
        return _show_batches(session)
    if id is None:
        raise UsageError("outbox-id-missing", verb=verb)
    if verb in ("pause", "resume", "stop"):
        return _turn_batch(session, verb, id)
    row = outbox.get(session.db, id)
    if verb == "show":
        return _show(session, row)
    if verb == "raw":
        sys.stdout.buffer.write(outbox.copy(session.db, id))
        return 0
    change: dict[str, Callable[[Database, int], object]] = {
        "retry": send_now, "cancel": outbox.cancel, "arrived": outbox.arrived,
        "earlier": lambda db, id: outbox.move(db, id, -1), "later": lambda db, id: outbox.move(db, id, 1),
    }  # fmt: skip
    if not change[verb](session.db, id):
        raise CorreioError("outbox-too-late", state=outbox.get(session.db, id).state, subject=row.subject)
    session.hurry()
    tell(session, outbox.get(session.db, id))
    return 0


def _show(session: Session, row: outbox.Outgoing) -> int:
    """Everything that is known of one mail."""
    from tui.fates import words_of

    events = [
        {
            "recipient": one.recipient, "kind": one.kind, "code": one.code, "words": one.words, "by": one.teller,
            "at": datetime.fromtimestamp(one.made).astimezone().isoformat(), "report": one.source,
        }
        for one in sent_events.of(session.db, row.message_id)
    ]  # fmt: skip
    facts = {name: value for name, value in _json(row).items() if name[0] != "_"}
    facts |= {"from": row.sender, "recipients": list(row.recipients), "batch": row.batch, "events": events}
    if session.json:
        session.tell(facts, "")
        return 0
    session.tell(facts, _("{state}: {subject}, to {to}").format(state=row.state, subject=row.subject, to=row.shown))
    if row.reason is not None:
        session.tell(facts, error_json(row.reason) or "")
    for one in sent_events.of(session.db, row.message_id):
        when = datetime.fromtimestamp(one.made).astimezone().isoformat(" ", "minutes")
        session.tell(facts, f"{when}  {one.recipient}: {words_of(one)}")
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\n" + outbox.copy(session.db, row.id))
    return 0


def _show_batches(session: Session) -> int:
    from tui.fates import batch_words

    rows = [
        {
            "id": one.id, "name": one.name, "state": one.state, "total": one.total, "sent": one.sent, "failed": one.failed,
            "uncertain": one.uncertain, "cancelled": one.cancelled, "waiting": one.waiting, "undelivered": one.troubled,
            "reason": error_json(one.reason), "_words": batch_words(one),
        }
        for one in batches.unseen(session.db)
    ]  # fmt: skip
    session.show(rows, "{id:>5}  {state:<9}  {name}: {_words}")
    return 0


def _turn_batch(session: Session, verb: str, id: int) -> int:
    """Pause, resume or stop a sending to many."""
    before = batches.get(session.db, id)
    {"pause": batches.pause, "resume": batches.resume, "stop": batches.cancel}[verb](session.db, id)
    session.hurry()
    found = batches.get(session.db, id)
    facts = {"id": id, "state": found.state, "waiting": found.waiting, "sent": found.sent}
    session.tell(facts, _("{name}: {state}").format(name=before.name, state=found.state))
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
        "_undelivered": ", ".join(row.undelivered),
    }


def tell(session: Session, row: outbox.Outgoing) -> None:
    """Say how a mail is doing."""
    facts = {"id": row.id, "message_id": row.message_id, "state": row.state}
    session.tell(facts, _("{state}: {subject}, to {to}").format(state=row.state, subject=row.subject, to=row.shown))
