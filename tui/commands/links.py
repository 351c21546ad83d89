"""`links`: files that went as links."""

from __future__ import annotations

import argparse
from datetime import datetime

from core.errors import NotFound, UsageError
from core.store import shared_files
from tui.commands.session import Session
from tui.translation import _


def run_links(session: Session, arguments: argparse.Namespace) -> int:
    """`correio links`."""
    if arguments.verb == "list":
        session.show([_json(one) for one in shared_files.there(session.db)], "{id:>5}  {name}  {to}  {url}")
        return 0
    if arguments.id is None:
        raise UsageError("outbox-id-missing", verb=arguments.verb)
    one = shared_files.find(session.db, arguments.id)
    if one is None:
        raise NotFound("no-links", what="links", name=str(arguments.id))
    from accounts.engine.link_keeper import carry_out
    from core.store import schedule
    from tui.commands.back_room import back_room

    shared_files.end(session.db, [one.id])
    with back_room(session) as client:
        if client is not None:
            client.ask("look", timeout=5)
        else:
            for entry in schedule.due(session.db, 1):
                if entry.kind == shared_files.WITHDRAW and (error := carry_out(session.db, entry, session.wiring.sharer)):
                    raise error
    session.tell(_json(one), _("{name} is withdrawn.").format(name=one.name))
    return 0


def _json(one: shared_files.Shared) -> dict[str, object]:
    until = datetime.fromtimestamp(one.expires).astimezone().isoformat() if one.expires else None
    return {
        "id": one.id, "name": one.name, "to": one.recipient, "url": one.url, "until": until, "fetched": one.fetched,
        "message_id": one.message_id,
    }  # fmt: skip
