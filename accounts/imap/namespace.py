"""Where a server keeps one's own folders (NAMESPACE, RFC 2342).

Some servers keep every folder below INBOX and call them `INBOX.Sent`: people see `Sent`, and a new folder goes below
the prefix too.
"""

from __future__ import annotations

from collections.abc import Iterable

from accounts.imap import folder_state, utf7
from accounts.imap.session import Session
from core.store.database import Database


def told(session: Session) -> str | None:
    """The prefix of one's own folders as NAMESPACE has just told it, each character a byte; None where it did not."""
    for tokens in session.take_tokens("NAMESPACE"):
        personal = tokens[0] if tokens else None
        first = personal[0] if isinstance(personal, list) and personal else None
        if isinstance(first, list) and first and isinstance(first[0], bytes):
            prefix = first[0].decode("latin-1")
            return "INBOX" + prefix[5:] if prefix[:5].upper() == "INBOX" else prefix
    return None


def guessed(names: Iterable[str], delimiter: str) -> str:
    """The prefix of a server that cannot tell: `INBOX.` where there are folders and all of them stand below it."""
    below = "INBOX" + delimiter
    others = [name for name in names if name != "INBOX"]
    return below if delimiter and others and all(name.startswith(below) for name in others) else ""


def shown(wire: str, prefix: str) -> str:
    """A folder's path as people see it, from its name on the server (each character a byte)."""
    bare = wire[len(prefix) :] if prefix and wire.startswith(prefix) else wire
    return utf7.decode(bare.encode("latin-1")) if bare and bare.upper() != "INBOX" else utf7.decode(wire.encode("latin-1"))


def remember(db: Database, account: int, prefix: str) -> None:
    """Keep the prefix for folders that are made while no line is open."""
    if prefix != prefix_of(db, account):
        folder_state.note(db, 0, f"prefix {account}", prefix or None)


def prefix_of(db: Database, account: int) -> str:
    """The prefix as last learned; '' for none."""
    return folder_state.noted(db, 0, f"prefix {account}") or ""


def wire_for(db: Database, account: int, path: str) -> str:
    """The server's name for a folder that is to be made."""
    prefix, name = prefix_of(db, account), utf7.encode(path)
    return name if name.startswith(prefix) else prefix + name


