"""How many cells of a terminal a text takes, and cutting, padding and wrapping by cells.

The widths are those of `core.cell_table`; text must have passed `core.clean`.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from core.cell_table import GROWING, WIDE, ZERO, ranges

# Nothing but these: one cell each, so the length is the width.
_PLAIN = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u203b\u20ac\u2500-\u25fc]*")
_JOINER, _SELECTOR = "\u200d", "\ufe0f"
# Closing signs of Chinese and Japanese text, which begin no line.
_NO_START = frozenset("、。，．）」』】〕》！？：；)]}!?,.:;")
_MEMO = 20_000


class _Widths(dict[str, int]):
    """Width of one character, looked up once."""

    def __init__(self) -> None:
        super().__init__()
        marked = [(*pair, 0) for pair in ranges(ZERO)] + [(*pair, 2) for pair in ranges(WIDE)]
        self._ranges = sorted(marked)
        self._starts = [entry[0] for entry in self._ranges]
        self.growing = frozenset(chr(code) for first, last in ranges(GROWING) for code in range(first, last + 1))

    def __missing__(self, char: str) -> int:
        code = ord(char)
        if code < 0x20 or 0x7F <= code < 0xA0:
            width = 0
        else:
            _, last, listed = self._ranges[max(bisect_right(self._starts, code) - 1, 0)]
            width = listed if code <= last and code >= self._starts[0] else 1
        if len(self) > _MEMO:
            self.clear()
        self[char] = width
        return width


_WIDTHS = _Widths()


def one_cell_each(text: str) -> bool:
    """Whether every character takes one cell, as those of most texts do."""
    return text.isascii() or _PLAIN.fullmatch(text) is not None


def cell_len(text: str) -> int:
    """Cells that `text` takes on a terminal."""
    if text.isascii() or _PLAIN.fullmatch(text):
        return len(text)
    if _JOINER not in text and _SELECTOR not in text:
        return sum(map(_WIDTHS.__getitem__, text))
    return sum(width for _, width in clusters(text))


def clusters(text: str) -> list[tuple[str, int]]:
    """What a reader takes for one sign (a letter with its marks, a joined emoji), each with its cells."""
    found: list[tuple[str, int]] = []
    base = ""
    start = cells = 0
    joined = False
    for at, char in enumerate(text):
        if joined or char == _JOINER:
            joined = char == _JOINER and not joined
            continue
        width = _WIDTHS[char]
        if width:
            if at > start:
                found.append((text[start:at], cells))
            start, cells, base = at, width, char
        elif char == _SELECTOR:
            cells += base in _WIDTHS.growing
            base = ""
    if start < len(text):
        found.append((text[start:], cells))
    return found


def fitting(text: str, cells: int) -> int:
    """How many characters from the start of `text` fit into `cells`, never splitting a cluster."""
    if cells <= 0:
        return 0
    if text.isascii() or _PLAIN.fullmatch(text, 0, cells + 1):
        return min(len(text), cells)
    used = taken = 0
    # A cluster of more than 32 characters is no honest text; looking no farther keeps this linear.
    for sign, width in clusters(text[: cells * 32]):
        if used + width > cells:
            break
        used += width
        taken += len(sign)
    return taken


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text` if it fits into `cells`, else its start followed by `ellipsis`, together at most `cells` wide."""
    if len(text) <= cells and (text.isascii() or cell_len(text) <= cells):
        return text
    if not text.isascii() and len(text) <= cells * 4 and cell_len(text) <= cells:
        return text
    room = cells - cell_len(ellipsis)
    if room < 0:
        return text[: fitting(text, cells)]
    return text[: fitting(text, room)] + ellipsis


def pad(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text` cut or filled with blanks to exactly `cells`."""
    # A joiner at the end would swallow the first blank.
    text = cut(text, cells, ellipsis).rstrip(_JOINER)
    return text + " " * (cells - cell_len(text))


def wrap(text: str, cells: int) -> list[str]:
    """Break one line of text into lines of at most `cells`, at blanks where possible; at least one line.

    Blanks at a break are dropped; a word that is too long is broken where the room ends, as are wide
    (Chinese, Japanese, Korean) characters anywhere.
    """
    return [text[start:end] for start, end in breaks(text, cells, cells)]


def breaks(text: str, first: int, rest: int) -> list[tuple[int, int]]:
    """Where `wrap` breaks: (start, end) of each line in `text`, the first at most `first` cells, others `rest`."""
    first, rest = max(first, 1), max(rest, 1)
    if _is_plain(text):
        return _plain_breaks(text, first, rest) if len(text) > first else [(0, len(text))]
    if len(text) * 2 <= first or cell_len(text) <= first:
        return [(0, len(text))]
    return _wide_breaks(text, first, rest)


def _is_plain(text: str) -> bool:
    return text.isascii() or _PLAIN.fullmatch(text) is not None


def _plain_breaks(text: str, first: int, rest: int) -> list[tuple[int, int]]:
    found = []
    at, room, size = 0, first, len(text)
    while size - at > room:
        length = _plain_line(text, at, room)
        end = at + length
        while text[end - 1] == " " and end > at + 1:
            end -= 1
        found.append((at, end))
        at = _after_blanks(text, at + length)
        room = rest
    if at < size or not found:
        found.append((at, size))
    return found


def _plain_line(text: str, at: int, room: int) -> int:
    """How many characters from `at` on make a line; there are more than `room`, all one cell wide up to there."""
    end = text.rfind(" ", at, at + room + 1)
    return room if end <= at or text[at:end].isspace() else end - at


def _after_blanks(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] == " ":
        at += 1
    return at


def _wide_breaks(text: str, first: int, rest: int) -> list[tuple[int, int]]:
    """As `_plain_breaks`, by clusters; between wide characters a line may break as well as at blanks."""
    found: list[tuple[int, int]] = []
    at, room, size = 0, first, len(text)
    while at < size:
        # One more character than fits, and the sign that follows belongs to it perhaps: both must be plain.
        window = text[at : at + room + 2]
        if _is_plain(window):
            length = _plain_line(text, at, room) if len(window) > room else len(window)
        else:
            length = _wide_line(text, at, room)
        end = at + length
        if end < size:
            while text[end - 1] == " " and end > at + 1:
                end -= 1
        found.append((at, end))
        at = _after_blanks(text, at + length)
        room = rest
    return found or [(0, 0)]


def _wide_line(text: str, at: int, room: int) -> int:
    # Looking at no more than is needed keeps long lines linear.
    look = room + 16
    while True:
        length = _one_line(clusters(text[at : at + look]), room)
        if length < look or at + look >= len(text):
            return length
        look *= 8


def _one_line(signs: list[tuple[str, int]], room: int) -> int:
    """How many characters of the clusters make a line of `room` cells."""
    used = length = best = 0
    before = ""
    before_width = 0
    for taken, (sign, width) in enumerate(signs):
        if sign == " ":
            if before not in ("", " "):
                best = length
        elif (before_width == 2 or width == 2) and before not in ("", " ") and sign[0] not in _NO_START:
            best = length
        if used + width > room and taken:
            return best or length
        # Blanks in front (an indentation) are no place to break.
        before = "" if sign == " " and not before else sign
        before_width = width
        used += width
        length += len(sign)
    return length
