"""Muted conversations: their new mail arrives read, so that no count rises for it.

Muting is a step of the journal like any other change: undo takes it back, and who lets a conversation be heard again finds
unread what muting had marked read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core import operations
from core.flags import Flag
from core.operations import Place
from core.store import journal, messages, muted
from core.store.database import Database
from core.store.journal import Operation

_NEW = (
    "SELECT DISTINCT p.folder, p.message FROM muted u CROSS JOIN message m ON m.thread = u.thread"
    " CROSS JOIN placement p ON p.message = m.id WHERE p.id > u.upto AND p.hidden = 0 AND p.flags & 1 = 0"
)


def mute(db: Database, places: Sequence[Place], on: bool | None = None) -> tuple[bool, int]:
    """Mute the conversations of messages, or let them be heard again: (muted now, how many changed).

    `on` None: muted unless all of them are. What is there of a conversation is marked read; when it is heard again, that
    is unread again.
    """
    with db.write(durable=True):
        threads = _threads(db, (message for _folder, message in places))
        if on is None:
            on = not all(muted.is_muted(db, thread) for thread in threads)
        changed = {thread: message for thread, message in threads.items() if muted.is_muted(db, thread) != on}
        found: list[Operation] = []
        for thread, message in changed.items():
            args: dict[str, object] = {"on": on}
            if not on:
                args["step"] = muted.step_of(db, message)
            found.append(Operation(messages.get(db, message).account, "mute", (message,), args=args))
            places = _unread(db, thread) if on else _marked(db, thread, muted.step_of(db, message))
            found += operations.flagging(db, places, Flag.SEEN, on)
        operations.perform(db, found)
    return on, len(changed)


def quieten(db: Database) -> int:
    """Mark read what has come into muted conversations since the last call; how many messages."""
    if not db.read(f"{_NEW} LIMIT 1"):
        return 0
    with db.write(durable=True):
        rows = db.read(_NEW)  # again: another account's mail may have come before the store was ours
        operations.set_flag(db, rows, Flag.SEEN, True, actor="mute")
        db.run("UPDATE muted SET upto = (SELECT max(id) FROM placement)")
    return len(rows)


def _threads(db: Database, wanted: Iterable[int]) -> dict[int, int]:
    """Conversation → one of the messages."""
    found: dict[int, int] = {}
    for message in wanted:
        thread = db.value("SELECT thread FROM message WHERE id = ?", (message,))
        if thread is not None:
            found.setdefault(int(thread), message)
    return found


def _unread(db: Database, thread: int) -> list[Place]:
    return [
        (row[0], row[1])
        for row in db.read(
            "SELECT p.folder, p.message FROM message m JOIN placement p ON p.message = m.id"
            " WHERE m.thread = ? AND p.hidden = 0 AND p.flags & 1 = 0",
            (thread,),
        )
    ]


def _marked(db: Database, thread: int, step: int | None) -> list[Place]:
    """What a step has marked read of a conversation, where it stands now."""
    read = {
        message
        for operation in (journal.of_step(db, step) if step is not None else ())
        if operation.kind == "flag" and operation.args == {"flag": int(Flag.SEEN), "on": True}
        for message in operation.messages
    }
    rows = db.read(
        "SELECT p.folder, p.message FROM message m JOIN placement p ON p.message = m.id WHERE m.thread = ? AND p.hidden = 0",
        (thread,),
    )
    return [(folder, message) for folder, message in rows if message in read]
