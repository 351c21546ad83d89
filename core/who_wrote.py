"""Who really wrote a stored message: its header, what one's own server says, and whom one knows, put together."""

from __future__ import annotations

from collections.abc import Sequence

from core.acquaintances import Acquaintances
from core.authentication import Habit, Results, believed
from core.doubts import Sender, examine
from core.reading import Body
from core.rendered import Link
from core.store import correspondents
from core.store.database import Database


def judged(
    db: Database, body: Body, habit: Habit | None, authserv: str, known: Acquaintances | None, links: Sequence[Link]
) -> tuple[Sender, tuple[Results, ...], tuple[int, int]]:
    """What is found about a message's sender, what its server says, and how many mails there were to and from that address."""
    fields = body.headers.fields
    results = believed(fields, habit, authserv)
    author = body.envelope.from_[0].addr if body.envelope.from_ else ""
    standing = correspondents.standing(db, author) if author else (0, 0)
    return examine(fields, body.envelope, results, known, standing, links), results, standing
