"""Finding words in a text on the screen: case and accents do not matter, as in the search of mail, nor where lines end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from core.folding import fold, is_sign
from core.rendered import Line

Piece = tuple[int, int, int]
"""A line, and where in it something begins and ends."""
Hit = tuple[Piece, ...]
"""What was found: a piece of it on each line that it stands on, from the first to the last."""
_ALONE = frozenset(("fold", "rule", "header-name", "attachment"))
"""Looks of lines that belong to no text above them."""


def find_in(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where `text` holds `wanted`, as (start, end) in `text`, ascending and not overlapping."""
    if wanted.isascii() and text.isascii():
        needle = wanted.lower()
        return _all(text.lower(), needle, range(len(text) + 1)) if needle else []
    needle = "".join(_plain(char) for char in wanted)
    plain: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        piece = _plain(char)
        plain.append(piece)
        places += [index] * len(piece)
    places.append(len(text))
    found = _all("".join(plain), needle, places) if needle else []
    return [(start, max(end, start + 1)) for start, end in found]


def find_lines(lines: Sequence[Line], find: Callable[[str], list[tuple[int, int]]]) -> list[Hit]:
    """What `find` finds in lines, also where it goes on in the next line: there the line's end counts as one blank, within a
    word as nothing; what stands in front of the words (signs of a quote, indentation) does not count."""
    return [text.hit(start, end) for text in _texts(lines) for start, end in find(text.text)]


class _Text(Struct):
    """Lines that follow each other in the same text, as one."""

    text: str
    lines: list[tuple[int, int, int]]
    """Where each line begins in `text`, which one it is, and what character of it that is."""

    def hit(self, start: int, end: int) -> Hit:
        """What stands from `start` to before `end`, by lines."""
        at = bisect_right(self.lines, start, key=lambda one: one[0]) - 1
        pieces: list[Piece] = []
        while at < len(self.lines) and (at < 0 or self.lines[at][0] < end or not pieces):
            begins, line, skipped = self.lines[at]
            behind = self.lines[at + 1][0] if at + 1 < len(self.lines) else end
            first, last = max(start, begins), min(end, behind)
            if first < last:
                pieces.append((line, first - begins + skipped, last - begins + skipped))
            at += 1
        return tuple(pieces)


def _texts(lines: Sequence[Line]) -> Iterator[_Text]:
    parts: list[str] = []
    places: list[tuple[int, int, int]] = []
    size, quote = 0, 0
    for n, line in enumerate(lines):
        text = line.text
        lead = line.within if line.within >= 0 else len(text) - len(text.lstrip("> »" if line.quote else " "))
        if lead == len(text) or line.quote != quote or (parts and _stands_alone(line)):
            if parts:
                yield _Text("".join(parts), places)
            parts, places, size, quote = [], [], 0, line.quote
            if not text:
                continue
        skip = lead if parts else 0
        if parts and line.within < 0 and not parts[-1].endswith(" ") and not _unspaced(parts[-1][-1:], text[skip : skip + 1]):
            parts.append(" ")
            size += 1
        places.append((size, n, skip))
        parts.append(text[skip:])
        size += len(text) - skip
    if parts:
        yield _Text("".join(parts), places)


def _stands_alone(line: Line) -> bool:
    first = line.spans[0]
    return first.style in _ALONE and not first.text.isspace()


def _unspaced(before: str, after: str) -> bool:
    """Whether a script is written without blanks between words, as Chinese: the end of a line is none then."""
    return not before.isascii() and not after.isascii() and before < "\uac00" and is_sign(before) and is_sign(after)


def _plain(char: str) -> str:
    return char.lower() if char.isascii() else fold(char).strip()


def _all(text: str, needle: str, places: range | list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = text.find(needle)
    while at >= 0:
        found.append((places[at], places[at + len(needle)]))
        at = text.find(needle, at + len(needle))
    return found
