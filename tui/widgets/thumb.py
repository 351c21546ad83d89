"""The scroll bar of the reader. Textual makes one line after the other of it anew at every picture; this keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from rich.color import Color
from rich.segment import Segment
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from tui.widgets.line_cache import DrawnLine


class Thumb(ScrollBar):
    """A vertical scroll bar whose lines stay as long as it shows the same."""

    _made_for: object = None
    _lines: Sequence[Strip]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part of it."""
        if self.get_line_filters():
            return super().render_lines(crop)
        size, colours = self.size, self._colours()
        window = self.window_size if self.window_size < self.window_virtual_size else 0
        shown = (size, window, self.window_virtual_size, self.position, colours)
        if shown != self._made_for:
            bar = self.renderer.render_bar(
                size.height, ceil(self.window_virtual_size), ceil(window), self.position, size.width, True, *colours
            )
            style = self.visual_style.rich_style
            lines = [segment for segment in bar.segments if not segment.control]
            alike = {
                one: DrawnLine([Segment(one.text, style + one.style if one.style else style)], size.width) for one in set(lines)
            }
            self._lines = [alike[one] for one in lines]
            self._made_for = shown
        return list(self._lines[crop.y : crop.bottom])

    def _colours(self) -> tuple[Color, Color]:
        """Of the bar's ground and of the bar."""
        parent = self.parent
        assert parent is not None
        styles = parent.styles
        if self.grabbed:
            back, front = styles.scrollbar_background_active, styles.scrollbar_color_active
        elif self.mouse_over:
            back, front = styles.scrollbar_background_hover, styles.scrollbar_color_hover
        else:
            back, front = styles.scrollbar_background, styles.scrollbar_color
        if back.a < 1:
            back = parent.background_colors[0] + back
        return back.rich_color, (back + front).rich_color
