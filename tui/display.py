"""An application that sends its terminal only the cells that changed.

It overrides a private method of Textual 8.2 (the version is pinned for it, a byte-budget test guards it).
CORREIO_PLAIN_DISPLAY=1 turns it off: then Textual writes as it always does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from rich.console import RenderableType
from rich.control import Control
from textual import on
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.dom import DOMNode
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widget import Widget

from tui.compositor import PieceCompositor, Pieces
from tui.terminal_memory import PEN_BACK, Piece, TerminalMemory

Result = TypeVar("Result")
SWITCH = "CORREIO_PLAIN_DISPLAY"
AT_ONCE = 2_000
"""Characters that a terminal shows in one go anyway."""


class DiffDisplay(App[Result]):
    """The part of the application that writes to the terminal."""

    plain_display = os.environ.get(SWITCH, "") not in ("", "0")
    """Write as Textual does, without remembering what is shown."""
    colourless = False
    """Write no colour at all: bold, reverse and underline carry the meaning."""
    fills = False
    """Whether the terminal is known to give what it erases the ground of its pen."""
    _memory: TerminalMemory | None = None
    holds_paint = False
    """Whether what is laid out is painted a little later."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters of colours would go over every line of the screen at every key; the memory does it."""
        return super().get_line_filters() if self.plain_display else ()

    def forget_display(self) -> None:
        """Take nothing on the terminal for granted: the next picture is written whole."""
        self._memory = None

    def redraw(self) -> None:
        """Write the whole screen again, after another program has written on the terminal."""
        self.forget_display()
        self.screen.refresh(layout=True)
        for widget in self.screen.walk_children():
            widget.refresh()

    def draw_over(self, x: int, y: int, sequence: str) -> None:
        """Have the terminal draw something that is no text (an image) from a cell on, over what stands there.

        What is remembered of the cells stays: they are blank, and only what changes is written.
        """
        driver = self._driver
        if driver is None or self.is_headless or not self._running or self._closed:
            return
        self._begin_update()
        driver.write(f"\x1b7{PEN_BACK}\x1b[{y + 1};{x + 1}H{sequence}\x1b8")
        self._end_update()
        driver.flush()

    def _suspend_signal(self) -> None:
        self.forget_display()
        super()._suspend_signal()

    def _resume_signal(self) -> None:
        self.forget_display()
        super()._resume_signal()

    @on(Driver.SignalResume)
    def _came_back(self) -> None:
        self.redraw()

    def paint_now(self) -> None:
        """Show at once what has changed.

        By itself Textual goes three messages and a timer of 60 Hz from a widget to the terminal, and as far again before
        it comes to see what is in widgets that got another place.
        """
        screen = self.screen
        if not screen.is_current or self._batch_count or not self._lay_out_what_asks(screen):
            return
        changed = {widget for widget in screen._compositor.visible_widgets if widget._repaint_required and widget is not screen}
        for widget in changed:
            widget._repaint_required = False
        screen._dirty_widgets.update(changed)
        if screen._repaint_required or screen._scroll_required:
            return  # all of it: that is Textual's affair
        if screen._dirty_widgets or screen._compositor._dirty_regions:
            with screen._context():
                screen._update_timer.pause()
                screen._compositor.update_widgets(screen._dirty_widgets)
                screen._compositor_refresh()

    def lay_out_now(self) -> None:
        """Give the widgets their places at once where any asked for another one, and paint nothing yet."""
        self._lay_out_what_asks(self.screen)

    def _lay_out_what_asks(self, screen: Screen[object]) -> bool:
        """Lay out what asks for it; whether everything has its place now."""
        asked = screen._layout_required
        for widget in screen.walk_children(Widget):
            if widget._recompose_required or widget._scroll_required:
                return False
            if widget._layout_required:
                widget._layout_required, asked = False, True
                for ancestor in widget.ancestors:
                    if not isinstance(ancestor, Widget):
                        break
                    ancestor._clear_arrangement_cache()
                    ancestor._layout_updates += 1
        if asked and screen.is_current:
            screen._layout_required = False
            self.holds_paint = True
            try:
                with screen._context():
                    screen._refresh_layout()
            finally:
                self.holds_paint = False
        return True

    def _register(self, parent: DOMNode, *widgets: Widget, **places: Any) -> list[Widget]:
        for widget in widgets:
            if isinstance(widget, Screen) and not self.plain_display:
                widget._compositor = PieceCompositor()
        return super()._register(parent, *widgets, **places)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        driver = self._driver
        ready = self._running and not self._closed and not self.is_headless and not self._batch_count
        unknown = not isinstance(renderable, Pieces | LayoutUpdate | ChopsUpdate)
        if self.plain_display or not ready or renderable is None or unknown or driver is None or driver.is_inline:
            if renderable is not None and ready:
                if self._memory is not None and driver is not None:
                    driver.write(PEN_BACK)
                self.forget_display()
            super()._display(screen, renderable)
            return
        try:
            written = self._remembered().paint(_pieces(renderable))
            cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
            moved = cursor != self._previous_cursor_position
            if written or moved:
                # The cursor is hidden; where it stands matters to input methods, in a text field.
                typing = self.focused is not None and self.focused.check_consume_key("a", "a")
                self._previous_cursor_position = cursor
                written += Control.move_to(*cursor).segment.text if moved or typing else ""
                whole = self._sync_available and len(written) > AT_ONCE
                driver.write(f"{SYNC_START}{written}{SYNC_END}" if whole else written)
                driver.flush()
        finally:
            self.post_display_hook()

    def _remembered(self) -> TerminalMemory:
        width, height = self.size
        colours = None if self.colourless else self.console._color_system
        memory = self._memory
        if memory is None or (memory.width, memory.height, memory.colours) != (width, height, colours):
            keeps = getattr(self._driver, "puts_pen_back", False)
            memory = self._memory = TerminalMemory(width, height, colours, keeps_pen=keeps)
        memory.fills = self.fills
        return memory


def _pieces(update: RenderableType) -> Iterator[Piece]:
    """What an update of Textual's compositor shows where, cut as its own `render_segments` cuts it."""
    if isinstance(update, Pieces):
        yield from update.pieces
    elif isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for shown in line:
                yield x, y, list(shown)
                x += shown.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, left, right in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is None or x > right or end <= left:
                    continue
                whole = right > x >= left and end <= right
                yield x, y, list(strip if whole else strip.crop(0, min(end, right) - x))
