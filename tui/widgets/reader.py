"""The reader: messages as lines, of which only those in view are drawn; folding, finding, and what a click does."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from core.cells import cell_len
from core.folding import find_terms
from core.rendered import Line, Link
from tui.actions import does, move, search, view
from tui.glyphs import Glyphs, glyphs_of
from tui.styles import Looks, looks_of
from tui.translation import _
from tui.widgets.finding import Hit, find_in, find_lines
from tui.widgets.leafing import Leafing
from tui.widgets.leaves import MARGIN
from tui.widgets.line_cache import drawn
from tui.widgets.sections import HEAD, head_line
from tui.widgets.sheet import Shown, blocks_of
from tui.widgets.stops import LinkStop, links_of, parts_of

OPENS = ("http://", "https://", "mailto:", "ftp://")
"""Links that a terminal may open; others are shown, never given to it."""


class Reader(Leafing):
    """A message to read, or a conversation."""

    DEFAULT_CSS = """
    Reader { height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    """
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

    class HitReached(Message):
        """Somebody went on to another hit: which one, of how many."""

        def __init__(self, number: int, of: int) -> None:
            super().__init__()
            self.number = number
            self.of = of

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.clock = time.time
        self._frame: _Frame | None = None
        self.wanted = ""
        """The words looked for in the text."""
        self.hits: list[Hit] = []
        """What was found on the shown lines."""
        self.hit = -1
        self.stop: LinkStop | None = None
        """The link that was gone to."""

    # ------------------------------------------------------------------ links and parts

    @property
    def link_here(self) -> Link | None:
        """The link that was gone to, or None."""
        target = self.stop.target if self.stop is not None else ""
        return next((link for link in self.page.links if link.target == target), Link(0, target, target)) if target else None

    @does(move.NextLink)
    def next_link(self) -> None:
        """To the next link."""
        self._go_to_link(1)

    @does(move.PreviousLink)
    def previous_link(self) -> None:
        """To the link before."""
        self._go_to_link(-1)

    def _go_to_link(self, by: int) -> None:
        first, end = self._span_here()
        found = links_of(enumerate(self.laid.shown[first:end], first))[::by]
        at = (self.stop.line, self.stop.start) if self.stop else (self.top - 1, 1 << 30) if by > 0 else (end, 0)
        wanted = next((one for one in found if ((one.line, one.start) > at) == (by > 0) and (one.line, one.start) != at), None)
        if wanted is None:
            self.app.bell()
            return
        self.stop = wanted
        self._bring_into_view(wanted.line)
        self.refresh()

    def _span_here(self) -> tuple[int, int]:
        """The lines of the message under the cursor: the first, and behind the last."""
        if not self.has_message:
            return 0, 0
        return self.laid.starts[self.here], self.laid.end(self.here)

    @does(move.NextPart)
    def next_part(self) -> None:
        """To the next part."""
        self._go_to_part(1)

    @does(move.PreviousPart)
    def previous_part(self) -> None:
        """To the part before."""
        self._go_to_part(-1)

    def _go_to_part(self, by: int) -> None:
        first, end = self._span_here()
        found = [first + y for y in parts_of(self.laid.shown[first:end])][::by]
        wanted = next((y for y in found if (y > self.top) == (by > 0) and y != self.top), None)
        before = self.top
        if wanted is not None:
            self._scroll(wanted)
        if self.top == before:
            self.app.bell()

    def _bring_into_view(self, y: int) -> None:
        if not self.top <= y < self.top + self.page_lines:
            self._scroll(y - self.page_lines // 3)

    # ------------------------------------------------------------------ folding and headers

    @does(view.Fold)
    def fold(self) -> None:
        """Fold or unfold the first quoted text in view, of the message under the cursor."""
        one = self.section
        block = next((shown.folds or shown.line.block for shown in self._in_sight() if shown.folds or shown.line.block), 0)
        if one is not None and block:
            one.folded ^= {block}
            self._lay_out_again()
        else:
            self.app.bell()

    def _in_sight(self) -> list[Shown]:
        """The lines in view of the message under the cursor."""
        if not self.has_message:
            return []
        first, end = self._span_here()
        return self.laid.shown[max(self.top, first) : min(self.top + self.page_lines, end)]

    @does(view.FoldAll)
    def fold_all(self) -> None:
        """Fold all quoted text."""
        if (one := self.section) is not None:
            one.folded = blocks_of(one.page)
            self._lay_out_again()

    @does(view.UnfoldAll)
    def unfold_all(self) -> None:
        """Unfold all quoted text."""
        if (one := self.section) is not None:
            one.folded = frozenset()
            self._lay_out_again()

    @does(view.FoldMessage)
    def fold_message(self) -> None:
        """Fold the message under the cursor to a line, or unfold it."""
        one = self.section
        if one is None or one.row is None:
            self.app.bell()
            return
        self.open_message(self.here, not one.opened)
        if one.opened and self.conversation is not None:
            self.conversation.pages.came_to(one.message)

    @does(view.FoldMessages)
    def fold_messages(self) -> None:
        """Unfold all messages of the conversation, or fold them when all are unfolded."""
        if self.conversation is None:
            self.app.bell()
            return
        opened = not all(one.opened for one in self.laid.all)
        for one in self.laid.all:
            one.opened = opened
        self._gathered()
        self.go_to_head(self.here)

    @does(view.Headers)
    def toggle_headers(self) -> None:
        """All headers, or the usual ones."""
        one = self.section
        if one is None:
            return
        one.full_headers = not one.full_headers
        if not one.opened:
            self.open_message(self.here, True)
        self._lines_anew(one)
        self._gathered()
        self.go_to_head(self.here)

    # ------------------------------------------------------------------ finding

    def find(self, words: str) -> int:
        """Mark the words in the text and go to the first at or below the view; returns how many there are."""
        self.wanted, self.hit = words, -1
        for one in self.laid.all if words else ():
            if one.width and one.folded and find_lines(one.page.lines, self._hits_of):
                one.folded = frozenset()
                self._lines_anew(one)
        self._find_hits()
        below = (index for index, hit in enumerate(self.hits) if hit[0][0] >= self.top)
        self._go_to_hit(next(below, 0))
        self.refresh()
        return len(self.hits)

    def open_all(self, messages: Iterable[int]) -> None:
        """Unfold messages of the conversation and lay them out, such as those that hold what is looked for."""
        wanted = set(messages)
        place = self._at_top()
        for n, one in enumerate(self.laid.all):
            if one.message in wanted:
                one.opened = True
                if not one.width:
                    self._lay(n)
        self._gathered()
        self._to_top(place)

    @does(search.NextHit)
    def next_hit(self) -> None:
        """To the next hit, from the last one to the first."""
        self._step_hit(1)

    @does(search.PreviousHit)
    def previous_hit(self) -> None:
        """To the hit before."""
        self._step_hit(-1)

    def _step_hit(self, by: int) -> None:
        self._go_to_hit(self.hit + by)
        if self.hits:
            self.post_message(self.HitReached(self.hit + 1, len(self.hits)))

    @property
    def has_hits(self) -> bool:
        """Whether words were looked for and found."""
        return bool(self.hits)

    def _find_hits(self) -> None:
        for one in self.laid.all:
            one.hits = self.hits_in(one.lines)
        self._gathered()

    def hits_in(self, lines: Sequence[Shown]) -> list[Hit]:
        """What is to be marked in some lines."""
        if not self.wanted and not self.terms:
            return []
        return find_lines([one.line for one in lines], self._hits_of)

    def gathered_hits(self) -> None:
        """Other lines are there now: hits lie elsewhere."""
        self.hits, self.stop = self.laid.hits(), None
        self.hit = min(self.hit, len(self.hits) - 1)

    def forget_finds(self) -> None:
        """Another message is shown: what was looked for is over."""
        self.wanted, self.hits, self.hit, self.stop = "", [], -1, None

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
        y = self.hits[self.hit][0][0]
        self._bring_into_view(y)
        self._come_to(self.laid.at(y))
        self.refresh()

    # ------------------------------------------------------------------ drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        self._frame = _Frame.of(self)
        try:
            return super().render_lines(crop)
        finally:
            self._frame = None

    def render_line(self, y: int) -> Strip:
        frame = self._frame or _Frame.of(self)
        width, looks, index = frame.width, frame.looks, y + frame.top
        if frame.resized:
            return Strip.blank(width, looks[""])  # wrapped for another width: the resizing is on its way
        if index >= len(self.laid.shown):
            words = self.empty_text if not self.has_message and y == 1 else ""
            if not words:
                return frame.empty
            return drawn([Segment(f"  {words}", looks["empty"])], width, looks[""])
        one = self.laid.shown[index]
        section, here = None, False
        if self.conversation is not None and index >= len(self.laid.above):
            n = self.laid.at(index)
            section, here = self.laid.all[n], n == self.here
        look, line = one.look, one.line
        if one is HEAD and section is not None:
            look = "message-here" if here and self.has_focus else "message"
            line = head_line(section, max(width - MARGIN, 8), frame.glyphs, self.clock())
        ground = looks[look]
        margin = Segment(frame.glyphs.here, looks[f"{look} mark"]) if here else Segment(" " * MARGIN, ground)
        pieces = _pieces(line, look, looks, plain=look == "message-here")
        hits = frame.hits.get(index, [])
        if self.stop is not None and self.stop.line == index:
            hits = [*hits, (self.stop.start, self.stop.end, True)]
        if hits:
            pieces = _with_hits(pieces, 0, hits, looks.bare("hit"), looks.bare("hit-here"))
        return drawn([margin, *(Segment(text, style) for text, style in pieces)], width, ground)

    def show_focus(self) -> None:
        """The line of the message under the cursor looks different."""
        if self.conversation is not None and self.here < len(self.laid.starts):
            y = self.laid.starts[self.here] - self.top
            if 0 <= y < self.page_lines:
                self.refresh(Region(0, y, self.size.width, 1))

    # ------------------------------------------------------------------ mouse

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.top
        if y >= len(self.laid.shown):
            return
        one = self.laid.shown[y]
        n = self.laid.at(y)
        if y >= len(self.laid.above):
            self._come_to(n)
        if one is HEAD:
            self.fold_message()
        elif one.attachment:
            self.post_message(self.AttachmentChosen(self, one.attachment))
        elif one.folds and (section := self.section) is not None:
            section.folded -= {one.folds}
            self._lay_out_again()
        elif target := _link_at(one.line, event.x - MARGIN):
            link = next((link for link in self.page.links if link.target == target), Link(0, target, target))
            self.post_message(self.LinkChosen(self, link))

    def describe_place(self) -> str:
        """Where one is in the message, for a status bar: "12 %", or nothing when all is in view."""
        lines = len(self.laid.shown)
        if lines <= self.page_lines:
            return ""
        seen = min(self.top + self.page_lines, lines)
        return _("{percent} %").format(percent=seen * 100 // lines)


def hit_words(event: Reader.HitReached) -> str:
    """Where one is among the hits, for the footer."""
    return _("hit {n} of {all}").format(n=f"{event.number:,}", all=f"{event.of:,}")


class _Frame(Struct, frozen=True):
    """What all lines of one picture have in common."""

    width: int
    top: int
    looks: Looks
    glyphs: Glyphs
    resized: bool
    empty: Strip
    """A line below the text."""
    hits: dict[int, list[tuple[int, int, bool]]]
    """Line → what is marked in it: start, end, whether one is there."""

    @classmethod
    def of(cls, reader: Reader) -> _Frame:
        """For a picture of the reader as it is now."""
        width, looks, top = reader.scrollable_content_region.width, looks_of(reader), reader.top
        resized = reader.has_message and not reader.suits_width
        hits: dict[int, list[tuple[int, int, bool]]] = {}
        for n, hit in enumerate(reader.hits):
            for y, start, end in hit if hit[0][0] < top + reader.page_lines and hit[-1][0] >= top else ():
                hits.setdefault(y, []).append((start, end, n == reader.hit))
        empty = drawn([Segment("  ", looks["empty"])], width, looks[""])
        return cls(width, top, looks, glyphs_of(reader), resized, empty, hits)


def _pieces(line: Line, look: str, looks: Looks, plain: bool = False) -> list[tuple[str, Style]]:
    """The spans of a line with their styles."""
    pieces = []
    for span in line.spans:
        style = looks[look] if plain else looks[f"{look} {span.style}" if look else span.style]
        if span.link.lower().startswith(OPENS):
            style = style + Style(link=span.link)
        pieces.append((span.text, style))
    return pieces


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
