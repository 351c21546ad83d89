"""`search --server`: what servers find in mail whose text is not here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from core.errors import CorreioError
from core.query.imap import for_server
from core.store import folders, search
from tui.commands.session import Session
from tui.sentences import sentence

if TYPE_CHECKING:
    from core.query.tree import Query
    from core.settings import Account

Ask = Callable[[int], list[int]]
"""Folder (row id) → the messages (row ids) that its server finds there."""


def from_servers(session: Session, query: str, parsed: Query) -> tuple[list[int], int]:
    """Row ids of the messages found besides, and the exit status: a server that cannot be asked is told on standard error.

    Raises QueryError for a query that servers cannot be asked.
    """
    criteria, rest = for_server(parsed)
    if criteria is None:
        return [], 0  # without words all that is asked for is known here
    found: dict[int, None] = {}
    status = 0
    for account in session.settings.accounts:
        if not (wanted := _half_here(session, account)):
            continue
        try:
            with _asking(session, account, query) as ask:
                for folder in wanted:
                    found |= dict.fromkeys(ask(folder))
        except CorreioError as error:
            status = max(status, error.exit_status)
            print(f"correio: {account.name}: {sentence(error)}", file=sys.stderr)
    return search.among(session.db, rest, found, session.asked(query)[1]), status


def _half_here(session: Session, account: Account) -> list[int]:
    """The folders (row ids) of an account with mail whose text is only on its server."""
    if account.kind != "imap" or not account.active:
        return []
    every = folders.all_folders(session.db, session.account_row(account.id))
    return [one.id for one in every if one.selectable and one.total and search.not_here(session.db, one.id, 1)]


@contextlib.contextmanager
def _asking(session: Session, account: Account, query: str) -> Iterator[Ask]:
    """The running engine asks, else a connection made here."""
    client = session.engine()
    if client is not None:
        with contextlib.closing(client):
            yield lambda folder: client.ask("search", folder=folder, query=query)
        return
    incoming = session.wiring.incoming(account, session.db, session.account_row(account.id), lambda progress: None)
    with contextlib.closing(incoming):
        incoming.open()
        yield lambda folder: incoming.search(folder, query)
