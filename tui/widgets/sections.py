"""The messages on the page of the reader, one below the other, as lines: folded to one, or open. No screen is needed for it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from core.cells import cell_len, cut, pad
from core.clean import clean_line
from core.flags import Flag, Mark
from core.rendered import Line, Page, Span
from core.store.lists import Row
from tui.dates import full_date, list_date
from tui.glyphs import Glyphs
from tui.translation import _
from tui.widgets.finding import Hit
from tui.widgets.sheet import Sheet, Shown

EMPTY_PAGE = Page()
HEAD = Shown(Line(), look="message")
"""The line that tells of a message; what it says is made when it is drawn."""
BLANK = Shown(Line())


class Section(Struct):
    """A message on the page."""

    row: Row | None = None
    """What its line says; None for one that is shown alone."""
    opened: bool = True
    sheet: Sheet | None = None
    page: Page = EMPTY_PAGE
    lines: list[Shown] = []
    width: int = 0
    """The cells for which it is laid out; 0: not yet."""
    folded: frozenset[int] = frozenset()
    """Quoted text that is folded, as `tui.widgets.sheet.lay_out` takes it."""
    full_headers: bool = False
    hits: list[Hit] = []

    @property
    def message(self) -> int:
        """Its row id; 0 for one that is shown alone."""
        return self.row.message if self.row is not None else 0


class Sections:
    """All messages of the page, with their lines below each other."""

    def __init__(self, found: Sequence[Section] = (), above: Sequence[Shown] = ()) -> None:
        self.all = list(found)
        self.above = list(above)
        """Lines that belong to no message."""
        self.shown: list[Shown] = []
        self.starts: list[int] = []
        self.gather()

    def gather(self) -> None:
        """Put the lines of all messages together again, after those of some have changed."""
        shown, starts = list(self.above), []
        for one in self.all:
            starts.append(len(shown))
            if one.row is None:
                shown += one.lines
            elif one.opened and one.width:
                shown.append(HEAD)
                shown += one.lines
                shown.append(BLANK)
            else:
                shown.append(HEAD)
        self.shown, self.starts = shown, starts

    def at(self, y: int) -> int:
        """Which message a line belongs to; the first one for what stands above it."""
        return max(bisect_right(self.starts, y) - 1, 0)

    def end(self, n: int) -> int:
        """Behind the last line of a message."""
        return self.starts[n + 1] if n + 1 < len(self.starts) else len(self.shown)

    def find(self, message: int) -> int | None:
        """The place of a message on the page."""
        return next((n for n, one in enumerate(self.all) if one.message == message), None)

    def hits(self) -> list[Hit]:
        """Everything that was found, by line of the page."""
        found: list[Hit] = []
        for start, one in zip(self.starts, self.all, strict=True):
            if one.hits and one.opened and one.width:
                first = start + (one.row is not None)
                found += [tuple((first + y, begin, end) for y, begin, end in hit) for hit in one.hits]
        return found


def head_line(one: Section, width: int, glyphs: Glyphs, now: float, pattern: str = "auto") -> Line:
    """The line that tells of a message: who, when, and of a folded one the first words."""
    row = one.row
    if row is None:
        return Line()
    fold = glyphs.opened if one.opened else glyphs.closed
    lead = f"{fold} {_state(row, glyphs)} "
    signs = _signs(row, glyphs)
    date = full_date(row.received) if one.opened and width >= 60 else list_date(row.received, now, pattern)
    if one.opened and one.sheet is not None and one.sheet.their_clock and width >= 100:
        date = f"{date} ({clean_line(one.sheet.their_clock)})"
    end = f" {signs} {date}" if signs else f"  {date}"
    room = max(width - cell_len(lead) - cell_len(end), 0)
    who = clean_line(row.people) or _("(nobody)")
    if one.opened:
        who, words = clean_line(one.sheet.sender if one.sheet is not None else "") or who, ""
    else:
        words = clean_line(row.snippet)
    column = min(22, max(width // 4, 10), room)
    who = cut(who, room, glyphs.ellipsis) if one.opened else pad(who, column, glyphs.ellipsis)
    gap = "  " if words else ""
    words = cut(words, max(room - cell_len(who) - len(gap), 0), glyphs.ellipsis)
    spans = [
        Span(lead, "more"),
        Span(who, "people unread" if row.unread else "people"),
        Span(gap + words, "snippet"),
        Span(" " * (room - cell_len(who) - len(gap) - cell_len(words))),
        Span(end, "date"),
    ]
    return Line(tuple(span for span in spans if span.text))


def _state(row: Row, glyphs: Glyphs) -> str:
    if row.flags & Flag.DELETED:
        return glyphs.deleted
    return glyphs.unread if row.unread else " "


def _signs(row: Row, glyphs: Glyphs) -> str:
    signs = [
        glyphs.urgent if row.marks & Mark.HIGH else "",
        glyphs.encrypted if row.marks & Mark.ENCRYPTED else glyphs.signed if row.marks & Mark.SIGNED else "",
        glyphs.comment if row.marks & Mark.COMMENT else "",
        glyphs.flag if row.flags & Flag.FLAGGED else "",
        glyphs.clip if row.marks & Mark.ATTACHMENT else "",
        glyphs.answered if row.flags & Flag.ANSWERED else glyphs.forwarded if row.flags & Flag.FORWARDED else "",
    ]
    return "".join(signs)
