"""How full the mailbox is (QUOTA, RFC 9208): asked now and then, more often when it is nearly full."""

from __future__ import annotations

from accounts.imap.session import Session
from accounts.imap.tokens import Token, number
from accounts.imap.work import Work
from core.errors import ProtocolError
from core.store import quota
from core.store.quota import Quota

PAUSE = 600
"""Seconds between two looks."""
KINDS = {b"STORAGE": ("storage", 1024), b"MESSAGE": ("message", 1)}
"""What is counted, and the unit in which servers tell it."""


def look(work: Work) -> None:
    """Ask, where the server can tell and has not been asked for a while."""
    session, now = work.session, int(work.clock())
    if not session.can("QUOTA"):
        return
    known = quota.of(work.db, work.account)
    since = now - quota.told_at(work.db, work.account)
    if 0 <= since < (PAUSE if known is None or not known.is_nearly_full else PAUSE // 10):
        return
    try:
        found = ask(session)
    except ProtocolError:
        if session.broken:
            raise
        found = None  # nonsense about what is only nice to know does not end a pass
    quota.put(work.db, work.account, found, now)


def ask(session: Session) -> Quota | None:
    """What is fullest of all that is counted for the Inbox; None where nothing is."""
    for kind in ("QUOTA", "QUOTAROOT"):
        session.take(kind)
    session.run("GETQUOTAROOT", "INBOX", quiet=True)
    session.take("QUOTAROOT")
    found = [one for tokens in session.take_tokens("QUOTA") for one in _read(tokens)]
    return max(found, key=lambda one: (one.percent, one.kind == "storage"), default=None)


def _read(tokens: list[Token]) -> list[Quota]:
    """`"User quota" (STORAGE 10 512 MESSAGE 3 1000)`."""
    if len(tokens) < 2 or not isinstance(tokens[1], list):
        return []
    root = tokens[0].decode("utf-8", "replace") if isinstance(tokens[0], bytes) else ""
    items, found = tokens[1], []
    for name, used, most in zip(items[::3], items[1::3], items[2::3], strict=False):
        if not isinstance(name, bytes) or name.upper() not in KINDS:
            continue
        kind, unit = KINDS[name.upper()]
        counted, limit = number(used, 1 << 50), number(most, 1 << 50)
        if counted is not None and limit:
            found.append(Quota(counted * unit, limit * unit, kind, root))
    return found
