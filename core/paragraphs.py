"""Paragraphs and quotations in a text that is being written, by line: what editing commands work on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.cells import cell_len
from core.flowed import SIGNATURE, quote_prefix, split_quote

_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_BLOCK = re.compile(r"\s*(?:```|~~~|:::|\||#{1,6} )")


def paragraph(lines: Sequence[str], row: int) -> tuple[int, int]:
    """The first line of the paragraph at `row` and the one behind its last; (row, row) on an empty line.

    Lines of one quotation depth belong together; a list's item begins a paragraph, code and tables are none.
    """
    depth, text = split_quote(lines[row])
    if not text.strip() or text == SIGNATURE or _BLOCK.match(text):
        return row, row
    start = row
    while start and not _ITEM.match(split_quote(lines[start])[1]) and _goes_on(lines[start - 1], depth):
        start -= 1
    end = row + 1
    while end < len(lines) and _goes_on(lines[end], depth) and not _ITEM.match(split_quote(lines[end])[1]):
        end += 1
    return start, end


def _goes_on(line: str, depth: int) -> bool:
    level, text = split_quote(line)
    return level == depth and bool(text.strip()) and text != SIGNATURE and not _BLOCK.match(text)


def reflowed(lines: Sequence[str], width: int) -> list[str]:
    """The lines of one paragraph broken anew at `width` cells, their quotation marks kept; 0: one long line."""
    depth, first = split_quote(lines[0])
    words = [word for line in lines for word in split_quote(line)[1].split()]
    found = _ITEM.match(first)
    indent = first[: len(first) - len(first.lstrip())] if found is None else " " * len(found[0])
    start = first[: len(first) - len(first.lstrip())]
    prefix = quote_prefix(depth)
    made = [prefix + start]
    empty = True
    for word in words:
        if not empty and width and cell_len(made[-1]) + 1 + cell_len(word) > width:
            made.append(prefix + indent)
            empty = True
        made[-1] += word if empty else f" {word}"
        empty = False
    return made


def quotation_end(lines: Sequence[str], row: int) -> int:
    """The line behind the last of the quotation that `row` stands in or before; `row` where no quotation follows.

    Empty lines within it belong to it; one's own words end it, and so does the signature.
    """
    end = row
    for number in range(row, len(lines)):
        depth, text = split_quote(lines[number])
        if depth:
            end = number + 1
        elif text.strip():
            break
    return end
