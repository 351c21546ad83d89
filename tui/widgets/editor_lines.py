"""The lines of the editor and where they wrap: Textual's, made for long texts.

Textual wraps the whole text each time the editor is laid out (seven times while a composer opens), counts all lines for each
line it draws and joins all of them for each key.
"""

from __future__ import annotations

from itertools import accumulate, pairwise

from textual._wrap import compute_wrap_offsets
from textual.document._document import Document, EditResult
from textual.document._wrapped_document import WrappedDocument
from textual.expand_tabs import get_tab_widths

Place = tuple[int, int]


class EditorLines(Document):
    """A text that is put together once after each change: Textual asks for all of it with each line it draws."""

    changes = 0
    """How often it was changed."""
    _whole: str | None = None

    def replace_range(self, start: Place, end: Place, text: str) -> EditResult:
        self._whole = None
        self.changes += 1
        return super().replace_range(start, end, text)

    @property
    def text(self) -> str:
        if self._whole is None:
            self._whole = super().text
        return self._whole


class WrappedLines(WrappedDocument):
    """A wrapped text that knows its height, and is wrapped anew only for another text or another width."""

    document: EditorLines
    _wrapped_for: tuple[int, int, int] | None = None
    """The width, the width of tabs and the state of the text."""

    @property
    def height(self) -> int:
        return len(self._offset_to_line_info)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        wanted = width, tab_width or self._tab_width, self.document.changes
        if wanted == self._wrapped_for:
            return
        self._wrapped_for = wanted
        self._width, self._tab_width = wanted[:2]
        self._lay_out(width)

    def wrap_range(self, start: Place, old_end: Place, new_end: Place) -> None:
        super().wrap_range(start, old_end, new_end)
        self._wrapped_for = self._width, self._tab_width, self.document.changes

    def _lay_out(self, width: int) -> None:
        """Break the lines that are too long; all others, most of a quotation say, are only counted."""
        lines, text = self.document.lines, self.document.text
        cells = 1 if text.isascii() else 2
        long = {row for row, line in enumerate(lines) if width and len(line) * cells > width}
        if "\t" in text:
            long.update(row for row, line in enumerate(lines) if "\t" in line)
        breaks: list[list[int]] = [[] for _ in lines]
        tabs: list[list[int]] = [[0] if line else [] for line in lines]
        for row in long:
            sections = get_tab_widths(lines[row], self._tab_width)
            tabs[row] = [size for _, size in sections]
            if width:
                breaks[row] = compute_wrap_offsets(lines[row], width, self._tab_width, precomputed_tab_sections=sections)
        self._wrap_offsets, self._tab_width_cache = breaks, tabs
        self._offset_to_line_info = [(row, part) for row, places in enumerate(breaks) for part in range(len(places) + 1)]
        ends = accumulate((len(places) + 1 for places in breaks), initial=0)
        self._line_index_to_offsets = [list(range(start, end)) for start, end in pairwise(ends)]
