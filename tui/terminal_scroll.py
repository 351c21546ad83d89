"""Lines that only moved up or down: the terminal moves them itself, whole rows at a time, and the rest is written.

A page of the list or of a message turned, a line further in the reader: over a slow line that is most of what there is to
see. Deleting and inserting lines between two margins is what every terminal since the VT102 can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import is_not, ne, or_
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from tui.terminal_looks import PLAIN, Look

LEAST_LINES = 8
"""With fewer lines to write it is not worth a look."""
_LEAST_MOVED = 3
_COMMAND, _FILLING = 40, 9
"""Bytes of the commands themselves, and of making a line blank."""

Signs = list[str | None]
"""What each cell of a line shows: '' in the right half of a wide character, None where nobody knows."""
Cells = tuple[int, int, list[str], list[Look]]
"""Column, row, and a sign and a look for each cell from there."""
Line = tuple[Signs, list[Look]]


class Scroll(Struct, frozen=True):
    """The lines `top` … `bottom` moved up by `by` (down, where it is negative), and what is to be written then."""

    top: int
    bottom: int
    by: int
    ground: Look = PLAIN
    """The look of the blank lines that take the place of those that moved away."""
    cells: list[Cells] = []

    @property
    def fresh(self) -> range:
        """The lines to which none has moved."""
        count = min(abs(self.by), self.bottom + 1 - self.top)
        return range(self.bottom + 1 - count, self.bottom + 1) if self.by > 0 else range(self.top, self.top + count)

    def move(self, lines: list[Line]) -> list[Line]:
        """The lines `top` … `bottom` as they are then."""
        width = len(lines[0][0])
        fresh = self.fresh
        return [
            ([" "] * width, [self.ground] * width) if y in fresh else lines[y + self.by] for y in range(self.top, self.bottom + 1)
        ]

    def apply(self, signs: list[Signs], looks: list[list[Look]]) -> str:
        """Move the lines in what is known of the terminal; the bytes that move them there, for a pen of the ground."""
        lines = self.move(list(zip(signs, looks, strict=True)))
        for y, (row_signs, row_looks) in enumerate(lines, self.top):
            signs[y], looks[y] = row_signs, row_looks
        number, letter = (self.by, "M") if self.by > 0 else (-self.by, "L")
        return f"\x1b[{self.top + 1};{self.bottom + 1}r\x1b[{self.top + 1}H\x1b[{number}{letter}\x1b[r"


def lay(row_signs: Signs, row_looks: list[Look], x: int, signs: list[str], looks: list[Look]) -> None:
    """Have a line show these cells from `x` on. A wide character of which one half is covered is unknown."""
    end = x + len(signs)
    if row_signs[x] == "" and x:
        row_signs[x - 1] = None  # the left half of a wide character loses its right half
    if end < len(row_signs) and row_signs[end] == "":
        row_signs[end] = None
    row_signs[x:end] = signs
    row_looks[x:end] = looks


def find_scroll(signs: list[Signs], looks: list[list[Look]], cells: Sequence[Cells], fills: bool) -> Scroll | None:
    """How lines are to be moved so that fewer cells must be written; None where that spares little, or too little is known.

    `fills`: whether lines can be made blank in a look of their own.
    """
    way = _most_common_way(signs, cells)
    if way is None:
        return None
    lines: list[Line] = list(zip(signs, looks, strict=True))
    wanted: dict[int, Line] = {}
    for x, y, some_signs, some_looks in cells:
        if y not in wanted:
            wanted[y] = (list(signs[y]), list(looks[y]))
        lay(*wanted[y], x, some_signs, some_looks)
    rest = {y: wanted.get(y, lines[y]) for y in sorted({*wanted, *range(way.top, way.bottom + 1)})}
    if any(None in row for row, _looks in rest.values()) or any(None in signs[y] for y in range(way.top, way.bottom + 1)):
        return None
    if fills:
        # The first or the last of them has the cursor of a list.
        way = replace(way, ground=_ground(rest[way.fresh[len(way.fresh) // 2]]))
    stays = sum(_differing(lines[y], rest[y]) for y in range(way.top, way.bottom + 1))
    left = sum(_differing(line, rest[y]) for y, line in enumerate(way.move(lines), way.top))
    if left + _COMMAND + _FILLING * len(way.fresh) > stays * 3 // 4:
        return None
    return replace(way, cells=[(0, y, cast(list[str], row.copy()), row_looks) for y, (row, row_looks) in rest.items()])


def _most_common_way(signs: list[Signs], cells: Sequence[Cells]) -> Scroll | None:
    """How far most of the pieces that are found again have moved, and the first and the last of their lines."""
    x, _y, widest, _looks = max(cells, key=lambda one: len(one[2]))
    pieces = {y: "".join(some) for at, y, some, _looks in cells if at == x and len(some) == len(widest)}
    before = {}
    for y in range(min(pieces), max(pieces) + 1):
        row = signs[y][x : x + len(widest)]
        if None not in row:
            before["".join(cast(list[str], row))] = y
    ways: Counter[int] = Counter()
    places: dict[int, list[int]] = {}
    for y, text in pieces.items():
        old = before.get(text, y)
        if old != y and not text.isspace():
            ways[old - y] += 1
            places.setdefault(old - y, []).extend((y, old))
    by, count = ways.most_common(1)[0] if ways else (0, 0)
    return Scroll(min(places[by]), max(places[by]), by) if count >= _LEAST_MOVED else None


def _ground(line: Line) -> Look:
    """What most blank cells of a line look like."""
    looks = Counter(look for sign, look in zip(*line, strict=True) if sign == " " and not (look.attributes or look.link))
    return looks.most_common(1)[0][0] if looks else PLAIN


def _differing(line: Line, goal: Line) -> int:
    """In how many cells two lines differ."""
    if line == goal:
        return 0
    return sum(map(or_, map(ne, line[0], goal[0]), map(is_not, line[1], goal[1])))
