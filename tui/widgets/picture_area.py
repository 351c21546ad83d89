"""An image in cells: two pixels a cell where there are colours, shades of characters where there are none."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from core.pictures import Picture
from tui.styles import looks_of

_SHADES = " .:-=+*#%@"
_HALF = "▀"


def block_lines(picture: Picture) -> list[list[tuple[str, Style]]]:
    """Lines of (text, style): each cell shows a pixel above and one below it."""
    width, height, data = picture.width, picture.height, picture.data
    lines = []
    for y in range(0, height, 2):
        cells: list[tuple[str, Style]] = []
        before, count = (b"", b""), 0
        for x in range(width):
            at, below = (y * width + x) * 3, ((y + 1) * width + x) * 3
            pair = (data[at : at + 3], data[below : below + 3] if y + 1 < height else b"")
            if count and pair != before:
                cells.append((_HALF * count, _style(*before)))
                count = 0
            before, count = pair, count + 1
        if count:
            cells.append((_HALF * count, _style(*before)))
        lines.append(cells)
    return lines


def shade_lines(picture: Picture) -> list[str]:
    """Lines of characters, the darker the pixel the emptier: a line for two rows of pixels."""
    width, height, data = picture.width, picture.height, picture.data
    lines = []
    for y in range(0, height, 2):
        rows = [data[row * width * 3 : (row + 1) * width * 3] for row in (y, y + 1) if row < height]
        lights = [
            sum(299 * row[3 * x] + 587 * row[3 * x + 1] + 114 * row[3 * x + 2] for row in rows) // len(rows) for x in range(width)
        ]
        lines.append("".join(_SHADES[light * (len(_SHADES) - 1) // 255_000] for light in lights).rstrip())
    return lines


def _style(above: bytes, below: bytes) -> Style:
    return Style(color=_colour(above), bgcolor=_colour(below) if below else None)


def _colour(pixel: bytes) -> Color:
    return Color.from_rgb(pixel[0], pixel[1], pixel[2])


class PictureArea(Widget):
    """A place for one image, in the middle of what it has: drawn with characters, or left blank for the terminal to draw."""

    DEFAULT_CSS = "PictureArea { height: 1fr; width: 1fr; }"
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words = ""
        """What is said while there is no image."""
        self._lines: list[list[tuple[str, Style]]] = []
        self._width = 0

    def show_words(self, words: str) -> None:
        """Say something instead of an image."""
        self.words, self._lines = words, []
        self.refresh()

    def show_blocks(self, picture: Picture, *, colours: bool) -> None:
        """Draw an image with characters."""
        self.words, self._width = "", picture.width
        if colours:
            self._lines = block_lines(picture)
        else:
            self._lines = [[(line, Style.null())] for line in shade_lines(picture)]
        self.refresh()

    def show_nothing(self) -> None:
        """Leave all cells blank: the terminal draws the image over them."""
        self.show_words("")

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, looks_of(self)[""]
        top = max((self.size.height - len(self._lines)) // 2, 0)
        if self.words:
            return Strip([Segment(f"  {self.words}" if y == 1 else "", looks_of(self)["empty"])]).adjust_cell_length(width, base)
        if not 0 <= y - top < len(self._lines):
            return Strip.blank(width, base)
        left = max((width - self._width) // 2, 0)
        pieces = [Segment(" " * left, base), *(Segment(text, base + style) for text, style in self._lines[y - top])]
        return Strip(pieces).adjust_cell_length(width, base)
