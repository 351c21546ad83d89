"""Who may do what in a folder (ACL, RFC 4314): what others let us do, and what we let others do."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.imap import folder_state
from accounts.imap.session import quoted
from accounts.imap.tokens import Token
from accounts.imap.work import Work, wire_of
from core.errors import ServerRefused
from core.store import rights
from core.store.folders import Folder

PAUSE = 3600
"""Seconds for which what we may do in a folder is taken as told."""
FLIGHT = 100


def look(work: Work, folders: Sequence[Folder]) -> None:
    """Ask what we may do in these folders of others, now and then, many in one round trip."""
    session, now = work.session, int(work.clock())
    if not session.can("ACL") or not folders:
        return
    due = [one for one in folders if not 0 <= now - int(folder_state.noted(work.db, one.id, "rights at") or 0) < PAUSE]
    for start in range(0, len(due), FLIGHT):
        some = due[start : start + FLIGHT]
        session.take("MYRIGHTS")
        session.run_all([("MYRIGHTS", quoted(wire_of(folder))) for folder in some])
        told = {tokens[0]: tokens[1] for tokens in session.take_tokens("MYRIGHTS") if len(tokens) > 1}
        for folder in some:
            letters = told.get(wire_of(folder).encode("latin-1"))
            with work.db.write():
                rights.put(work.db, folder.id, letters.decode("ascii", "replace") if isinstance(letters, bytes) else None)
                folder_state.note(work.db, folder.id, "rights at", str(now))


def granted(work: Work, folder: Folder) -> list[tuple[str, str]]:
    """Who may do what in a folder of ours: names and letters. ServerRefused where we may not know."""
    session = work.session
    if not session.can("ACL"):
        raise ServerRefused("no-acl", server=session.name, answer="")
    session.take("ACL")
    session.run("GETACL", quoted(wire_of(folder)))
    return [pair for tokens in session.take_tokens("ACL") for pair in _pairs(tokens[1:])]


def grant(work: Work, folder: Folder, who: str, letters: str) -> None:
    """Let somebody do this and nothing else; with no letters, nothing at all."""
    wire = quoted(wire_of(folder))
    if letters:
        work.session.run("SETACL", wire, quoted(who), quoted(letters))
    else:
        work.session.run("DELETEACL", wire, quoted(who))


def _pairs(tokens: list[Token]) -> list[tuple[str, str]]:
    names = [one.decode("utf-8", "replace") for one in tokens if isinstance(one, bytes)]
    return list(zip(names[::2], names[1::2], strict=False))
