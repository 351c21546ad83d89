"""Where a server keeps one's own folders and those of others (NAMESPACE, RFC 2342).

Some servers keep every folder below INBOX and call them `INBOX.Sent`: people see `Sent`, and a new folder goes below
the prefix too. What others share stands below a name of the server's choice: people see `~maria/Projects`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from accounts.imap import folder_state, utf7
from accounts.imap.session import Session
from accounts.imap.tokens import Token
from core.store.database import Database

OTHERS = "~"
"""Begins the path of what somebody else shares."""


def told(session: Session) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """What NAMESPACE has just told, each character a byte: the prefix of one's own folders (None where it did not say), those
    of other users' folders, and those of folders that belong to all.
    """
    for tokens in session.take_tokens("NAMESPACE"):
        own = _prefixes(tokens[0] if tokens else None)
        others, public = (_prefixes(tokens[at] if len(tokens) > at else None) for at in (1, 2))
        prefix = own[0] if own else None
        if prefix is not None and prefix[:5].upper() == "INBOX":
            prefix = "INBOX" + prefix[5:]
        foreign = [tuple(one for one in names if one and one != prefix) for names in (others, public)]
        return prefix, foreign[0], foreign[1]
    return None, (), ()


def _prefixes(told: Token) -> list[str]:
    rows = told if isinstance(told, list) else []
    return [row[0].decode("latin-1") for row in rows if isinstance(row, list) and row and isinstance(row[0], bytes)]


def guessed(names: Iterable[str], delimiter: str) -> str:
    """The prefix of a server that cannot tell: `INBOX.` where there are folders and all of them stand below it."""
    below = "INBOX" + delimiter
    others = [name for name in names if name != "INBOX"]
    return below if delimiter and others and all(name.startswith(below) for name in others) else ""


def is_root(wire: str, others: Iterable[str], delimiter: str) -> bool:
    """Whether it is only what other users' folders stand below, and no folder of anybody."""
    return any(wire + delimiter == one or wire == one for one in others)


def shown(wire: str, prefix: str, others: Iterable[str] = ()) -> str:
    """A folder's path as people see it, from its name on the server (each character a byte)."""
    for one in others:
        if wire.startswith(one) and len(wire) > len(one):
            return OTHERS + utf7.decode(wire[len(one) :].encode("latin-1"))
    bare = wire[len(prefix) :] if prefix and wire.startswith(prefix) else wire
    return utf7.decode(bare.encode("latin-1")) if bare and bare.upper() != "INBOX" else utf7.decode(wire.encode("latin-1"))


def remember(db: Database, account: int, prefix: str) -> None:
    """Keep the prefix for folders that are made while no line is open."""
    if prefix != prefix_of(db, account):
        folder_state.note(db, 0, f"prefix {account}", prefix or None)


def remember_others(db: Database, account: int, others: tuple[str, ...]) -> None:
    """Keep where other users' folders stand."""
    if others != others_of(db, account):
        folder_state.note(db, 0, f"others {account}", json.dumps(others) if others else None)


def others_of(db: Database, account: int) -> tuple[str, ...]:
    """The prefixes of other users' folders as last learned."""
    return tuple(json.loads(folder_state.noted(db, 0, f"others {account}") or "[]"))


def prefix_of(db: Database, account: int) -> str:
    """The prefix as last learned; '' for none."""
    return folder_state.noted(db, 0, f"prefix {account}") or ""


def wire_for(db: Database, account: int, path: str) -> str:
    """The server's name for a folder that is to be made."""
    others = others_of(db, account)
    if path.startswith(OTHERS) and others:
        return others[0] + utf7.encode(path.removeprefix(OTHERS))
    prefix, name = prefix_of(db, account), utf7.encode(path)
    return name if name.startswith(prefix) else prefix + name
