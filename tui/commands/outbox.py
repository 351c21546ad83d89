"""`outbox`: what waits to be sent, and what became of it."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from core.errors import CorreioError, UsageError
from core.sending import send_now
from core.store import outbox
from tui.commands.session import Session, error_json
from tui.translation import _


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
    settings = session.settings
    change = {"retry": lambda db, id: send_now(db, settings, id), "cancel": outbox.cancel, "arrived": outbox.arrived}[verb]
    if not change(session.db, id):
        raise CorreioError("outbox-too-late", state=outbox.get(session.db, id).state, subject=row.subject)
    session.hurry()
    tell(session, outbox.get(session.db, id))
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


def tell(session: Session, row: outbox.Outgoing) -> None:
    """Say how a mail is doing."""
    facts = {"id": row.id, "message_id": row.message_id, "state": row.state}
    session.tell(facts, _("{state}: {subject}, to {to}").format(state=row.state, subject=row.subject, to=row.shown))
