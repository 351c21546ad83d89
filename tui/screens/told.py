"""A few lines to read, in a frame."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.clean import clean_line
from tui.screens.dialog import Dialog
from tui.translation import _


class Told(Dialog[None]):
    """Lines under a title; Escape closes it."""

    DEFAULT_CSS = """
    Told VerticalScroll {
        width: 100; max-width: 96%; height: auto; max-height: 80%; border: round $border; border-title-color: $foreground;
        background: $background; padding: 0 1;
    }
    """

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self.heading, self.lines = title, lines

    def compose(self) -> ComposeResult:
        with VerticalScroll() as frame:
            frame.border_title = Content(f" {clean_line(self.heading)} ")
            frame.border_subtitle = Content(_(" Esc closes "))
            yield Static(Content("\n".join(clean_line(line) for line in self.lines)), markup=False)
