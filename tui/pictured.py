"""An image as lines of text: two pixels a cell where there are colours, shades of characters where there are none."""

from __future__ import annotations

from core.pictures import Picture
from core.rendered import Line, Span
from tui.styles import INK

_SHADES = " .:-=+*#%@"
_HALF = "▀"


def picture_lines(picture: Picture, *, colours: bool) -> list[Line]:
    """The lines of an image (`rgb`), one for two rows of pixels."""
    return _blocks(picture) if colours else _shades(picture)


def _blocks(picture: Picture) -> list[Line]:
    width, height, data = picture.width, picture.height, picture.data
    lines = []
    for y in range(0, height, 2):
        spans: list[Span] = []
        before, count = "", 0
        for x in range(width):
            at, below = (y * width + x) * 3, ((y + 1) * width + x) * 3
            look = f"{INK}{data[at : at + 3].hex()}:{data[below : below + 3].hex() if y + 1 < height else ''}"
            if count and look != before:
                spans.append(Span(_HALF * count, before))
                count = 0
            before, count = look, count + 1
        if count:
            spans.append(Span(_HALF * count, before))
        lines.append(Line(tuple(spans)))
    return lines


def _shades(picture: Picture) -> list[Line]:
    """The darker the pixel the emptier."""
    width, height, data = picture.width, picture.height, picture.data
    lines = []
    for y in range(0, height, 2):
        rows = [data[row * width * 3 : (row + 1) * width * 3] for row in (y, y + 1) if row < height]
        lights = [
            sum(299 * row[3 * x] + 587 * row[3 * x + 1] + 114 * row[3 * x + 2] for row in rows) // len(rows) for x in range(width)
        ]
        text = "".join(_SHADES[light * (len(_SHADES) - 1) // 255_000] for light in lights).rstrip()
        lines.append(Line((Span(text),)))
    return lines
