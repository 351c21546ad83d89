"""The signs of a message in a list: what is urgent, flagged, answered, attached, signed, noted. None rests on colour."""

from __future__ import annotations

from core.cells import cell_len
from core.flags import OUTCOMES, Flag, Mark
from core.store.lists import Row
from tui.glyphs import Glyphs

Sign = tuple[str, str]
"""The sign and the look it has."""


def state(row: Row, glyphs: Glyphs) -> Sign:
    """The sign in front: deleted by another program, unread, muted (its new mail comes read), or nothing."""
    if row.flags & Flag.DELETED:
        return glyphs.deleted, "mark"
    if row.unread:
        return glyphs.unread, "dot"
    return (glyphs.muted, "faint") if row.marks & Mark.MUTED else (" ", "dot")


def usual(row: Row, room: int, glyphs: Glyphs) -> list[Sign]:
    """The signs that many messages bear, each in a place of its own where there is room, `room` cells in all."""
    answered = row.flags & Flag.ANSWERED
    reply = glyphs.answered if answered else glyphs.forwarded if row.flags & Flag.FORWARDED else ""
    signs = [
        (glyphs.urgent if row.marks & Mark.HIGH else "", "urgent", 1),
        (glyphs.flag if row.flags & Flag.FLAGGED else "", "flag", 1),
        (glyphs.clip if row.marks & Mark.ATTACHMENT else "", "clip", glyphs.clip_cells),
        (reply, "answered" if answered else "forwarded", 1),
    ]
    if room < sum(cells for _, _, cells in signs) + 1:
        signs = [(sign, look, cells if sign else 0) for sign, look, cells in signs]
        while sum(cells for _, _, cells in signs) >= room:
            signs.pop()
    used = sum(cells for _, _, cells in signs)
    return [(" " * (room - used), ""), *((sign or " " * cells, look) for sign, look, cells in signs)]


def rare(row: Row, room: int, glyphs: Glyphs, *, tags: bool) -> list[Sign]:
    """The signs that few messages bear, side by side in at most `room` cells; `tags`: the tags have no other place."""
    marks = row.marks
    signs = [
        _outcome(marks, glyphs),
        (glyphs.encrypted, "security") if marks & Mark.ENCRYPTED else None,
        (glyphs.signed, "security") if marks & Mark.SIGNED and not marks & Mark.ENCRYPTED else None,
        (glyphs.comment, "comment") if marks & Mark.COMMENT else None,
        (glyphs.tag, "tag") if tags and row.tags else None,
    ]
    found: list[Sign] = []
    for sign in signs:
        if sign is not None and cells_of(found) + cell_len(sign[0]) <= room:
            found.append(sign)
    return found


def _outcome(marks: Mark, glyphs: Glyphs) -> Sign | None:
    """What reports say of a message that was sent, the worst first."""
    if not marks & OUTCOMES:
        return None
    if marks & Mark.UNDELIVERED:
        return glyphs.undelivered, "mark"
    return (glyphs.opened_there, "faint") if marks & Mark.OPENED else (glyphs.delivered, "faint")


def cells_of(signs: list[Sign]) -> int:
    """How many cells some signs take."""
    return sum(cell_len(sign) for sign, _look in signs)
