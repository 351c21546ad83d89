"""The lines of a widget that draws whole lines itself, kept until they change.

Textual lays the styles of the sheet over every line a widget draws: padding, borders, outlines, tint, opacity. Ours bring
their looks along and have a border at the left at most. The version of Textual is pinned for it.
"""

from __future__ import annotations

from rich.segment import Segment
from textual._border import get_box
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget


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
                line = widget.render_line(y).adjust_cell_length(inside, inner.rich_style)
                strip = self._cache[y] = Strip([*edge, *line], size.width) if edge else line
            strips.append(strip)
        self._dirty_lines.difference_update(crop.line_range)
        if crop.column_span != (0, size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips


def _is_simple(widget: Widget) -> bool:
    """Whether its lines are shown as they are, but for a border at the left."""
    styles = widget.styles
    (top, _), (right, _), (bottom, _), _left = styles.border
    plain = not (top or right or bottom or styles.has_rule("hatch") or any(kind for kind, _colour in styles.outline))
    solid = styles.tint.a == 0 and styles.text_opacity == 1.0 and widget.opacity == 1.0
    untitled = widget._border_title is None and widget._border_subtitle is None
    return plain and solid and untitled and not any(styles.padding) and not widget.get_line_filters()
