"""Spam and not spam, told by the user: the message moves, and keywords tell other programs ($Junk, $NotJunk)."""

from __future__ import annotations

from collections.abc import Sequence

from core import operations
from core.flags import Flag
from core.operations import Place
from core.special_folder import of_role
from core.store import folders, placements
from core.store.database import Database
from core.store.journal import Operation


def judge(db: Database, places: Sequence[Place], spam: bool) -> int:
    """Move messages to the junk folder of their account, or from there to the Inbox, as one step.

    Raises NotFound `no-folder-of-role`.
    """
    role = "junk" if spam else "inbox"
    by_folder: dict[int, list[int]] = {}
    for folder, message in places:
        by_folder.setdefault(folder, []).append(message)
    found: list[Operation] = []
    for folder, messages in by_folder.items():
        source = folders.get(db, folder)
        target = of_role(db, source.account, role)
        for flag, on in ((Flag.JUNK, spam), (Flag.NOT_JUNK, not spam)):
            wanted = tuple(message for message in messages if _differs(db, folder, message, flag, on))
            found.append(Operation(source.account, "flag", wanted, folder, args={"flag": int(flag), "on": on}))
        if target.id != folder:
            found.append(Operation(source.account, "move", tuple(messages), folder, target.id))
    return operations.perform(db, found)


def _differs(db: Database, folder: int, message: int, flag: Flag, on: bool) -> bool:
    return any(bool(one.flags & flag) != on for one in placements.of_message(db, message, folder) if not one.hidden)
