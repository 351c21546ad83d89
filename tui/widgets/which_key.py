"""The keys that can follow a sequence half typed, at the bottom of the screen. It takes no focus and waits for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widget import Widget

from core.cells import cell_len, cut, pad
from tui.actions import Action
from tui.keys import show_key, show_sequence
from tui.styles import looks_of

WIDEST = 30
"""Cells of one entry at most."""


class WhichKey(Widget):
    """A small table: next key, title of the action."""

    DEFAULT_CSS = """
    WhichKey {
        dock: bottom;
        layer: over;
        height: auto;
        background: $panel;
        border-top: solid $border;
        padding: 0 1;
    }
    """
    can_focus = False

    def __init__(self, typed: tuple[str, ...], entries: Sequence[tuple[str, type[Action]]]) -> None:
        super().__init__()
        self.typed = typed
        self.entries = [(show_key(key), action.shown_title()) for key, action in entries]

    def render(self) -> Text:
        looks = looks_of(self)
        room = max(self.content_size.width, 10)
        widest = max((cell_len(key) + cell_len(title) + 3 for key, title in self.entries), default=10)
        column = min(widest, WIDEST, room)
        across = max(room // column, 1)
        down = -(-len(self.entries) // across)
        text = Text(show_sequence(self.typed) + " …", style=looks.bare("mark"))
        for row in range(down):
            text.append("\n")
            for key, title in self.entries[row::down]:
                text.append(key + " ", looks.bare("mark"))
                text.append(pad(cut(title, column - cell_len(key) - 3), column - cell_len(key) - 1))
        return text
