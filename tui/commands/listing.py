"""`folders`, `list`, `search`, `count`: what there is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from core.flags import to_imap
from core.query.parse import parse
from core.store import folders, lists, messages, search
from core.store.database import Database
from core.store.lists import Row
from tui.commands.session import EVERYTHING, Session
from tui.translation import _

LIMIT = 200
LINE = "{id:>14}  {_day}  {_sender:<22.22}  {subject}"


def declare(add: Callable[..., argparse.ArgumentParser]) -> None:
    """The words of these commands."""
    add("folders", run_folders, _("list the folders of every account"))
    listing = add("list", run_list, _("list a folder, newest first"))
    listing.add_argument("folder", nargs="?", default="inbox", help=_("account/path, a path or a role; default: inbox"))
    listing.add_argument("--threads", action="store_true", help=_("one row a conversation"))
    listing.add_argument("--limit", type=int, default=LIMIT)
    found = add("search", run_search, _("find messages, newest first"))
    found.add_argument("query", nargs="+")
    found.add_argument("--limit", type=int, default=LIMIT)
    found.add_argument("--sort", choices=("date", "relevance"), default="date")
    count = add("count", run_count, _("count the messages that a query finds"))
    count.add_argument("query", nargs="+")


def run_folders(session: Session, arguments: argparse.Namespace) -> int:
    """`correio folders`."""
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
    folder = session.folder(arguments.folder)
    source = (lists.ThreadList if arguments.threads else lists.MessageList)(session.db, [folder.id])
    limit = arguments.limit if arguments.limit > 0 else EVERYTHING
    session.show([json_row(session.db, row) for row in source.page(None, limit)], LINE)
    return 0


def run_search(session: Session, arguments: argparse.Namespace) -> int:
    """`correio search QUERY`."""
    limit = arguments.limit if arguments.limit > 0 else EVERYTHING
    found = search.find(session.db, parse(" ".join(arguments.query)), limit=limit, sort=arguments.sort)
    session.show(json_rows(session.db, found), LINE)
    return 0


def run_count(session: Session, arguments: argparse.Namespace) -> int:
    """`correio count QUERY`: a bare number."""
    print(search.count(session.db, parse(" ".join(arguments.query))))
    return 0


def json_rows(db: Database, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Rows of messages as CLI.md names their fields."""
    return [json_row(db, row) for row in lists.rows_of(db, list(ids))]


def json_row(db: Database, row: Row) -> dict[str, Any]:
    """One row for programs; `_day` and `_sender` are for the line that people see."""
    message = messages.get(db, row.message)
    when = datetime.fromtimestamp(row.received).astimezone()
    paths = [folders.get(db, id).path for id in messages.folders_of(db, row.message)]
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
        "folders": paths,
        "attachments": bool(message.marks & 1),
        "_day": f"{when:%Y-%m-%d %H:%M}",
        "_sender": row.people,
        **({"messages": row.total, "unread": row.unread} if row.total > 1 else {}),
    }
