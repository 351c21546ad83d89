"""One message in a list, on one line or two: columns by width, signs, guides of a tree, and the looks of its parts."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style

from core.cells import cell_len, cut, pad
from core.clean import clean_line
from core.flags import Flag
from core.folding import find_terms
from core.labels import LABELS
from core.store.lists import LEFT_OUT, Row
from core.subject_line import plain_subject
from tui.dates import list_date
from tui.glyphs import Glyphs
from tui.styles import Looks
from tui.translation import _
from tui.widgets import row_signs
from tui.widgets.list_window import Entry

LEFT = 3
"""Cells before the names: chosen, unread, a blank."""
DATE = 11
"""Cells of a whole date and a blank, so that no sign touches it."""
TAG = 12
MOST_KEPT = 256
"""Lines that are kept."""
LEAST_SNIPPET = 12
"""Cells below which the first words of a message are left out."""
_WRITTEN = ("people", "subject", "snippet")
"""The looks of what somebody wrote: struck through where it is deleted."""

Part = tuple[str, str]
"""A text and its look."""


Kept = dict[tuple[Entry, int, bool, bool], list[Segment]]
"""Segments by line of an entry, whether the cursor of a list without the keys is there, and whether it is chosen."""


class Columns(Struct, frozen=True):
    """How many cells each column has; 0 leaves it out."""

    people: int
    subject: int
    marks: int
    date: int
    tags: bool


def columns(width: int, glyphs: Glyphs, lines: int = 1) -> Columns:
    """The columns for a list of `width` cells: fewer and narrower where there is less room."""
    marks = 3 + glyphs.clip_cells + 1
    if lines == 2 and 30 <= width < 50:
        people, marks, date = 0, 4, DATE
    elif width < 50:
        people, marks, date = max(width // 4, 6), 3 if width >= 30 else 0, 0
    elif width < 80:
        people, date = 16, DATE
    elif width < 120:
        people, date = 22, DATE
    else:
        people, date = min(28 + (width - 120) // 8, 36), DATE
    subject = max(width - LEFT - people - 2 - marks - date - 1, 0)
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
    lines: int = 1
    """Lines of an entry: on two, the subject stands below the names."""
    kept: Kept | None = None
    """Lines that were painted before; good for painters that differ in nothing but the time of day."""

    def paint(
        self, entry: Entry, *, line: int = 0, cursor: bool = False, focused: bool = True, selected: bool = False
    ) -> list[Segment]:
        """The segments of a line of an entry. Under the cursor one style covers all, so that moving it costs few bytes."""
        segments = self._kept(entry, line, cursor and not focused, selected)
        if not cursor or not focused:
            return segments
        over = " ".join(filter(None, ["unread" if entry.row.unread else "", "selected" if selected else ""]))
        return [Segment("".join(segment.text for segment in segments), self.looks[f"{over} cursor"])]

    def _kept(self, entry: Entry, line: int, away: bool, selected: bool) -> list[Segment]:
        """The segments as they were, where the line has only come to another place or the cursor to or from it."""
        if self.kept is None:
            return self._segments(entry, line, away, selected)
        key = (entry, line, away, selected)
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            found = self.kept[key] = self._segments(entry, line, away, selected)
        return found

    def _segments(self, entry: Entry, line: int, away: bool, selected: bool) -> list[Segment]:
        row = entry.row
        over = ["unread" if row.unread else "", "selected" if selected else "", "cursor-away" if away else ""]
        worn = " ".join(filter(None, over))
        gone = " deleted" if row.flags & Flag.DELETED and row.total == 1 else ""
        segments: list[Segment] = []
        for text, look in self._marked(self._parts(entry, selected, line)):
            names = f"{look} {worn}" if look in ("people", "subject") else f"{worn} {look}"
            style = self.looks[names + gone if look in _WRITTEN else names]
            if segments and segments[-1].style == style:
                text = segments.pop().text + text
            segments.append(Segment(text, style))
        return segments

    def _marked(self, parts: list[Part]) -> Iterator[Part]:
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

    # ------------------------------------------------------------------ the parts of a line

    def _parts(self, entry: Entry, selected: bool, line: int) -> list[Part]:
        cells = columns(self.width, self.glyphs, self.lines)
        chosen = (self.glyphs.selected if selected else " ", "mark")
        start = [chosen, row_signs.state(entry.row, self.glyphs) if not line else (" ", ""), (" ", "")]
        if self.lines == 1:
            names = [*self._people(entry, cells.people), ("  ", "")]
            parts = [*start, *names, *self._subject(entry, cells.subject, cells.tags), *self._end(entry.row, cells)]
        elif line == 0:
            room = max(self.width - LEFT - cells.marks - cells.date - 1, 0)
            guides = self._guides(entry.row.branch, room // 3)
            room -= cell_len(guides)
            rare = row_signs.rare(entry.row, room // 3, self.glyphs, tags=not cells.tags)
            names = self._people(entry, room - row_signs.cells_of(rare))
            parts = [*start, (guides, "guide"), *names, *rare, *self._end(entry.row, cells)]
        else:
            parts = [*start, *self._subject(entry, max(self.width - LEFT - 1, 0), cells.tags), (" ", "")]
        used = sum(cell_len(text) for text, _ in parts)
        if used > self.width:  # narrower than any sensible list
            return [(pad("".join(text for text, _ in parts), self.width, ""), "")]
        return [*parts, (" " * (self.width - used), "")]

    def _end(self, row: Row, cells: Columns) -> list[Part]:
        """Signs and date."""
        parts = row_signs.usual(row, cells.marks, self.glyphs) if cells.marks else []
        if cells.date:
            date = cut(list_date(row.received, self.now, self.date_pattern), cells.date)
            parts.append((" " * (cells.date - cell_len(date)) + date, "date"))
        return [*parts, (" ", "")]

    def _people(self, entry: Entry, room: int) -> list[Part]:
        row = entry.row
        count = f" ({row.total})" if row.total > 1 and not entry.child else ""
        people = clean_line(row.people) or _("(nobody)")
        name = self._fitted(people, max(room - len(count), 1))
        return [
            (name, "people" if row.people else "faint"),
            (count, "count"),
            (" " * max(room - cell_len(name) - len(count), 0), ""),
        ]

    def _fitted(self, people: str, room: int) -> str:
        """The names that have room; who is left out already is not left out twice."""
        ellipsis = self.glyphs.ellipsis
        name = cut(people, room, ellipsis)
        if name == people:
            return name
        known = name.removesuffix(ellipsis).rstrip(", ")
        return f"{known.removesuffix(LEFT_OUT)}{ellipsis}" if known.endswith(f", {LEFT_OUT}") else name

    def _subject(self, entry: Entry, room: int, with_tags: bool) -> list[Part]:
        """Guides, subject, first words and tags; on two lines the rare signs stand with the names."""
        row, glyphs = entry.row, self.glyphs
        lead = self._lead(entry, room)
        tags = [cut(clean_line(LABELS.get(tag.lower(), tag)), TAG, glyphs.ellipsis) for tag in row.tags] if with_tags else []
        while tags and sum(cell_len(tag) + 1 for tag in tags) > room // 3:
            tags.pop()
        rare = row_signs.rare(row, room // 3, glyphs, tags=not with_tags) if self.lines == 1 else []
        after: list[Part] = [*((f" {tag}", "tag") for tag in tags), *([(" ", ""), *rare] if rare else [])]
        spare = room - cell_len(lead) - row_signs.cells_of(after)
        words = self._words(entry, spare)
        used = row_signs.cells_of(words)
        return [(lead, "guide" if entry.child else "more"), *words, (" " * max(spare - used, 0), ""), *after]

    def _words(self, entry: Entry, room: int) -> list[Part]:
        """The subject, and the first words of the text where there is room for some; below a conversation that says its
        subject, the words alone."""
        row, ellipsis = entry.row, self.glyphs.ellipsis
        subject = clean_line(row.subject)
        snippet = "" if entry.opened else clean_line(row.snippet)
        if row.repeats and snippet:
            return [(cut(snippet, room, ellipsis), "snippet")]
        if row.total > 1 and not entry.child:
            subject = plain_subject(subject)
        shown = cut(subject or _("(no subject)"), room, ellipsis)
        words: list[Part] = [(shown, "subject" if subject else "faint")]
        between = f" {self.glyphs.dash} "
        left = room - cell_len(shown) - cell_len(between)
        if snippet and left >= LEAST_SNIPPET:
            words.append((between + cut(snippet, left, ellipsis), "snippet"))
        return words

    # ------------------------------------------------------------------ trees

    def _lead(self, entry: Entry, room: int) -> str:
        """What stands before the subject: guides below a conversation, else whether it is unfolded."""
        glyphs = self.glyphs
        if entry.child:
            branch = entry.row.branch
            passing = f"{branch[:-1]}{'|' if branch[-1:] == '+' else ' '}"  # below the line with the name
            return self._guides(passing if self.lines == 2 else branch, room // 3)
        lead = f"{glyphs.opened if entry.opened else glyphs.closed} " if entry.row.total > 1 else ""
        return lead if len(lead) < room else ""

    def _guides(self, branch: str, room: int) -> str:
        """The guides of a line of a tree; of a deep one its nearest levels, behind a sign that says so."""
        glyphs = self.glyphs
        signs = {"|": glyphs.beside, " ": "  ", "+": glyphs.more, "L": glyphs.last}
        levels = max((room - 1) // 2, 0)
        if not branch or not levels:
            return ""
        shown = branch[-levels:]
        hidden = cut(glyphs.ellipsis, 1, "") if len(branch) > levels else ""
        return hidden + "".join(signs.get(level, "  ") for level in shown) + " "
