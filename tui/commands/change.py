"""`flag` … `undo`: the same operations as the keys."""

from __future__ import annotations

import argparse
from datetime import datetime

from core import junk, mute, operations, snooze, special_folder
from core.errors import UsageError
from core.flags import Flag
from core.operations import Place
from core.store import folders, messages
from core.store.database import Database
from tui.commands.session import Session
from tui.times import read_time
from tui.translation import _, ngettext
from tui.undone_words import undone_words

FLAGS = {
    "flag": (Flag.FLAGGED, True),
    "unflag": (Flag.FLAGGED, False),
    "read": (Flag.SEEN, True),
    "unread": (Flag.SEEN, False),
}
ROLES = {"trash": "trash", "archive": "archive", "spam": "junk", "ham": "inbox"}
JUDGED = {"spam": True, "ham": False}


def run_change(session: Session, arguments: argparse.Namespace) -> int:
    """One of the changes, on everything that the words name."""
    chosen = session.messages(arguments.messages)
    name, db = arguments.command, session.db
    if name in ("copy", "move"):
        target = session.folder(arguments.to, make=True).id
        places = [place for message in chosen if (place := _source(db, message, target)) is not None]
        (operations.copy if name == "copy" else operations.move)(db, places, target)
    elif name in ROLES:
        role = ROLES[name]
        places = [place for message in chosen if (place := _source(db, message, None, role)) is not None]
        if name in JUDGED:
            junk.judge(db, places, JUDGED[name])
        else:
            special_folder.to_role(db, places, role)
    else:
        places = [(folder, message) for message in chosen for folder in messages.folders_of(db, message)]
        if name in FLAGS:
            operations.set_flag(db, places, *FLAGS[name])
        else:
            operations.set_tag(db, places, arguments.tag, name == "tag")
    if places:
        session.hurry()
    count = len(chosen)
    session.tell({"messages": count}, ngettext("{n} message", "{n} messages", count).format(n=count))
    return 0


def _source(db: Database, message: int, target: int | None, role: str = "") -> Place | None:
    """Where a message is taken from: the Inbox if it stands there, never the place where it goes; None if only there."""
    there = [folders.get(db, id) for id in messages.folders_of(db, message)]
    others = sorted((f for f in there if f.id != target and not (role and f.role == role)), key=folders.order)
    return (others[0].id, message) if others else None


def run_snooze(session: Session, arguments: argparse.Namespace) -> int:
    """`correio snooze QUERY-OR-ID… --until TIME`."""
    until = read_time(arguments.until, datetime.now())
    db = session.db
    places = [place for message in session.messages(arguments.messages) if (place := _source(db, message, None))]
    snooze.snooze(db, places, until)
    session.hurry()
    when = datetime.fromtimestamp(until).astimezone()
    words = ngettext("{n} message comes back {time}", "{n} messages come back {time}", len(places))
    told = words.format(n=len(places), time=f"{when:%Y-%m-%d %H:%M}")
    session.tell({"messages": len(places), "until": when.isoformat()}, told)
    return 0


def run_snoozed(session: Session, arguments: argparse.Namespace) -> int:
    """`correio snoozed`."""
    rows = []
    for entry in snooze.snoozed(session.db):
        mail = messages.get(session.db, entry.message or 0)
        until = datetime.fromtimestamp(entry.due).astimezone()
        facts = {"id": mail.id, "message_id": mail.message_id, "from": mail.address, "subject": mail.subject}
        rows.append({**facts, "until": until.isoformat(), "_until": f"{until:%Y-%m-%d %H:%M}"})
    session.show(rows, "{_until}  {from}: {subject}")
    return 0


def run_mute(session: Session, arguments: argparse.Namespace) -> int:
    """`correio mute` and `unmute`: the conversations of messages."""
    db = session.db
    places = [(folder, one) for one in session.messages(arguments.messages) for folder in messages.folders_of(db, one)]
    _on, count = mute.mute(db, places, arguments.command == "mute")
    session.hurry()
    session.tell({"threads": count}, ngettext("{n} conversation", "{n} conversations", count).format(n=count))
    return 0


def move_folder(session: Session, arguments: argparse.Namespace) -> int:
    """`correio folders move FOLDER --to FOLDER`: with all that is below it."""
    from core import folder_moves

    if not arguments.folder or not arguments.to:
        raise UsageError("folder-words-missing")
    source = session.folder(arguments.folder)
    name, _slash, path = arguments.to.partition("/")
    account = next((one for one in session.settings.accounts if one.name == name and path), None)
    row, path = (source.account, arguments.to) if account is None else (session.account_row(account.id), path)
    if (row, path) != (source.account, source.path):
        folder_moves.move_folder(session.db, source.id, row, path)
        session.hurry()
    facts = {"id": source.id, "account": session.account_name(row), "path": path}
    session.tell(facts, _("The folder moves to {account}/{path}").format(**facts))
    return 0


def run_undo(session: Session, arguments: argparse.Namespace) -> int:
    """`correio undo`."""
    undone = operations.undo(session.db)
    if undone is None:
        session.tell({"undone": None, "messages": 0}, _("There is nothing to undo."))
        return 0
    session.hurry()
    session.tell({"undone": undone.kind, "messages": undone.messages}, undone_words(undone))
    return 0
