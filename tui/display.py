"""An application that sends its terminal only the cells that changed.

It overrides a private method of Textual 8.2 (the version is pinned for it, a byte-budget test guards it).
CORREIO_PLAIN_DISPLAY=1 turns it off: then Textual writes as it always does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import RenderableType
from rich.control import Control
from textual import on
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from tui.terminal_memory import Piece, TerminalMemory

Result = TypeVar("Result")
SWITCH = "CORREIO_PLAIN_DISPLAY"


class DiffDisplay(App[Result]):
    """The part of the application that writes to the terminal."""

    plain_display = os.environ.get(SWITCH, "") not in ("", "0")
    """Write as Textual does, without remembering what is shown."""
    colourless = False
    """Write no colour at all: bold, reverse and underline carry the meaning."""
    _memory: TerminalMemory | None = None

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
        driver.write(f"\x1b7\x1b[{y + 1};{x + 1}H{sequence}\x1b8")
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

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        driver = self._driver
        ready = self._running and not self._closed and not self.is_headless and not self._batch_count
        unknown = not isinstance(renderable, LayoutUpdate | ChopsUpdate)
        if self.plain_display or not ready or renderable is None or unknown or driver is None or driver.is_inline:
            if renderable is not None and ready:
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
                self._begin_update()
                driver.write(written + (Control.move_to(*cursor).segment.text if moved or typing else ""))
                self._end_update()
                driver.flush()
        finally:
            self.post_display_hook()

    def _remembered(self) -> TerminalMemory:
        width, height = self.size
        colours = None if self.colourless else self.console._color_system
        memory = self._memory
        if memory is None or (memory.width, memory.height, memory.colours) != (width, height, colours):
            memory = self._memory = TerminalMemory(width, height, colours)
        return memory


def _pieces(update: RenderableType) -> Iterator[Piece]:
    """What an update of Textual's compositor shows where, cut as its own `render_segments` cuts it."""
    if isinstance(update, LayoutUpdate):
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
