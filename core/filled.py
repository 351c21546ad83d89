"""Paragraphs whose lines were filled for a wider page: put together, they are filled anew, and not broken into combs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from core.cells import cell_len
from core.quotes import Row

NARROWEST, WIDEST = 60, 100
"""Cells at which programs fill lines: shorter ones may be verses, longer ones are paragraphs already."""
_FEWEST_BLANKS = 3
"""A line of prose has so many; scripts without blanks are left alone."""
_ITEM = re.compile(r"\s*(?:[-*+•o–]|\d{1,3}[.)])\s")
_NO_PROSE = re.compile(r" *(?:[|#+=<$%@\\/]|--|\w{0,4}>)")
"""Tables, code, rules, old quotes."""
_COLUMNS = re.compile(r"[^.!?:;,)\"'\s]\s{2}")
"""Two blanks, but for those after the end of a sentence, which are old custom."""
_TOLD = re.compile(r"\s*[\w.-]+:\s")
"""A name and a value, as in header lines and trailers."""
_ENDS = re.compile(r"[.!?:][\"')\]”’»*_]*$")


def filled_anew(rows: Sequence[Row], styles: Sequence[str], width: int) -> tuple[list[Row], list[str]]:
    """The rows with each such paragraph as one, where a line of it is wider than `width` cells, and their styles.

    Rows that have a style (patches) stay as they are.
    """
    found: list[Row] = []
    done = looked = 0
    for at, row in enumerate(rows):
        if at < looked or styles[at] or len(row.text) <= width - 2 * row.depth or not _is_prose(row):
            continue
        start, looked = _paragraph(rows, styles, at, looked)
        if looked - start > 1 and _is_filled([each.text for each in rows[start:looked]]):
            found += rows[done:start]
            text = " ".join((rows[start].text, *(each.text.strip() for each in rows[start + 1 : looked])))
            found.append(replace(rows[start], text=text))
            done = looked
    if not done:
        return list(rows), list(styles)
    found += rows[done:]
    return found, _styles(found, rows, styles)


def _styles(found: Sequence[Row], rows: Sequence[Row], styles: Sequence[str]) -> list[str]:
    styled = {id(row): style for row, style in zip(rows, styles, strict=True) if style}
    return [styled.get(id(row), "") for row in found]


def _is_prose(row: Row) -> bool:
    text = row.text
    if not text or row.signature or "|" in text or "\t" in text or _NO_PROSE.match(text):
        return False
    return "  " not in text or not _COLUMNS.search(text)


def _paragraph(rows: Sequence[Row], styles: Sequence[str], at: int, first: int) -> tuple[int, int]:
    """The rows around `at`, not before `first`, that are one paragraph: of one depth, and no item of a list after the first."""

    def goes_on(row: int) -> bool:
        one = rows[row]
        return one.depth == rows[at].depth and one.marked == rows[at].marked and not styles[row] and _is_prose(one)

    start = at
    while start > first and not _ITEM.match(rows[start].text) and goes_on(start - 1):
        start -= 1
    end = at + 1
    while end < len(rows) and goes_on(end) and not _ITEM.match(rows[end].text):
        end += 1
    return start, end


def _is_filled(lines: Sequence[str]) -> bool:
    """Whether each line but the last was ended because the next word had no room, and nothing else speaks for its end."""
    cells = [len(line) if line.isascii() else cell_len(line) for line in lines]
    margin = max(cells)
    first, *others = (len(line) - len(line.lstrip()) for line in lines)
    if not NARROWEST <= margin <= WIDEST or len(set(others)) > 1:
        return False
    if others[0] > first and not _ITEM.match(lines[0]):
        return False
    for at, line in enumerate(lines[:-1]):
        following = lines[at + 1].lstrip()
        if cells[at] + 1 + cell_len(following.partition(" ")[0]) <= margin or line.strip().count(" ") < _FEWEST_BLANKS:
            return False
        if line.endswith("-") or _TOLD.match(following) or (len(lines) == 2 and _ENDS.search(line)):
            return False
    return True
