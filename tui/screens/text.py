"""A text of several lines, in a frame of its own."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from core.clean import clean_line, clean_text
from tui.actions import Context, does, program, settings
from tui.screens.leaving import ModalLeftOnce
from tui.translation import _


class TextScreen(ModalLeftOnce[str | None]):
    """Gives back the text, or None when it is left as it was."""

    DEFAULT_CSS = """
    TextScreen { align: center middle; background: $background 40%; }
    TextScreen Vertical {
        width: 76; max-width: 96%; height: 16; max-height: 90%; border: round $border; border-title-color: $foreground;
        background: $background;
    }
    TextScreen TextArea { height: 1fr; border: none; padding: 0 1; background: $surface; }
    TextScreen TextArea:focus { border: none; background-tint: transparent; }
    TextScreen .keys { height: 1; padding: 0 1; color: $foreground 60%; }
    """
    key_context: ClassVar[Context] = "form"
    alone = True

    def __init__(self, title: str, text: str, help: str = "") -> None:
        super().__init__()
        self.heading, self.text, self.help_words = title, text, help

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = Content(f" {clean_line(self.heading)} ")
            yield TextArea(self.text, soft_wrap=True, tab_behavior="focus")
            yield Static(Content(_("F2 or Ctrl-S keeps it   Esc leaves it as it was")), classes="keys", markup=False)

    @does(settings.Save)
    def keep(self) -> None:
        """Keep what is written."""
        self.dismiss(clean_text(self.query_one(TextArea).text))

    @does(program.Cancel)
    def give_up(self) -> None:
        """Leave it as it was."""
        self.dismiss(None)
