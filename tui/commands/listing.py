"""`folders`, `list`, `search`, `count`: what there is."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from core.errors import UsageError
from core.query.parse import parse
from core.store import folders, search
from tui.commands.session import EVERYTHING, Session
from tui.translation import _

if TYPE_CHECKING:
    from core.store.database import Database
    from core.store.lists import Row

LINE = "{id:>14}  {_day}  {_sender:<22.22}  {subject}"


def run_folders(session: Session, arguments: argparse.Namespace) -> int:
    """`correio folders`, and `correio folders move FOLDER --to FOLDER`."""
    if arguments.verb == "move":
        from tui.commands.change import move_folder

        return move_folder(session, arguments)
    if arguments.folder or arguments.to:
        raise UsageError("folder-words-missing")
    rows = [
        {
            "id": folder.id,
            "account": session.account_name(folder.account),
            "path": folder.path,
            "role": folder.role,
            "total": folder.total,
            "unread": folder.unread,
        }
        for folder in folders.all_folders(session.db)
    ]
    session.show(rows, "{account}/{path}  {unread}/{total}")
    return 0


def run_list(session: Session, arguments: argparse.Namespace) -> int:
    """`correio list [FOLDER]`."""
    from core.store import lists

    folder = session.folder(arguments.folder)
    source = (lists.ThreadList if arguments.threads else lists.MessageList)(session.db, [folder.id])
    limit = arguments.limit if arguments.limit > 0 else EVERYTHING
    _show(session, source.page(None, limit))
    return 0


def run_search(session: Session, arguments: argparse.Namespace) -> int:
    """`correio search QUERY`."""
    from core.store import lists

    limit = arguments.limit if arguments.limit > 0 else EVERYTHING
    query, status = " ".join(arguments.query), 0
    parsed, where = session.asked(query)
    found = search.find(session.db, parsed, limit=limit, sort=arguments.sort, where=where)
    more: list[int] = []
    if arguments.server:
        from tui.commands.server_search import from_servers

        more, status = from_servers(session, query, parsed)
    rows = list(lists.rows_of(session.db, [*dict.fromkeys((*found, *more))]))
    if more and arguments.sort == "date":
        rows.sort(key=lambda row: (row.received, row.message), reverse=True)
    if arguments.everything:
        _show_everything(session, query, rows[:limit])
    else:
        _show(session, rows[:limit])
    return status


def _show_everything(session: Session, query: str, rows: Iterable[Row]) -> None:
    """Mail, then contacts and lists, then documents, each with its kind."""
    import os

    from core.contact_book import read_book
    from core.everywhere import fitting, things_of_book, things_of_folder
    from tui.documents import documents_folder

    settings = session.settings
    things = things_of_book(read_book(settings.contacts.folder)) if settings.contacts.folder else []
    things += things_of_folder(documents_folder(settings.ui.documents, os.environ))
    kinds = {"mail": _("mail"), "contact": _("contact"), "list": _("list"), "document": _("document")}
    paths = {folder.id: folder.path for folder in folders.all_folders(session.db)}
    found = [{"kind": "mail", **json_row(session.db, row, paths)} for row in rows]
    for row in found:
        row["_line"] = LINE.format_map(row)
    for one in fitting(things, parse(query), search.context(session.db)):
        value = {"path": one.value[0]} if one.kind == "document" else {"addresses": list(one.value)}
        line = one.value[0] if one.kind == "document" else f"{one.title}  {one.detail}"
        found.append({"kind": one.kind, "name": one.title, **value, "_line": line})
    for row in found:
        row["_kind"] = kinds[row["kind"]]
    session.show(found, "{_kind}  {_line}")


def run_count(session: Session, arguments: argparse.Namespace) -> int:
    """`correio count QUERY`: a bare number."""
    query, where = session.asked(" ".join(arguments.query))
    print(search.count(session.db, query, where=where))
    return 0


def _show(session: Session, rows: Iterable[Row]) -> None:
    paths = {folder.id: folder.path for folder in folders.all_folders(session.db)}
    session.show([json_row(session.db, row, paths) for row in rows], LINE)


def json_row(db: Database, row: Row, paths: dict[int, str]) -> dict[str, Any]:
    """One row for programs; `_day` and `_sender` are for the line that people see. `paths` by folder."""
    from datetime import datetime

    from core.flags import Mark, to_imap
    from core.store import messages

    message = messages.get(db, row.message)
    when = datetime.fromtimestamp(row.received).astimezone()
    return {
        "id": row.message,
        "message_id": message.message_id,
        "thread": row.thread,
        "date": when.isoformat(),
        "from": f"{message.name} <{message.address}>" if message.name else message.address,
        "to": message.recipients,
        "subject": message.subject,
        "size": message.size,
        "flags": to_imap(row.flags),
        "tags": list(messages.tags_of(db, row.message)),
        "folders": [paths[id] for id in messages.folders_of(db, row.message)],
        "attachments": bool(message.marks & Mark.ATTACHMENT),
        "_day": f"{when:%Y-%m-%d %H:%M}",
        "_sender": row.people,
        **({"messages": row.total, "unread": row.unread} if row.total > 1 else {}),
    }
