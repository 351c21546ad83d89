"""An image as lines of text: two pixels a cell where there are colours, shades of characters where there are none."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from core.pictures import Picture
from core.rendered import PLACE, Line, Page, Span
from tui.styles import INK

_SHADES = " .:-=+*#%@"
_HALF = "▀"


class Drawn(Struct, frozen=True):
    """An image of a message, made ready to be shown in it."""

    place: str
    """Where HTML has it (`core.html_images.place_of`); '' for one that is only attached."""
    title: str
    """What stands above it where it is below the text; '' for one that is shown at its place or not at all."""
    lines: tuple[Line, ...]


def with_pictures(page: Page, drawn: Sequence[Drawn]) -> Page:
    """The page with images below the lines that hold their places, and the others at the end."""
    waiting = {one.place: one for one in drawn if one.place}
    lines: list[Line] = []
    due: list[Line] = []
    for n, line in enumerate(page.lines):
        lines.append(line)
        for span in line.spans:
            one = waiting.pop(span.style.rpartition(" ")[2], None) if PLACE in span.style else None
            if one is not None:
                due += [replace(each, quote=line.quote, block=line.block, signature=line.signature) for each in one.lines]
        if due and not (_in_table(line) and n + 1 < len(page.lines) and _in_table(page.lines[n + 1])):
            lines += due
            due = []
    left = set(waiting)
    for one in drawn:
        if one.title and (not one.place or one.place in left) and one.lines:
            lines += [Line(), Line((Span(one.title, "image"),)), *one.lines]
    return replace(page, lines=tuple(lines))


def _in_table(line: Line) -> bool:
    """Whether a line belongs to a drawn table, which an image would tear apart."""
    return any(span.style == "table" for span in line.spans)


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
