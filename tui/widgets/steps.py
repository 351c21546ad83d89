"""Steps that tick as they are done: finding servers, testing an account."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from core.cells import cell_len, cut, pad
from core.clean import clean_line
from tui.glyphs import glyphs_of
from tui.styles import looks_of

_LOOKS = {"running": "", "ok": "good", "failed": "error", "warning": "warning", "absent": "faint", "skipped": "faint"}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step: what is done, how it stands, and a few words about it."""

    label: str
    state: str
    """running, ok, warning, failed; absent (nothing was there, which is no mistake) or skipped."""
    words: str = ""


class StepList(Widget):
    """The steps, one in a line: a sign, what is done, what came of it."""

    DEFAULT_CSS = "StepList { height: auto; width: 1fr; }"
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._steps: dict[str, StepLine] = {}

    def tell(self, key: str, line: StepLine) -> None:
        """Show the step `key` like this; a new one comes below the others."""
        grown = key not in self._steps
        self._steps[key] = line
        self.refresh(layout=grown)

    def clear(self) -> None:
        """Show no steps."""
        self._steps.clear()
        self.refresh(layout=True)

    def drop(self, *states: str) -> None:
        """Show the steps in these states no longer."""
        self._steps = {key: line for key, line in self._steps.items() if line.state not in states}
        self.refresh(layout=True)

    @property
    def lines(self) -> tuple[StepLine, ...]:
        """What is shown."""
        return tuple(self._steps.values())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._steps)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        looks, glyphs = looks_of(self), glyphs_of(self)
        if y >= len(self._steps):
            return Strip([Segment(" " * width, looks[""])], width)
        line = self.lines[y]
        look = _LOOKS.get(line.state, "")
        sign = {
            "running": glyphs.busy, "ok": glyphs.selected, "warning": glyphs.urgent, "failed": glyphs.urgent,
            "absent": glyphs.line, "skipped": glyphs.line,
        }.get(line.state, " ")  # fmt: skip
        widest = max(cell_len(clean_line(one.label)) for one in self._steps.values())
        column = max(min(widest, width - 12, 56), 4)
        label = pad(cut(clean_line(line.label), column, glyphs.ellipsis), column)
        words = cut(clean_line(line.words), max(width - column - 4, 0), glyphs.ellipsis)
        faint = "faint" if line.state in ("absent", "skipped") else ""
        parts = [(f"{sign} ", look), (label, faint), ("  ", ""), (words, look if line.state != "running" else "faint")]
        return Strip([Segment(text, looks[name]) for text, name in parts]).adjust_cell_length(width, looks[""])
