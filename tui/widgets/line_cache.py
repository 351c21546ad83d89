"""The lines of a widget that draws whole lines itself, kept until they change.

Textual lays the styles of the sheet over every line a widget draws: padding, borders, outlines, tint, opacity. Ours bring
their looks along and have a border at the left at most. The version of Textual is pinned for it.
"""

from __future__ import annotations

from typing import Any

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual._border import get_box
from textual._styles_cache import StylesCache
from textual.cache import FIFOCache
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from core.cells import cell_len


class DrawnLine(Strip):
    """A line of a widget. Textual makes seven caches for each of its strips; this one makes those that are asked for."""

    __slots__ = ()

    def __init__(self, segments: list[Segment], cell_length: int) -> None:
        self._segments = segments
        self._cell_length = cell_length

    def __getattr__(self, name: str) -> Any:
        if name not in Strip.__slots__:
            raise AttributeError(name)
        made = FIFOCache[Any, Any](4) if name.endswith("_cache") and name != "_render_cache" else None
        setattr(self, name, made)
        return made


def drawn(segments: list[Segment], width: int, ground: RichStyle) -> Strip:
    """A line of exactly so many cells; what is left of them is blank."""
    used = sum(cell_len(one.text) for one in segments)
    if used > width:
        return Strip(segments, used).crop(0, width)
    return DrawnLine([*segments, Segment(" " * (width - used), ground)] if used < width else segments, width)


class LineCache(StylesCache):
    """Textual's cache, with a short way for lines that need no more than their left border."""

    def render_widget(self, widget: Widget, crop: Region) -> list[Strip]:
        """The lines of a part of the widget."""
        if not _is_simple(widget):
            return super().render_widget(widget, crop)
        size, inside = widget.region.size, widget.content_region.width
        if size.width != self._width:
            self.clear()
            self._width = size.width
        base, ground = widget.background_colors
        inner, outer = self.get_inner_outer(base, ground)
        kind, colour = widget.styles.border[3]
        edge: list[Segment] = [get_box(kind, inner, outer, Style(foreground=base + colour))[1][0]] if kind else []
        strips = []
        for y in crop.line_range:
            strip = None if y in self._dirty_lines else self._cache.get(y)
            if strip is None:
                line = widget.render_line(y)
                if line.cell_length > inside:
                    line = line.adjust_cell_length(inside)
                strip = self._cache[y] = DrawnLine([*edge, *line._segments], len(edge) + line.cell_length) if edge else line
            strips.append(strip)
        self._dirty_lines.difference_update(crop.line_range)
        start, end = crop.column_span
        return [
            # Of the reader's lines, only the scroll bar is to the right: they end before it.
            strip if not start and strip.cell_length == end else _stretch(strip, start, end, size.width, inner.rich_style)
            for strip in strips
        ]


def _stretch(strip: Strip, start: int, end: int, width: int, ground: RichStyle) -> Strip:
    """Some columns of a line that is `width` wide, its end filled up."""
    filled = strip.extend_cell_length(width, ground)
    return filled if (start, end) == (0, width) else filled.crop(start, end)


def _is_simple(widget: Widget) -> bool:
    """Whether its lines are shown as they are, but for a border at the left."""
    styles = widget.styles
    (top, _), (right, _), (bottom, _), _left = styles.border
    plain = not (top or right or bottom or styles.has_rule("hatch") or any(kind for kind, _colour in styles.outline))
    solid = styles.tint.a == 0 and styles.text_opacity == 1.0 and widget.opacity == 1.0
    untitled = widget._border_title is None and widget._border_subtitle is None
    return plain and solid and untitled and not any(styles.padding) and not widget.get_line_filters()
