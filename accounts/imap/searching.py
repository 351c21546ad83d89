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
    rows = sorted(_keys(criteria), key=lambda row: not _is_plain(row))
    charset: list[str | bytes] = [] if _is_plain(criteria) else ["CHARSET", "UTF-8"]
    # A literal is the only way that every server knows for other than ASCII; it can stand at the end only.
    last = rows[-1][-1]
    literal = last if isinstance(last, bytes) and not last.isascii() else None
    if literal is not None:
        rows[-1] = rows[-1][:-1]
    sent = [_word(item) for row in rows for item in row]
    found = search(work.session, *charset, *sent, literal=literal)
    return [known[uid] for uid in found if uid in known]


def _keys(criteria: Criteria) -> list[Criteria]:
    """The search keys of a row, each with what belongs to it: only those that end with a text are told apart."""
    found: list[Criteria] = [[]]
    for item in criteria:
        found[-1].append(item)
        if isinstance(item, bytes):
            found.append([])
    return [row for row in found if row]


def _is_plain(item: str | int | bytes | Criteria) -> bool:
    """Whether all text in it is ASCII."""
    if isinstance(item, list):
        return all(_is_plain(inner) for inner in item)
    return not isinstance(item, bytes) or item.isascii()


def _word(item: str | int | bytes | Criteria) -> bytes:
    """An item as it goes over the line."""
    if isinstance(item, list):
        return b"(" + b" ".join(_word(inner) for inner in item) + b")"
    return quoted_bytes(item) if isinstance(item, bytes) else str(item).encode()
