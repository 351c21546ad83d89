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

from core.cells import cell_len, cut, pad
from tui.actions import Context, does, program
from tui.glyphs import glyphs_of
from tui.guide import HelpEntry
from tui.screens.leaving import ModalLeftOnce
from tui.styles import looks_of
from tui.translation import _
from tui.widgets.motion import Motion

KEYS = 16
TITLE = 24

Table = tuple[str, Sequence[HelpEntry]]


class HelpText(Motion, ScrollView, can_focus=True):
    """The table itself, wrapped to nothing: what does not fit is cut."""

    DEFAULT_CSS = "HelpText { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }"
    key_context: ClassVar[Context] = "help"

    def __init__(self, tables: Sequence[Table]) -> None:
        super().__init__()
        self.lines: list[HelpEntry | str] = []
        for title, entries in tables:
            self.lines += ["", title] if self.lines else [title]
            self.lines += entries

    def on_mount(self) -> None:
        self.virtual_size = Size(10, len(self.lines))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        looks, glyphs = looks_of(self), glyphs_of(self)
        index = y + self.scroll_offset.y
        line = self.lines[index] if index < len(self.lines) else ""
        if isinstance(line, str):
            parts = [(f" {cut(line, max(width - 1, 0), glyphs.ellipsis)}", "heading" if line else "")]
        else:
            keys, title = (KEYS, TITLE) if width >= 64 else (10, 18)
            parts = [
                ("  " + pad(line.keys, keys, glyphs.ellipsis), "mark"),
                (pad(line.title, title, glyphs.ellipsis) + " ", ""),
                (cut(line.help, max(width - keys - title - 4, 0), glyphs.ellipsis), "faint"),
            ]
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
