"""The lines of the reader's page: one message, or those of a conversation below each other.

Of a conversation only what is looked at is laid out: a message that is open is one line until it comes into view.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar, Protocol

from msgspec import Struct
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.widget import Widget

from core.cells import wrap
from core.clean import clean_line
from core.rendered import Line, Page, Span
from core.store.lists import Row
from tui.actions import Context
from tui.glyphs import glyphs_of
from tui.translation import _, ngettext
from tui.widgets.finding import Hit
from tui.widgets.line_cache import LineCache
from tui.widgets.motion import Motion
from tui.widgets.sections import EMPTY_PAGE, Section, Sections
from tui.widgets.sheet import Sheet, Shown, deep_folds, lay_out
from tui.widgets.thumb import Thumb

MARGIN = 1


class Pages(Protocol):
    """Who has the messages of a conversation."""

    def sheet(self, message: int) -> Sheet:
        """A message, as far as it is here; `Leafing.put` brings the rest."""

    def came_to(self, message: int) -> None:
        """The cursor is on another message."""


class Conversation(Struct, frozen=True):
    """The messages of a conversation, oldest first."""

    key: Hashable
    subject: str
    rows: tuple[Row, ...]
    pages: Pages


class Leaves(Motion, ScrollView):
    """Messages as lines, laid out as they come into view."""

    key_context: ClassVar[Context] = "reader"
    max_width = reactive(0)
    """Cells to which text is wrapped; 0: as wide as the reader."""
    levels = reactive(99)
    """Levels of quotation that are shown, deeper ones are folded."""
    clock: Callable[[], float]

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._styles_cache = LineCache()
        self.laid = Sections()
        self.here = 0
        """The place on the page of the message under the cursor."""
        self.conversation: Conversation | None = None
        self.takes_place_of: Widget | None = None
        """Where this is shown in place of another: as long as that is in view, lines are made for its width."""
        self._laid_width = 0

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scroll bar; made when it is first asked for."""
        bar = self._vertical_scrollbar
        if bar is None:
            bar = self._vertical_scrollbar = Thumb(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self.app._start_widget(self, bar)
        return bar

    @property
    def section(self) -> Section | None:
        """The message under the cursor, with its lines."""
        return self.laid.all[self.here] if self.here < len(self.laid.all) else None

    @property
    def sheet(self) -> Sheet | None:
        """What is shown of the message under the cursor."""
        one = self.section
        return one.sheet if one is not None else None

    @property
    def page(self) -> Page:
        """The body of the message under the cursor, as laid out now."""
        one = self.section
        return one.page if one is not None else EMPTY_PAGE

    @property
    def has_message(self) -> bool:
        """Whether a message is shown."""
        return bool(self.laid.all)

    @property
    def has_headers(self) -> bool:
        """Whether there may be more to tell above the message under the cursor: a file has no headers."""
        return self.has_message and (self.sheet is None or bool(self.sheet.all_headers or self.sheet.attachments))

    @property
    def at_end(self) -> bool:
        """Whether the last line is in view."""
        return self.top + self.page_lines >= len(self.laid.shown)

    @property
    def top(self) -> int:
        """The line on top of the view."""
        return self.scroll_offset.y

    @property
    def suits_width(self) -> bool:
        """Whether the lines are made for the width that there is."""
        return self._laid_width == self.text_width()

    # ------------------------------------------------------------------ laying out

    def text_width(self) -> int:
        """Cells that a line of the body may take."""
        width = self.scrollable_content_region.width
        if not width:  # it is not shown
            there = self.takes_place_of.content_size.width if self.takes_place_of is not None else 0
            width = (there or self.app.size.width) - self.scrollbar_size_vertical
        room = max(width - MARGIN, 8)  # 78 of 80 cells: mail is often as wide
        return min(room, self.max_width) if self.max_width else room

    def _title(self, shown: Conversation) -> list[Shown]:
        """The lines above the messages: the subject, how many there are."""
        count, unread = len(shown.rows), sum(row.unread for row in shown.rows)
        words = ngettext("{n} message", "{n} messages", count).format(n=f"{count:,}")
        if unread:
            words = ngettext("{all}, {n} unread", "{all}, {n} unread", unread).format(all=words, n=f"{unread:,}")
        subject = wrap(clean_line(shown.subject) or _("(no subject)"), self.text_width())[:3]
        return [
            *(Shown(Line((Span(line, "header-subject"),))) for line in subject),
            Shown(Line((Span(words, "faint"),))),
            Shown(Line()),
        ]

    def _lay(self, n: int) -> None:
        """Lay out a message; `_gathered` has to follow."""
        one = self.laid.all[n]
        if one.sheet is None and self.conversation is not None:
            one.sheet = self.conversation.pages.sheet(one.message)
        sheet = one.sheet
        if sheet is None:
            return
        before = one.page
        one.page = sheet.lay_out(self._laid_width)
        if not before.lines:
            one.folded = deep_folds(one.page, self.levels)
        elif one.page is not before:
            deep = any(fold < 0 for fold in one.folded)
            blocks = frozenset(fold for fold in one.folded if fold > 0)
            one.folded = blocks | (deep_folds(one.page, self.levels) if deep else frozenset())
        one.width = self._laid_width
        self._lines_anew(one)

    def _lines_anew(self, one: Section) -> None:
        """The lines of a message that is laid out, after something of it was folded; `_gathered` has to follow."""
        if one.sheet is None:
            return
        one.lines = lay_out(
            one.sheet,
            one.page,
            self._laid_width,
            glyphs_of(self),
            full_headers=one.full_headers,
            folded=one.folded,
            levels=self.levels,
            subject=self.conversation.subject if self.conversation is not None else None,
        )
        one.hits = self.hits_in(one.lines)

    def _gathered(self) -> None:
        """Other lines are there now."""
        self.laid.gather()
        # How much there is to scroll gives no widget another place: nothing is laid out for it.
        self.set_reactive(Widget.virtual_size, Size(self._laid_width + 2 * MARGIN, len(self.laid.shown)))
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = len(self.laid.shown)
        self.gathered_hits()
        self.refresh()

    def _lay_out_view(self) -> None:
        """Lay out every open message that is in view; the line on top stays where it is."""
        while self.conversation is not None and self.laid.shown:
            first, last = self.laid.at(self.top), self.laid.at(self.top + self.page_lines - 1)
            todo = [n for n in range(first, last + 1) if (one := self.laid.all[n]).opened and not one.width]
            if not todo:
                return
            self._lay(todo[0])
            self._gathered()

    def _lay_out_above(self, lines: int) -> None:
        """Lay out what is open above the view, until so many lines are there: the view can be moved up over them."""
        n = self.laid.at(self.top)
        wanted = lines - (self.top - self.laid.starts[n]) if self.laid.starts else 0
        while wanted > 0 and n > 0:
            n -= 1
            one = self.laid.all[n]
            if one.opened and not one.width:
                place = self._at_top()
                self._lay(n)
                self._gathered()
                self._to_top(place)
            wanted -= self.laid.end(n) - self.laid.starts[n]

    # ------------------------------------------------------------------ what finding adds

    def forget_finds(self) -> None:
        """Another message is shown: what was looked for is over."""

    def hits_in(self, lines: Sequence[Shown]) -> list[Hit]:
        """What is to be marked in some lines."""
        return []

    def gathered_hits(self) -> None:
        """Other lines are there now: hits lie elsewhere."""

    # ------------------------------------------------------------------ where one is

    def _at_top(self) -> tuple[int, int]:
        """The message on top of the view, and the line of it."""
        n = self.laid.at(self.top)
        return n, self.top - (self.laid.starts[n] if self.laid.starts else 0)

    def _to_top(self, place: tuple[int, int]) -> None:
        n, line = place
        if n < len(self.laid.starts):
            self._scroll(min(self.laid.starts[n] + line, self.laid.end(n) - 1))

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(y, 0), animate=False, force=True)

    def _lay_out_from(self, n: int) -> None:
        """Lay out what is open from a message on, a page of it: the view can be moved there."""
        lines = 0
        while n < len(self.laid.all) and lines < self.page_lines:
            if self.laid.all[n].opened and not self.laid.all[n].width:
                self._lay(n)
                self._gathered()
            lines += self.laid.end(n) - self.laid.starts[n]
            n += 1
