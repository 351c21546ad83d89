"""The list of messages: a Line API view over a source, however long it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from core.cells import cell_len, cut
from core.store.lists import Key, ListSource, Row
from tui.actions import Context, does, move
from tui.glyphs import glyphs_of
from tui.styles import looks_of
from tui.translation import _
from tui.widgets.choosing import Choosing
from tui.widgets.line_cache import DrawnLine
from tui.widgets.list_row import Kept, RowPainter
from tui.widgets.list_window import Children, Entry, ListWindow

WHEEL = 3
LOOK_AHEAD = 2_000
"""Rows in which the next unread one is looked for."""


class MessageList(Choosing, can_focus=True):
    """Messages or conversations, newest first."""

    DEFAULT_CSS = "MessageList { height: 1fr; width: 1fr; }"
    key_context: ClassVar[Context] = "list"

    class RowHighlighted(Message):
        """The cursor came to rest on a row, or on none."""

        def __init__(self, list: MessageList, row: Row | None) -> None:
            super().__init__()
            self.list = list
            self.row = row

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, MessageList.RowHighlighted)

    class RowOpened(Message):
        """A row was opened with Enter or a double click."""

        def __init__(self, list: MessageList, row: Row) -> None:
            super().__init__()
            self.list = list
            self.row = row

    empty_text = reactive("")
    """What an empty list says; by default that there are no messages."""
    date_pattern = reactive("auto")
    lines = reactive(1)
    """Lines of a message: 1 or 2."""
    terms: reactive[tuple[tuple[str, ...], tuple[str, ...]]] = reactive(((), ()))
    """What is marked in names and in subjects, as `core.folding.find_terms` takes it."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.clock: Callable[[], float] = time.time
        self._frame: tuple[RowPainter, range, int] | None = None
        self._kept: Kept = {}
        self._kept_for: object = None
        """What all of those lines were made for."""
        self.steps = 0
        """How often the cursor was moved by lines: who waits for something sees whether somebody has gone on meanwhile."""

    # ------------------------------------------------------------------ what is shown

    def show_source(self, source: ListSource, children: Children | None = None, at: Key | None = None) -> None:
        """Show another list, the cursor on the newest row or on the key `at`.

        `children` gives the messages of a conversation for unfolding, with their depths.
        """
        self.selection.clear()
        self.window = ListWindow(source, children, self.page_lines)
        if at is not None:
            self.window.to_key(at)
        self.refresh()
        self._tell()
        self.post_message(self.SelectionChanged(self, 0))

    def show_window(self, window: ListWindow) -> None:
        """Show a list again as it was left, cursor and unfolded conversations included."""
        self.selection.clear()
        self.window = window
        window.resize(self.page_lines)
        self.refresh()
        self._tell()
        self.post_message(self.SelectionChanged(self, 0))

    def reload(self) -> None:
        """Read the rows again; cursor, selection and view stay, and only lines that changed are drawn."""
        window = self.window
        if window is None:
            return
        before, seen = self.current, self._seen()
        window.reload()
        if window.children is not None and self.selection:
            self.selection.follow(window.source)
        now = self._seen()
        if now[0] != seen[0]:
            self.refresh()
        else:
            for y, (old, new) in enumerate(zip(seen[1], now[1], strict=True)):
                if old != new:
                    self._refresh_line(y)
        if self.current != before:
            self._tell()

    def _seen(self) -> tuple[object, list[Entry | None]]:
        """What is in view: all that places the lines, and the lines."""
        window = self.window
        if window is None:
            return (), []
        lines: list[Entry | None] = [*window.view()]
        lines += [None] * (self.page_lines - len(lines))
        return (window.cursor - window.top, self._thumb(), not window.entries, len(lines)), lines

    def take_out(self, gone: Callable[[Entry], bool]) -> None:
        """Show these lines no longer, before the store says so; the cursor goes to the next one that stays."""
        if self.window is not None:
            before = self.current
            self.window.take_out(gone)
            self.refresh()
            if self.current != before:
                self._tell()

    def go_to(self, key: Key, messages: Collection[int] = ()) -> None:
        """Put the cursor on the row with this key, or the nearest older one; in an unfolded thread on these messages."""
        if self.window is not None:
            self.window.to_messages(key, messages)
            self.moved_far()

    @property
    def page_lines(self) -> int:
        """Messages in view."""
        return max(self._room.height // self.lines, 1)

    @property
    def _room(self) -> Size:
        """The cells inside the border; while the reader stands in its place, those it had: it will have them again."""
        return self.outer_size - self.styles.gutter.totals

    def watch_lines(self) -> None:
        if self.window is not None:
            self.window.resize(self.page_lines)
        self.refresh()

    @property
    def place(self) -> tuple[int, int]:
        """Number of the row under the cursor, from 1, and how many there are; (0, 0) when there are none."""
        window = self.window
        if window is None or not window.entries:
            return 0, 0
        return window.place(window.cursor) + 1, window.total

    @property
    def has_row(self) -> bool:
        """Whether there is a row under the cursor."""
        return self.current is not None

    @property
    def has_message(self) -> bool:
        """Whether something can be done with a message."""
        return self.has_row

    # ------------------------------------------------------------------ moving

    @does(move.Top)
    def go_top(self) -> None:
        """To the newest row."""
        if self.window is not None:
            if self.window.at_newest:
                self.window.cursor = self.window.top = 0
            else:
                self.window.to_newest()
            self.moved_far()

    @does(move.Bottom)
    def go_bottom(self) -> None:
        """To the oldest row."""
        if self.window is not None:
            self.window.to_oldest()
            self.moved_far()

    @does(move.NextUnread)
    def next_unread(self) -> None:
        """To the next unread row below."""
        self._seek(1)

    @does(move.PreviousUnread)
    def previous_unread(self) -> None:
        """To the next unread row above."""
        self._seek(-1)

    @does(move.Open)
    def open_row(self) -> None:
        """Open the row under the cursor."""
        if self.current is not None:
            goal = self.screen if self.is_attached else self
            goal.post_message(self.RowOpened(self, self.current))

    def step(self, by: int) -> None:
        """Move the cursor by so many rows."""
        window = self.window
        if window is None:
            return
        top, cursor, first = window.top, window.cursor, window.entries[:1]
        self.steps += by != 0
        if not window.move(by):
            return
        self.stretch()
        if window.top == top and window.entries[:1] == first and not self.selection.anchor:
            self._refresh_line(cursor - top)
            self._refresh_line(window.cursor - top)
        else:
            self.refresh()
        self._tell()

    def _seek(self, step: int) -> None:
        window = self.window
        if window is None or not window.entries:
            return
        start = window.entries[window.cursor].parent
        line = window.cursor - window.top
        for _n in range(LOOK_AHEAD):
            if not window.move(step):
                break
            entry = window.current
            if entry is not None and entry.row.unread:
                self.moved_far()
                return
        window.to_key(start, line)
        self.refresh()
        self.app.bell()

    def moved_far(self) -> None:
        """The cursor or the lines around it are others now: draw everything, and tell."""
        super().moved_far()
        self._tell()

    def _tell(self) -> None:
        # Straight to the screen, for which it is meant: every widget on the way there would take its time for it.
        goal = self.screen if self.is_attached else self
        goal.post_message(self.RowHighlighted(self, self.current))

    # ------------------------------------------------------------------ drawing

    def _refresh_line(self, y: int) -> None:
        self.refresh(Region(0, y * self.lines, self._room.width, self.lines))

    def render_lines(self, crop: Region) -> list[Strip]:
        self._frame = self._new_frame()
        try:
            return super().render_lines(crop)
        finally:
            self._frame = None

    def _new_frame(self) -> tuple[RowPainter, range, int]:
        """What all lines of one picture have in common: what paints them, the thumb, how many messages are in view."""
        width = max(self._room.width - 1, 0)
        looks, glyphs = looks_of(self), glyphs_of(self)
        now = self.clock()
        same = (width, looks, glyphs, time.localtime(now)[:3], self.date_pattern, self.terms, self.lines)
        if self._kept_for != same:
            self._kept, self._kept_for = {}, same
        painter = RowPainter(width, looks, glyphs, now, self.date_pattern, self.terms, self.lines, self._kept)
        return painter, self._thumb(), self.page_lines

    def render_line(self, y: int) -> Strip:
        painter, bar, most = self._frame or self._new_frame()
        width, looks = self._room.width, painter.looks
        window = self.window
        entry: Entry | None = None
        at, line = divmod(y, self.lines)
        if window is not None and at < most and window.top + at < len(window.entries):
            entry = window.entries[window.top + at]
        if entry is None or window is None:
            segments = self._empty_line(painter) if y == 1 and not (window and window.entries) else painter.blank()
        else:
            segments = painter.paint(
                entry,
                line=line,
                cursor=window.top + at == window.cursor,
                focused=self.has_focus,
                selected=entry in self.selection,
            )
        thumb = Segment(painter.glyphs.thumb if at in bar else " ", looks["thumb"])
        return DrawnLine([*segments, thumb][: None if width else 0], width)

    def _empty_line(self, painter: RowPainter) -> list[Segment]:
        if self.window is None and not self.empty_text:
            return painter.blank()
        text = cut(self.empty_text or _("No messages here."), max(painter.width - 4, 0))
        filled = " " * 3 + text
        return [Segment(filled + " " * (painter.width - cell_len(filled)), painter.looks["empty"])][: painter.width]

    def _thumb(self) -> range:
        """The lines that the scroll bar's thumb covers: its place and size are those of the view in the list."""
        window = self.window
        height = self.page_lines
        if window is None or window.total <= height or not window.entries:
            return range(0)
        size = max(height * height // window.total, 1)
        first = window.place(window.top)
        free = height - size
        start = round(first * free / max(window.total - height, 1))
        start = min(max(start, 0), free)
        return range(start, start + size)

    # ------------------------------------------------------------------ mouse and window

    def on_resize(self, event: events.Resize) -> None:
        if self.window is not None:
            self.window.resize(self.page_lines)

    def show_focus(self) -> None:
        """The cursor looks different."""
        if self.window is not None:
            self._refresh_line(self.window.cursor - self.window.top)

    def on_click(self, event: events.Click) -> None:
        window = self.window
        at = event.y // self.lines
        if window is None or not 0 <= window.top + at < len(window.entries) or at >= self.page_lines:
            return
        self.step(window.top + at - window.cursor)
        if event.ctrl:
            self.selection.toggle(window.entries[window.cursor])
            self._selected()
        elif event.chain == 2:
            self.open_row()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -WHEEL)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        if self.window is not None and self.window.scroll(by):
            self.moved_far()
