"""One line of a message list: columns by width, signs, and the looks of its parts."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style

from core.cells import cell_len, cut, pad
from core.clean import clean_line
from core.flags import Flag, Mark
from core.folding import find_terms
from core.store.lists import Row
from tui.dates import list_date
from tui.glyphs import Glyphs
from tui.styles import Looks
from tui.translation import _
from tui.widgets.list_window import Entry

DATE = 11
"""Cells of a whole date and a blank, so that no sign touches it."""
TAG = 12
DEEPEST = 8


class Columns(Struct, frozen=True):
    """How many cells each column has; 0 leaves it out."""

    people: int
    subject: int
    marks: int
    date: int
    tags: bool


def columns(width: int, glyphs: Glyphs) -> Columns:
    """The columns for a list of `width` cells: fewer and narrower where there is less room."""
    left = 3
    marks = 3 + glyphs.clip_cells + 1
    if width < 50:
        people, marks, date = max(width // 4, 6), 3 if width >= 30 else 0, 0
    elif width < 80:
        people, date = 16, DATE
    elif width < 120:
        people, date = 22, DATE
    else:
        people, date = min(28 + (width - 120) // 8, 36), DATE
    subject = max(width - left - people - 2 - marks - date - 1, 0)
    return Columns(people, subject, marks, date, width >= 70)


class RowPainter(Struct, frozen=True):
    """Turns entries into segments of exactly `width` cells."""

    width: int
    looks: Looks
    glyphs: Glyphs
    now: float
    date_pattern: str = "auto"
    terms: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """What is marked in names and in subjects: hits of a search."""

    def paint(self, entry: Entry, *, cursor: bool = False, focused: bool = True, selected: bool = False) -> list[Segment]:
        """The segments of a line. Under the cursor one style covers all, so that moving it costs few bytes."""
        row = entry.row
        over = " ".join(filter(None, ["unread" if row.unread else "", "selected" if selected else ""]))
        if cursor and focused:
            text = "".join(text for text, _ in self._parts(entry, selected))
            return [Segment(text, self.looks[f"{over} cursor"])]
        if cursor:
            over += " cursor-away"
        segments: list[Segment] = []
        for text, look in self._marked(self._parts(entry, selected)):
            style = self.looks[f"{over} {look}" if look not in ("people", "subject") else f"{look} {over}"]
            if segments and segments[-1].style == style:
                text = segments.pop().text + text
            segments.append(Segment(text, style))
        return segments

    def _marked(self, parts: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """The parts, with the hits in names and subjects as parts of their own."""
        for text, look in parts:
            terms = self.terms[look == "subject"] if look in ("people", "subject") else ()
            at = 0
            for start, end in find_terms(text, terms) if terms else ():
                yield text[at:start], look
                yield text[start:end], "hit"
                at = end
            yield text[at:], look

    def blank(self, style: Style | None = None) -> list[Segment]:
        """A line without a message."""
        return [Segment(" " * self.width, style or self.looks[""])]

    def _parts(self, entry: Entry, selected: bool) -> list[tuple[str, str]]:
        row, cells = entry.row, columns(self.width, self.glyphs)
        parts = [
            (self.glyphs.selected if selected else " ", "mark"),
            self._dot(row),
            (" ", ""),
            *self._people(entry, cells.people),
            ("  ", ""),
            *self._subject(entry, cells.subject, cells.tags),
        ]
        if cells.marks:
            parts += self._marks(row, cells.marks)
        if cells.date:
            date = cut(list_date(row.received, self.now, self.date_pattern), cells.date)
            parts.append((" " * (cells.date - cell_len(date)) + date, "date"))
        parts.append((" ", ""))
        used = sum(cell_len(text) for text, _ in parts)
        if used > self.width:  # narrower than any sensible list
            return [(pad("".join(text for text, _ in parts), self.width, ""), "")]
        return [*parts, (" " * (self.width - used), "")]

    def _dot(self, row: Row) -> tuple[str, str]:
        """Unread, muted (its new mail comes read), or neither."""
        if row.unread:
            return self.glyphs.unread, "dot"
        return (self.glyphs.muted, "faint") if row.marks & Mark.MUTED else (" ", "dot")

    def _people(self, entry: Entry, room: int) -> list[tuple[str, str]]:
        row = entry.row
        count = f" ({row.total})" if row.total > 1 and not entry.child else ""
        people = clean_line(row.people) or _("(nobody)")
        name = cut(people, max(room - len(count), 1), self.glyphs.ellipsis)
        return [
            (name, "people" if row.people else "faint"),
            (count, "count"),
            (" " * max(room - cell_len(name) - len(count), 0), ""),
        ]

    def _subject(self, entry: Entry, room: int, with_tags: bool) -> list[tuple[str, str]]:
        row, glyphs = entry.row, self.glyphs
        if entry.child:
            lead = "  " * min(max(row.depth - 1, 0), DEEPEST) + glyphs.child
        elif row.total > 1:
            lead = f"{glyphs.opened if entry.opened else glyphs.closed} "
        else:
            lead = ""
        lead = lead if len(lead) < room else ""
        tags = [cut(clean_line(tag), TAG, glyphs.ellipsis) for tag in row.tags] if with_tags else []
        while tags and sum(cell_len(tag) + 1 for tag in tags) > room // 3:
            tags.pop()
        spare = room - len(lead) - sum(cell_len(tag) + 1 for tag in tags)
        subject = cut(clean_line(row.subject) or _("(no subject)"), spare, glyphs.ellipsis)
        return [
            (lead, "more"),
            (subject, "subject" if row.subject else "faint"),
            *((f" {tag}", "tag") for tag in tags),
            (" " * max(spare - cell_len(subject), 0), ""),
        ]

    def _marks(self, row: Row, room: int) -> list[tuple[str, str]]:
        glyphs = self.glyphs
        replied = Flag.ANSWERED | Flag.FORWARDED
        signs = [
            (glyphs.urgent if row.marks & Mark.HIGH else "", "urgent", 1),
            (glyphs.flag if row.flags & Flag.FLAGGED else "", "flag", 1),
            (glyphs.clip if row.marks & Mark.ATTACHMENT else "", "clip", glyphs.clip_cells),
            (
                (glyphs.answered if row.flags & Flag.ANSWERED else glyphs.forwarded) if row.flags & replied else "",
                "answered" if row.flags & Flag.ANSWERED else "forwarded",
                1,
            ),
        ]
        if room < sum(cells for _, _, cells in signs) + 1:
            signs = [(sign, look, cells if sign else 0) for sign, look, cells in signs]
            while sum(cells for _, _, cells in signs) >= room:
                signs.pop()
        parts = [(sign or " " * cells, look) for sign, look, cells in signs]
        used = sum(cells for _, _, cells in signs)
        return [(" " * (room - used), ""), *parts]
