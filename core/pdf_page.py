"""A page of a PDF as `pdftotext -layout` writes it, made narrow enough for the screen: columns stay columns, paragraphs flow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.cells import cell_len, wrap

_GAP = re.compile(r" {3,}")
_PIECE = re.compile(r"\S+(?: {1,2}\S+)*")
_LEADERS = re.compile(r"(?: ?\.){5,}")
_POINT = re.compile(r"\s*(?:[•●▪◦–*-]|\(?\w{1,2}[.)])\s")
"""What begins a point of a list."""
BETWEEN = 2
"""Blanks that stay between two columns at least."""
_FULL = 0.75
"""A line as long as that part of the longest one goes on in the next."""


def fitted(lines: Sequence[str], width: int) -> Iterator[str]:
    """The lines of a page in at most `width` cells.

    What fits stays as it is, but for a margin that all lines have. Where it does not fit, gaps between columns shrink, each
    column to one place, and lines of running text are put together and broken anew.
    """
    lines = [line.rstrip() for line in lines]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)
    lines = [line[margin:] for line in lines]
    widest = max(map(cell_len, lines), default=0)
    if widest <= width:
        yield from lines
        return
    lines = [_LEADERS.sub(lambda dots: " " * len(dots[0]), line) for line in lines]
    running = max((cell_len(line) for line in lines if not _GAP.search(line.strip())), default=0)
    paragraph: list[str] = []
    for line in lines:
        runs = bool(line) and not _GAP.search(line.strip())
        if paragraph and not (runs and cell_len(paragraph[-1]) >= running * _FULL and not _POINT.match(line)):
            yield from _broken(paragraph, width)
            paragraph = []
        if runs:
            paragraph.append(line)
        else:
            yield from _narrowed(line, width, widest)
    yield from _broken(paragraph, width)


def _broken(paragraph: Sequence[str], width: int) -> Iterator[str]:
    if not paragraph:
        return
    if all(cell_len(line) <= width for line in paragraph):
        yield from paragraph
        return
    indent = " " * min(len(paragraph[0]) - len(paragraph[0].lstrip()), width // 4)
    text = " ".join(line.strip() for line in paragraph)
    yield from (indent + piece for piece in wrap(text, max(width - len(indent), 8)))


def _narrowed(line: str, width: int, widest: int) -> Iterator[str]:
    """A line of columns, each where its place on the page tells; broken where even that is too wide."""
    made = ""
    for found in _PIECE.finditer(line):
        place = found.start() * width // widest
        if len(found[0]) < len(line) - found.start():
            place = min(place, width - cell_len(found[0]))
        else:
            place = found.end() * width // widest - cell_len(found[0])  # the last column ends where it ended
        at = max(place, cell_len(made) + BETWEEN if made else 0)
        made += " " * (at - cell_len(made)) + found[0]
    yield from wrap(made, width) if cell_len(made) > width else [made]
