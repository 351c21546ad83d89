"""The reader: one message as lines, of which only those in view are drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from core.cells import cell_len
from core.folding import find_terms
from core.rendered import Line, Link, Page
from tui.actions import Context, does, search, view
from tui.glyphs import glyphs_of
from tui.styles import looks_of
from tui.translation import _
from tui.widgets.finding import find_in
from tui.widgets.line_cache import LineCache
from tui.widgets.motion import Motion
from tui.widgets.sheet import Layout, Sheet, Shown, lay_out

MARGIN = 1
REMEMBERED = 500
OPENS = ("http://", "https://", "mailto:", "ftp://")
"""Links that a terminal may open; others are shown, never given to it."""

Place = tuple[int, int]
"""A line of the body (-1: above it) and how many lines of its page there were."""


class Reader(Motion, ScrollView, can_focus=True):
    """A message to read."""

    DEFAULT_CSS = """
    Reader { height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """
    key_context: ClassVar[Context] = "reader"
    max_width = reactive(0)
    """Cells to which text is wrapped; 0: as wide as the reader."""
    empty_text = reactive("")
    """What is said where no message is shown, such as that it is being fetched."""
    terms: reactive[tuple[str, ...]] = reactive(())
    """What a search looked for (`core.folding.find_terms`): marked in every message, unless other words are looked for."""

    class LinkChosen(Message):
        """A link was clicked."""

        def __init__(self, reader: Reader, link: Link) -> None:
            super().__init__()
            self.reader = reader
            self.link = link

    class AttachmentChosen(Message):
        """An attachment was clicked; its number."""

        def __init__(self, reader: Reader, number: int) -> None:
            super().__init__()
            self.reader = reader
            self.number = number

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._styles_cache = LineCache()
        self.sheet: Sheet | None = None
        self.laid = Layout()
        self.full_headers = False
        self.folded: frozenset[int] = frozenset()
        self.wanted = ""
        """The words looked for in the text."""
        self.hits: list[tuple[int, int, int]] = []
        """Index of the shown line, start and end of each hit."""
        self.hit = -1
        self._laid_width = 0
        self._places: OrderedDict[Hashable, Place] = OrderedDict()

    # ------------------------------------------------------------------ what is shown

    def show(self, sheet: Sheet | None) -> None:
        """Show a message, where one was in it the last time; None: nothing."""
        same = sheet is not None and self.sheet is not None and sheet.key == self.sheet.key
        self._remember()
        self.sheet = sheet
        if not same:
            self.folded, self.full_headers = frozenset(), False
            self.wanted, self.hits, self.hit = "", [], -1
        self._lay_out(self._page())
        place = self._places.get(sheet.key) if sheet is not None else None
        self._go_to_place(place or (-1, 0))

    @property
    def has_message(self) -> bool:
        """Whether a message is shown."""
        return self.sheet is not None

    @property
    def page(self) -> Page:
        """The body as laid out now."""
        return self.laid.page

    @property
    def at_end(self) -> bool:
        """Whether the last line is in view."""
        return self.scroll_offset.y + self.page_lines >= len(self.laid.shown)

    def _page(self) -> Page:
        self._laid_width = self.text_width()
        return self.sheet.lay_out(self._laid_width) if self.sheet is not None else Page()

    def text_width(self) -> int:
        """Cells that a line of the body may take."""
        width = self.scrollable_content_region.width or self.app.size.width  # before it is first shown
        room = max(width - MARGIN, 8)  # 78 of 80 cells: mail is often as wide
        return min(room, self.max_width) if self.max_width else room

    def _lay_out(self, page: Page) -> None:
        if self.sheet is None:
            self.laid = Layout()
        else:
            self.laid = lay_out(
                self.sheet,
                page,
                self._laid_width,
                glyphs_of(self),
                full_headers=self.full_headers,
                folded=self.folded,
            )
        self.virtual_size = Size(self._laid_width + 2 * MARGIN, len(self.laid.shown))
        self._find_hits()
        self.refresh()

    # ------------------------------------------------------------------ where one is

    def _place(self) -> Place:
        top = self.scroll_offset.y
        shown = self.laid.shown
        return (shown[top].body if 0 < top < len(shown) else -1), len(self.page.lines)

    def _remember(self) -> None:
        if self.sheet is None:
            return
        self._places[self.sheet.key] = self._place()
        self._places.move_to_end(self.sheet.key)
        while len(self._places) > REMEMBERED:
            self._places.popitem(last=False)

    def _go_to_place(self, place: Place) -> None:
        """Put the remembered line on top; when the body was wrapped anew, the line about as far down."""
        body, lines = place
        if body >= 0 and lines and lines != len(self.page.lines):
            body = body * len(self.page.lines) // lines
        y = 0
        if body >= 0:
            y = next((y for y, one in enumerate(self.laid.shown) if one.body >= body), len(self.laid.shown))
        self.scroll_to(y=y, animate=False, force=True)

    def _lay_out_again(self, *, wrap: bool = False) -> None:
        place = self._place()
        self._lay_out(self._page() if wrap else self.page)
        self._go_to_place(place)

    def on_resize(self, event: events.Resize) -> None:
        if self.sheet is not None and self.text_width() != self._laid_width:
            self._lay_out_again(wrap=True)

    def watch_max_width(self) -> None:
        if self.sheet is not None:
            self._lay_out_again(wrap=True)

    # ------------------------------------------------------------------ folding and headers

    @does(view.Fold)
    def fold(self) -> None:
        """Fold or unfold the first quoted text in view."""
        top = self.scroll_offset.y
        in_view = self.laid.shown[top : top + self.page_lines]
        block = next((one.folds or one.line.block for one in in_view if one.folds or one.line.block), 0)
        if block:
            self.folded ^= {block}
            self._lay_out_again()
        else:
            self.app.bell()

    @does(view.FoldAll)
    def fold_all(self) -> None:
        """Fold all quoted text."""
        self.folded = frozenset(self.laid.blocks())
        self._lay_out_again()

    @does(view.UnfoldAll)
    def unfold_all(self) -> None:
        """Unfold all quoted text."""
        self.folded = frozenset()
        self._lay_out_again()

    @does(view.Headers)
    def toggle_headers(self) -> None:
        """All headers, or the usual ones."""
        self.full_headers = not self.full_headers
        self._lay_out(self.page)
        self.scroll_home(animate=False)

    # ------------------------------------------------------------------ finding

    def find(self, words: str) -> int:
        """Mark the words in the text and go to the first at or below the view; returns how many there are."""
        self.wanted, self.hit = words, -1
        if words and any(find_in(line.text, words) for line in self.page.lines if line.block in self.folded):
            self.folded = frozenset()
            self._lay_out_again()
        self._find_hits()
        top = self.scroll_offset.y
        below = (index for index, (y, _start, _end) in enumerate(self.hits) if y >= top)
        self._go_to_hit(next(below, 0))
        self.refresh()
        return len(self.hits)

    @does(search.NextHit)
    def next_hit(self) -> None:
        """To the next hit, from the last one to the first."""
        self._go_to_hit(self.hit + 1)

    @does(search.PreviousHit)
    def previous_hit(self) -> None:
        """To the hit before."""
        self._go_to_hit(self.hit - 1)

    @property
    def has_hits(self) -> bool:
        """Whether words were looked for and found."""
        return bool(self.hits)

    def _find_hits(self) -> None:
        looked_for = self.wanted or self.terms
        self.hits = [
            (y, start, end)
            for y, one in enumerate(self.laid.shown if looked_for else ())
            for start, end in self._hits_of(one.line.text)
        ]

    def _hits_of(self, text: str) -> list[tuple[int, int]]:
        return find_in(text, self.wanted) if self.wanted else find_terms(text, self.terms)

    def watch_terms(self) -> None:
        """Another search: other words are marked."""
        self.hit = -1
        self._find_hits()
        self.refresh()

    def _go_to_hit(self, index: int) -> None:
        if not self.hits:
            self.app.bell()
            return
        self.hit = index % len(self.hits)
        y = self.hits[self.hit][0]
        top = self.scroll_offset.y
        if not top <= y < top + self.page_lines:
            self.scroll_to(y=max(y - self.page_lines // 3, 0), animate=False)
        self.refresh()

    # ------------------------------------------------------------------ drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        looks = looks_of(self)
        index = y + self.scroll_offset.y
        if self.sheet is not None and self._laid_width != self.text_width():
            return Strip.blank(width, looks[""])  # wrapped for another width: the resizing is on its way
        if index >= len(self.laid.shown):
            words = self.empty_text if self.sheet is None and y == 1 else ""
            return Strip([Segment(f"  {words}", looks["empty"])]).adjust_cell_length(width, looks[""])
        one = self.laid.shown[index]
        ground = looks[one.look]
        pieces = [(" " * MARGIN, ground), *self._pieces(one)]
        hits = [(start, end, n == self.hit) for n, (line, start, end) in enumerate(self.hits) if line == index]
        if hits:
            pieces = _with_hits(pieces, MARGIN, hits, looks.bare("hit"), looks.bare("hit-here"))
        return Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(width, ground)

    def _pieces(self, one: Shown) -> list[tuple[str, Style]]:
        looks = looks_of(self)
        pieces = []
        for span in one.line.spans:
            style = looks[f"{one.look} {span.style}" if one.look else span.style]
            if span.link.lower().startswith(OPENS):
                style = style + Style(link=span.link)
            pieces.append((span.text, style))
        return pieces

    # ------------------------------------------------------------------ mouse

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.scroll_offset.y
        if y >= len(self.laid.shown):
            return
        one = self.laid.shown[y]
        if one.attachment:
            self.post_message(self.AttachmentChosen(self, one.attachment))
        elif one.folds:
            self.folded -= {one.folds}
            self._lay_out_again()
        elif target := _link_at(one.line, event.x - MARGIN):
            link = next((link for link in self.page.links if link.target == target), Link(0, target, target))
            self.post_message(self.LinkChosen(self, link))

    def describe_place(self) -> str:
        """Where one is in the message, for a status bar: "12 %", or nothing when all is in view."""
        lines = len(self.laid.shown)
        if lines <= self.page_lines:
            return ""
        seen = min(self.scroll_offset.y + self.page_lines, lines)
        return _("{percent} %").format(percent=seen * 100 // lines)


def _link_at(line: Line, x: int) -> str:
    """The target of the link that covers a cell, or ''."""
    at = 0
    for span in line.spans:
        width = cell_len(span.text)
        if at <= x < at + width:
            return span.link
        at += width
    return ""


def _with_hits(
    pieces: list[tuple[str, Style]], skip: int, hits: list[tuple[int, int, bool]], look: Style, here: Style
) -> list[tuple[str, Style]]:
    """The pieces with the hits (positions in characters after `skip`) laid over them."""
    found: list[tuple[str, Style]] = []
    at = -skip
    for text, style in pieces:
        done = 0
        for start, end, current in hits:
            first, last = max(start - at, done), min(end - at, len(text))
            if first < last:
                found.append((text[done:first], style))
                found.append((text[first:last], style + (here if current else look)))
                done = last
        found.append((text[done:], style))
        at += len(text)
    return [(text, style) for text, style in found if text]
