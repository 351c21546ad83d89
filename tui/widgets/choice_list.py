"""A list to choose one thing from, of any length: only the lines in view are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from core.cells import cell_len, cut, pad
from core.clean import clean_line
from tui.glyphs import glyphs_of
from tui.styles import looks_of
from tui.widgets.motion import Motion

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Choice(Generic[Value]):
    """One thing to choose."""

    value: Value
    label: str
    detail: str = ""
    """Words beside the label, such as the help of an action."""
    right: str = ""
    """A word at the right, such as its keys."""
    also: str = ""
    """Found by this too where no label fits; it is not shown."""
    dim: bool = False
    """It can be chosen, but is refused then."""
    columns: tuple[str, ...] = ()
    """Words below those of the other choices, before the word at the right; all but the first stand at their columns' right."""


class ChoiceList(Motion, ScrollView, Generic[Value]):
    """Choices with a cursor."""

    DEFAULT_CSS = """
    ChoiceList { height: auto; max-height: 20; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """
    can_focus = False

    @dataclass
    class Chosen(Message):
        """A choice was clicked."""

        value: object

    def __init__(self) -> None:
        super().__init__()
        self.choices: list[Choice[Value]] = []
        self.cursor = 0
        self._widths: tuple[int, ...] = ()
        self.marks_cursor = True
        """Off for a list that is only looked at."""

    def show(self, choices: Sequence[Choice[Value]], cursor: int = 0) -> None:
        """Show these choices."""
        self.choices = list(choices)
        columns = zip(*(one.columns for one in choices), strict=False)
        self._widths = tuple(max(cell_len(clean_line(word)) for word in column) for column in columns)
        self.cursor = min(cursor, max(len(self.choices) - 1, 0))
        self.virtual_size = Size(self.size.width, len(self.choices))
        self.scroll_to(y=0, animate=False)
        self.refresh(layout=True)
        self.step(0)

    @property
    def current(self) -> Choice[Value] | None:
        """The choice under the cursor."""
        return self.choices[self.cursor] if self.choices else None

    def step(self, by: int) -> None:
        """Move the cursor by so many lines."""
        before = self.cursor
        self.cursor = min(max(self.cursor + by, 0), max(len(self.choices) - 1, 0))
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)
        for y in {before, self.cursor}:
            self.refresh(Region(0, y - self.scroll_offset.y, self.size.width, 1))

    def go_top(self) -> None:
        self.step(-len(self.choices))

    def go_bottom(self) -> None:
        self.step(len(self.choices))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        looks, glyphs = looks_of(self), glyphs_of(self)
        index = y + self.scroll_offset.y
        if index >= len(self.choices):
            return Strip([Segment(" " * width, looks[""])], width)
        choice = self.choices[index]
        over = "cursor" if index == self.cursor and self.marks_cursor else ""
        right = cut(f"{clean_line(choice.right)} ", width // 2, glyphs.ellipsis)
        columns = cut(self._columns_of(choice), max(width * 2 // 3 - cell_len(right), 0), glyphs.ellipsis)
        room = max(width - cell_len(columns) - cell_len(right) - 2, 0)
        label = cut(clean_line(choice.label), room, glyphs.ellipsis)
        detail = cut(f"  {clean_line(choice.detail)}", room - cell_len(label), "") if choice.detail else ""
        gap = " " * max(room - cell_len(label) - cell_len(detail) + 1, 0)
        name, faint = f"faint {over}" if choice.dim else over, f"faint {over}"
        parts = [(f" {label}", name), (detail, faint), (gap, over), (columns, faint), (right, f"key {over}" if over else "mark")]
        return Strip([Segment(text, looks[look]) for text, look in parts]).adjust_cell_length(width, looks[over])

    def _columns_of(self, choice: Choice[Value]) -> str:
        found = []
        for n, (word, width) in enumerate(zip(map(clean_line, choice.columns), self._widths, strict=False)):
            found.append(" " * (width - cell_len(word)) + word if n else pad(word, width))
        return "".join(f"{word}  " for word in found)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if 0 <= index < len(self.choices):
            self.step(index - self.cursor)
            self.post_message(self.Chosen(self.choices[index].value))
