"""Searching on the server, for mail whose text is not here (RFC 3501 §6.4.4)."""

from __future__ import annotations

from accounts.imap.mail_commands import search
from accounts.imap.session import quoted_bytes
from accounts.imap.work import FolderMoved, Work
from core.query.imap import Criteria, for_server
from core.query.parse import parse
from core.store import folders
from core.store.search import not_here


def search_folder(work: Work, folder: int, query: str) -> list[int]:
    """The messages (row ids) without text here of which the server says that the query finds them.

    What IMAP cannot ask (`core.query.imap.for_server`) is left to the caller. Raises QueryError.
    """
    criteria, _ = for_server(parse(query, typing=True))
    known = not_here(work.db, folder) if criteria is not None else {}
    if criteria is None or not known:
        return []
    try:
        work.open_known(folders.get(work.db, folder))
    except FolderMoved:
        return []
    first, *rest = _pieces(criteria)
    charset = ["CHARSET", "UTF-8"] if rest else []
    found = search(work.session, *charset, first, literal=rest or None)
    return [known[uid] for uid in found if uid in known]


def _pieces(criteria: Criteria) -> list[bytes]:
    """The criteria as they go over the line: a text, then each literal with the text behind it.

    A literal is the only way that every server knows for other than ASCII.
    """
    found = [b""]
    for place, item in enumerate(criteria):
        found[-1] += b" " if place else b""
        if isinstance(item, list):
            first, *rest = _pieces(item)
            found[-1] += b"(" + first
            found += rest
            found[-1] += b")"
        elif isinstance(item, bytes) and not item.isascii():
            found[-1] += b"{%d}" % len(item)
            found.append(item)
        else:
            found[-1] += quoted_bytes(item) if isinstance(item, bytes) else str(item).encode()
    return found
