"""`thread split` and `thread join`: conversations put right by hand."""

from __future__ import annotations

import argparse

from core import conversations
from tui.commands.session import Session
from tui.translation import _


def run_thread(session: Session, arguments: argparse.Namespace) -> int:
    """`correio thread split|join`."""
    chosen = session.messages(arguments.messages)
    if arguments.verb == "split":
        steps = [conversations.split(session.db, message) for message in chosen]
    else:
        steps = [conversations.join(session.db, chosen)]
    done = sum(1 for step in steps if step)
    session.tell({"changed": done}, _("The threads are changed.") if done else _("There was nothing to change."))
    return 0
