"""The keys that work where one is, by groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from core.cells import cell_len, cut, pad, wrap
from tui.actions import Context, does, program
from tui.glyphs import glyphs_of
from tui.guide import HelpEntry
from tui.screens.leaving import ModalLeftOnce
from tui.styles import looks_of
from tui.translation import _
from tui.widgets.motion import Motion

KEYS = 17
TITLE = 23
LEAST = 20
"""Cells below which the words for what an action does go below it."""

Table = tuple[str, Sequence[HelpEntry]]
Part = tuple[str, str]


class HelpText(Motion, ScrollView, can_focus=True):
    """The table itself: what an action does is wrapped, on a narrow screen below the action."""

    DEFAULT_CSS = "HelpText { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }"
    key_context: ClassVar[Context] = "help"

    def __init__(self, tables: Sequence[Table]) -> None:
        super().__init__()
        self.lines: list[HelpEntry | str] = []
        for title, entries in tables:
            self.lines += ["", title] if self.lines else [title]
            self.lines += entries

        self.laid: list[list[Part]] = []

    def on_resize(self) -> None:
        width = max(self.size.width - self.scrollbar_size_vertical, 0)
        self.laid = [parts for line in self.lines for parts in self._lay(line, width)]
        self.virtual_size = Size(10, len(self.laid))

    def _lay(self, line: HelpEntry | str, width: int) -> list[list[Part]]:
        ellipsis = glyphs_of(self).ellipsis
        if isinstance(line, str):
            return [[(f" {cut(line, max(width - 1, 0), ellipsis)}", "heading" if line else "")]]
        keys, title = (KEYS, TITLE) if width >= 64 else (11, 17)
        room = width - keys - title - 4
        shown = f"  {pad(line.keys, keys - 1, ellipsis)} "
        first: list[Part] = [(shown, "mark"), (pad(line.title, title, ellipsis) + " ", "")]
        if room < LEAST:
            if width < keys + LEAST:
                return [first]
            rest = wrap(line.help, width - keys - 3)
            return [first, *([(" " * (keys + 2) + one, "faint")] for one in rest)]
        words = wrap(line.help, room)
        below = " " * (keys + title + 3)
        return [[*first, (words[0], "faint")], *([(below + one, "faint")] for one in words[1:])]

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        looks = looks_of(self)
        index = y + self.scroll_offset.y
        parts = [*self.laid[index]] if index < len(self.laid) else []
        used = sum(cell_len(text) for text, _look in parts)
        parts.append((" " * max(width - used, 0), ""))
        return Strip([Segment(text, looks[look]) for text, look in parts]).adjust_cell_length(width, looks[""])


class HelpScreen(ModalLeftOnce[None]):
    """Help in a frame; `q`, `?` or Escape close it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: transparent; }
    HelpScreen HelpText {
        width: 92%; max-width: 112; height: 92%; border: round $border; border-title-color: $foreground;
        background: $background;
    }
    """
    alone = True

    def __init__(self, title: str, tables: Sequence[Table]) -> None:
        super().__init__()
        self.heading, self.tables = title, tables

    def compose(self) -> ComposeResult:
        text = HelpText(self.tables)
        text.border_title = Content(f" {self.heading} ")
        text.border_subtitle = Content(_(" q closes "))
        yield text

    @does(program.Back, program.Cancel, program.Help)
    def close_help(self) -> None:
        """Back to where one was."""
        self.dismiss(None)
