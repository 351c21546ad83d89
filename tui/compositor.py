"""What is to be painted, cut into pieces by who stands in front: the short way of Textual's compositor.

Textual cuts the whole screen into chops and fills them from every widget that touches what has changed, those behind others
included. Here the lines that changed are given to the widgets from the front to the back until nothing is left of them.
The version of Textual is pinned for it; `tests/tui/test_terminal_memory.py` compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

if TYPE_CHECKING:
    from tui.terminal_memory import Piece


class Pieces:
    """An update of the screen for `tui.display`: every piece of a line with its place."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces


class PieceCompositor(Compositor):
    """A compositor for a screen that is written by `tui.display`."""

    def render_update(
        self, full: bool = False, screen_stack: list[Screen[object]] | None = None, simplify: bool = False
    ) -> RenderableType | None:
        """What has changed since the last time, or None; `full`: everything, as Textual gives it."""
        if full:
            return super().render_update(full, screen_stack, simplify)
        visible_screen_stack.set(screen_stack or [])
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        pieces = list(self._pieces(regions)) if regions else []
        return cast(RenderableType, Pieces(pieces)) if pieces else None

    def _pieces(self, regions: set[Region]) -> Iterator[Piece]:
        width, height = self.size
        open_lines: dict[int, list[tuple[int, int]]] = {}
        for y, start, stop in self._regions_to_spans(regions):
            if 0 <= y < height and start < width and stop > 0:
                open_lines.setdefault(y, []).append((max(start, 0), min(stop, width)))
        for widget, (region, clip) in self.visible_widgets.items():
            if not open_lines:
                return
            shown = region.intersection(clip)
            x, end = shown.column_span
            lines = [y for y in shown.line_range if y in open_lines and any(a < end and b > x for a, b in open_lines[y])]
            if not lines:
                continue
            first = lines[0]
            # No column is asked for that other widgets cover on all lines.
            x = max(x, min(open_lines[y][0][0] for y in lines))
            end = min(end, max(open_lines[y][-1][1] for y in lines))
            crop = Region(x - region.x, first - region.y, end - x, lines[-1] - first + 1)
            strips = widget.render_lines(crop)
            for y in lines:
                left: list[tuple[int, int]] = []
                for start, stop in open_lines[y]:
                    yield from _covered(strips[y - first], x, end, start, stop, y, left)
                if left:
                    open_lines[y] = left
                else:
                    del open_lines[y]


def _covered(strip: Strip, x: int, end: int, start: int, stop: int, y: int, left: list[tuple[int, int]]) -> Iterator[Piece]:
    """What a widget's line from `x` to `end` shows of a stretch of the screen; what it does not show goes to `left`."""
    begin, finish = max(start, x), min(stop, end)
    if begin >= finish:
        left.append((start, stop))
        return
    yield begin, y, strip._segments if (begin, finish) == (x, end) else strip.crop(begin - x, finish - x)._segments
    if start < begin:
        left.append((start, begin))
    if finish < stop:
        left.append((finish, stop))
