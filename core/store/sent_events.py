"""What became of mail that was sent: what servers answered, and what reports said afterwards.

Rows hang on the Message-ID, so that mail sent by another program of the user's is followed too. Reports can be forged:
they are shown with the name of who says so, and change nothing but what is shown.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from msgspec import Struct

from core.flags import Mark
from core.store.database import Database

ACCEPTED, REFUSED = "accepted", "refused"
"""What the server answered that the mail was handed to."""
DELIVERED, RELAYED, EXPANDED, DELAYED, FAILED = "delivered", "relayed", "expanded", "delayed", "failed"
"""What a delivery report says (RFC 3464 §2.3.3)."""
OPENED, DELETED = "opened", "deleted"
"""What a receipt says (RFC 8098 §3.2.6): shown to somebody, or deleted unread."""
FETCHED = "fetched"
"""A file that went as a link was fetched."""
KINDS = (ACCEPTED, REFUSED, DELIVERED, RELAYED, EXPANDED, DELAYED, FAILED, OPENED, DELETED, FETCHED)

_MARKS = {FAILED: Mark.UNDELIVERED, REFUSED: Mark.UNDELIVERED, DELIVERED: Mark.DELIVERED, OPENED: Mark.OPENED}
MOST = 10_000
"""Events that are kept of one mail: nobody fills the disk with receipts."""


class Event(Struct, frozen=True):
    """One thing that was said about one mail."""

    recipient: str
    """Folded; '' where the report names none."""
    kind: str
    made: int
    code: str = ""
    """As in 250 or 5.1.1."""
    words: str = ""
    teller: str = ""
    """A server, or the address the report came from."""
    source: int | None = None
    """The message that is the report; None for the server that the mail was handed to."""


def add(db: Database, message_id: str, events: Iterable[Event]) -> int:
    """Keep what was said about a mail, the newest of its kind by one teller; how many are new. Inside `db.write`."""
    room = MOST - int(db.value("SELECT count(*) FROM sent_event WHERE message_id = ?", (message_id,)) or 0)
    new, marks = 0, Mark(0)
    for one in list(events)[: max(room, 0)]:
        new += db.run(
            "INSERT INTO sent_event (message_id, recipient, kind, made, code, words, teller, source)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET code = excluded.code, words = excluded.words",
            (message_id, one.recipient, one.kind, one.made, one.code, one.words, one.teller, one.source),
        )
        marks |= _MARKS.get(one.kind, Mark(0))
    if marks:
        _mark(db, message_id, marks)
    return new


def _mark(db: Database, message_id: str, marks: Mark) -> None:
    """Have lists show it on the message, wherever a copy of it is."""
    sql = "SELECT id FROM message WHERE message_id = ? AND message_id <> '' AND marks | ? <> marks"
    found = db.read(sql, (message_id, int(marks)))
    for (id,) in found:
        db.run("UPDATE message SET marks = marks | ? WHERE id = ?", (int(marks), id))
        db.run("INSERT OR IGNORE INTO unsettled SELECT folder, thread FROM placement WHERE message = ? AND hidden = 0", (id,))


def answered(db: Database, message_id: str, server: str, answers: Mapping[str, tuple[int, str]], *, final: bool) -> None:
    """What a server answered for each recipient. Inside `db.write`. `final`: what it put off will not be tried again."""
    now = int(time.time())
    events = [
        Event(to.casefold(), ACCEPTED if 200 <= code < 300 else REFUSED, now, str(code or ""), words, server)
        for to, (code, words) in answers.items()
        if 200 <= code < 300 or code >= 500 or final
    ]
    if events and message_id:
        add(db, message_id, events)


def of(db: Database, message_id: str) -> list[Event]:
    """Everything known of a mail, in the order it became known."""
    rows = db.read(
        "SELECT recipient, kind, made, code, words, teller, source FROM sent_event WHERE message_id = ? ORDER BY made, id",
        (message_id,),
    )
    return [Event(*row) for row in rows]


def marks_of(db: Database, message_id: str) -> Mark:
    """What lists show on a mail with this Message-ID, for a copy that comes later."""
    found = Mark(0)
    for (kind,) in db.read("SELECT DISTINCT kind FROM sent_event WHERE message_id = ?", (message_id,)):
        found |= _MARKS.get(kind, Mark(0))
    return found
