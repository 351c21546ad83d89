"""`flag` … `undo`: the same operations as the keys."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from core import operations
from core.flags import Flag
from core.operations import Place
from core.store import messages
from tui.commands.session import Session
from tui.translation import _, ngettext

FLAGS = {
    "flag": (Flag.FLAGGED, True),
    "unflag": (Flag.FLAGGED, False),
    "read": (Flag.SEEN, True),
    "unread": (Flag.SEEN, False),
}
ROLES = {"trash": "trash", "archive": "archive", "spam": "junk", "ham": "inbox"}


def declare(add: Callable[..., argparse.ArgumentParser]) -> None:
    """The words of these commands."""
    helps = {
        "flag": _("flag messages"),
        "unflag": _("take the flag away"),
        "read": _("mark messages read"),
        "unread": _("mark messages unread"),
        "trash": _("move messages to the trash"),
        "archive": _("move messages to the archive"),
        "spam": _("move messages to the junk folder"),
        "ham": _("move messages from junk to the inbox"),
    }
    for name, help in helps.items():
        _with_messages(add(name, run_change, help))
    for name, help in (("move", _("move messages to a folder")), ("copy", _("copy messages to a folder"))):
        _with_messages(add(name, run_change, help)).add_argument("--to", required=True, metavar="FOLDER")
    for name, help in (("tag", _("put a tag on messages")), ("untag", _("take a tag off messages"))):
        _with_messages(add(name, run_change, help)).add_argument("--tag", required=True, metavar="NAME")
    add("undo", run_undo, _("take the last change back"))


def _with_messages(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("messages", nargs="+", metavar="QUERY-OR-ID")
    return parser


def run_change(session: Session, arguments: argparse.Namespace) -> int:
    """One of the changes, on everything that the words name."""
    chosen = session.messages(arguments.messages)
    name, db = arguments.command, session.db
    places: list[Place] = [(folder, message) for message in chosen for folder in messages.folders_of(db, message)]
    if name in FLAGS:
        flag, on = FLAGS[name]
        operations.set_flag(db, places, flag, on)
    elif name in ("tag", "untag"):
        operations.set_tag(db, places, arguments.tag, name == "tag")
    elif name == "copy":
        operations.copy(db, [_first(session, message) for message in chosen], session.folder(arguments.to, make=True).id)
    elif name == "move":
        operations.move(db, [_first(session, message) for message in chosen], session.folder(arguments.to, make=True).id)
    else:
        operations.to_role(db, [_first(session, message) for message in chosen], ROLES[name])
    if places:
        session.hurry()
    count = len(chosen)
    session.tell({"messages": count}, ngettext("{n} message", "{n} messages", count).format(n=count))
    return 0


def _first(session: Session, message: int) -> Place:
    return messages.folders_of(session.db, message)[0], message


def run_undo(session: Session, arguments: argparse.Namespace) -> int:
    """`correio undo`."""
    undone = operations.undo(session.db)
    if undone is None:
        session.tell({"undone": None, "messages": 0}, _("There is nothing to undo."))
        return 0
    session.hurry()
    words = _("Taken back: {kind}, {n} messages").format(kind=undone.kind, n=undone.messages)
    session.tell({"undone": undone.kind, "messages": undone.messages}, words)
    return 0
