"""Mails at which a FETCH came to a bad end: one that the server cannot read must not keep all others away, at every try anew.

Who answers in order has hung up, or talked nonsense, at the first mail that is not answered. The line may have dropped there
as well, so what is left out after some times is asked for again, at first a minute later.
"""

from __future__ import annotations

import json

from accounts.imap import folder_state
from core.errors import CorreioError, ServerRefused
from core.store import notices
from core.store.database import Database

CERTAIN = 3
"""Points from which a mail is left out …"""
GOODBYE, SILENT = 2, 1
"""… for a server that says goodbye or talks nonsense, and for a line that just ends."""
PAUSE = 60
LONGEST_PAUSE = 86_400
"""Seconds for which it is left out: four times as long each time."""
MOST = 200
_NOTE = "stuck"
_SIGNS = {
    "server-goodbye": GOODBYE, "answer-senseless": GOODBYE, "command-refused": GOODBYE,
    "connection-closed": SILENT, "connection-timeout": SILENT,
}  # fmt: skip


def note(db: Database, account: int, folder: int, uid: int, error: CorreioError, now: float) -> None:
    """It ended like this where the answer for this mail was due; 0 for mails that were asked for by their place.

    People are told of a mail that is left out for the first time.
    """
    points = _SIGNS.get(error.id, 0)
    if not points:
        return
    known = _known(db, folder)
    before = known.pop(uid, (0, 0))[0]
    known[uid] = (before + points, int(now))
    rows = list(known.items())[-MOST:]
    with db.write():
        folder_state.note(db, folder, _NOTE, json.dumps(rows))
        if uid and before < CERTAIN <= before + points and (answer := error.values.get("answer")):
            server = error.values.get("server", "")
            told = ServerRefused("mails-left-behind", server=server, count=1, answer=answer, code="", command="FETCH")
            notices.add(db, told, account)


def met(db: Database, folder: int) -> bool:
    """Whether anything came to such an end in this folder."""
    return folder_state.noted(db, folder, _NOTE) is not None


def left_out(db: Database, folder: int, now: float) -> list[int]:
    """The UIDs that are not asked for now."""
    return sorted(
        uid
        for uid, (points, since) in _known(db, folder).items()
        if uid and points >= CERTAIN and 0 <= now - since < min(LONGEST_PAUSE, PAUSE * 4 ** min(points - CERTAIN, 9))
    )


def forget(db: Database, folder: int) -> None:
    """The folder has been renumbered."""
    folder_state.note(db, folder, _NOTE, None)


def _known(db: Database, folder: int) -> dict[int, tuple[int, int]]:
    rows = json.loads(folder_state.noted(db, folder, _NOTE) or "[]")
    return {uid: (points, since) for uid, (points, since) in rows}
