"""What each cell of the terminal last showed, and the fewest bytes from there to a new picture.

Over a slow line bytes are time: a list's cursor step repaints two rows, of which few cells differ. Here every
run of cells that already shows the right thing is skipped. This is also the last gate before the terminal: no
control character and no character that turns the writing direction passes, whoever forgot to clean it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import is_not, ne, or_

from rich.color import ColorSystem
from rich.segment import Segment

from core.cells import clusters, one_cell_each
from tui.terminal_looks import PLAIN, Look, blank_of, change, look_of, on_ground, suits_blank
from tui.terminal_scroll import LEAST_LINES, Cells, find_scroll, lay

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e0fff]")
"""None of these takes a cell, so that leaving them out moves nothing."""
_UNDERSTOOD = 0x1F000
"""From here on terminals disagree about widths: the column is set again after such a character."""
_LEAST_DISPUTED = chr(_UNDERSTOOD)
_SHORT_GAP = 4
_BLANKS = re.compile(" +")
_LEAST_ERASED = 11
"""From so many blanks on, erasing them and going on behind them is shorter than writing them."""

Piece = tuple[int, int, Sequence[Segment]]
"""Column, row, and what is shown from there."""


class TerminalMemory:
    """The picture on a terminal of `width` x `height` cells, unknown at first."""

    def __init__(self, width: int, height: int, colours: ColorSystem | None, *, fills: bool = False) -> None:
        self.width, self.height, self.colours = width, height, colours
        self.fills = fills
        """Whether what is erased takes the ground of the pen (`terminal_fills`)."""
        self.forget()

    def forget(self) -> None:
        """Trust nothing: every cell is written when it is next shown."""
        self._signs: list[list[str | None]] = [[None] * self.width for _ in range(self.height)]
        self._shown: list[list[Look]] = [[PLAIN] * self.width for _ in range(self.height)]

    def paint(self, pieces: Iterable[Piece]) -> str:
        """The bytes that show the pieces, empty when they are shown already; the memory then holds them."""
        pen = _Pen(self.fills)
        cells: list[Cells] = [
            (x, y, *self._flatten(segments, self.width - x))
            for x, y, segments in pieces
            if 0 <= y < self.height and 0 <= x < self.width
        ]
        if sum(map(self._differs, cells)) >= LEAST_LINES:
            cells = self._scrolled(pen, cells)
        for piece in cells:
            if self._differs(piece):
                self._piece(pen, *piece)
        return pen.finish()

    def _differs(self, piece: Cells) -> bool:
        """Whether the terminal shows something else there."""
        x, y, signs, looks = piece
        end = x + len(signs)
        return self._signs[y][x:end] != signs or self._shown[y][x:end] != looks

    def _scrolled(self, pen: _Pen, cells: list[Cells]) -> list[Cells]:
        """Have the terminal move lines where that spares much; what is left to write."""
        scroll = find_scroll(self._signs, self._shown, cells, self.fills)
        if scroll is None:
            return cells
        pen.out.append(scroll.apply(self._signs, self._shown))
        for y in scroll.fresh if scroll.ground is not PLAIN else ():
            pen.move(0, y)
            pen.wear(scroll.ground)
            pen.out.append("\x1b[K")
        return scroll.cells

    def _piece(self, pen: _Pen, x: int, y: int, signs: list[str], looks: list[Look]) -> None:
        row_signs, row_looks = self._signs[y], self._shown[y]
        differing = _runs(row_signs, row_looks, signs, looks, x)
        lay(row_signs, row_looks, x, signs, looks)
        for start, stop in differing:
            pen.move(x + start, y)
            pen.write(signs[start:stop], looks[start:stop])
            if x + stop == self.width:
                pen.sure = False  # the cursor hangs behind the last column

    def _flatten(self, segments: Sequence[Segment], room: int) -> tuple[list[str], list[Look]]:
        """A sign and a look for each cell; the second cell of a wide character has the sign ''."""
        signs: list[str] = []
        looks: list[Look] = []
        for text, style, control in segments:
            if control:
                continue
            look = look_of(style, self.colours)
            if _FORBIDDEN.search(text):
                text = _FORBIDDEN.sub("", text)
            blank = blank_of(look)
            if one_cell_each(text):
                at = len(looks)
                signs.extend(text)
                looks.extend([look] * len(text))
                if blank is not look:
                    for gap in _BLANKS.finditer(text):
                        start, stop = gap.span()
                        looks[at + start : at + stop] = [blank] * (stop - start)
                continue
            for sign, width in clusters(text):
                if width == 0 and signs:
                    signs[-1 if signs[-1] or len(signs) < 2 else -2] += sign
                elif width:
                    signs.extend((sign, "") if width == 2 else (sign,))
                    looks.extend([blank if sign == " " else look] * width)
        if len(signs) > room:
            del signs[room:], looks[room:]
            if len(clusters(signs[-1])) == 1 and clusters(signs[-1])[0][1] == 2:
                signs[-1] = " "
        return signs, looks


def _runs(
    old_signs: list[str | None], old_looks: list[Look], signs: list[str], looks: list[Look], x: int
) -> list[tuple[int, int]]:
    """The stretches that differ, those with a short gap between them as one."""
    end = x + len(signs)
    differs = bytes(map(or_, map(ne, old_signs[x:end], signs), map(is_not, old_looks[x:end], looks)))
    runs: list[tuple[int, int]] = []
    begun = ended = -1
    at = differs.find(1)
    while at >= 0:
        stop = differs.find(0, at)
        start = at - 1 if signs[at] == "" and at else at
        if ended < 0 or not _joins(ended, start, signs, looks):
            if ended >= 0:
                runs.append((begun, ended))
            begun = start
        ended = stop if stop >= 0 else len(signs)
        at = differs.find(1, ended)
    if ended >= 0:
        runs.append((begun, ended))
    return [(start, stop + (stop < len(signs) and signs[stop] == "")) for start, stop in runs]


def _joins(stop: int, start: int, signs: list[str], looks: list[Look]) -> bool:
    """Whether writing the gap again costs no more than stepping over it."""
    if start <= stop:
        return True
    gap = range(stop, start)
    pen = looks[stop - 1]
    return len(gap) <= _SHORT_GAP and all(
        signs[at].isascii() and (looks[at] is pen or (signs[at] == " " and suits_blank(pen, looks[at]))) for at in gap
    )


class _Pen:
    """The terminal's cursor and colours while one picture is written."""

    def __init__(self, fills: bool) -> None:
        self.out: list[str] = []
        self.look = PLAIN
        self.fills = fills
        self.x = self.y = -1
        self.sure = False
        """Whether the terminal's cursor stands where we believe."""

    def move(self, x: int, y: int) -> None:
        """Go there by the shortest way."""
        if self.sure and self.y == y and self.x == x:
            return
        if self.sure and self.y == y and self.x < x:
            self.out.append(f"\x1b[{x - self.x}C")
        elif self.sure and x == 0 and self.y + 1 == y:
            self.out.append("\r\n")
        else:
            self.out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self.x, self.y, self.sure = x, y, True

    def wear(self, look: Look) -> None:
        """Write in this look from now on."""
        if look is not self.look:
            self.out.append(change(self.look, look))
            self.look = look

    def write(self, signs: list[str], looks: list[Look]) -> None:
        """Write cells from the cursor on."""
        ends = [at for at, (look, other) in enumerate(pairwise(looks), 1) if look is not other]
        ends.append(len(signs))
        pen, ground = self.look, blank_of(self.look)
        first = begun = 0
        for end in ends:
            look, count = looks[first], end - first
            erased = self.fills and count > _LEAST_ERASED and blank_of(look) is look
            if erased or (look is not pen and (look is not ground or signs[first:end].count(" ") < count)):
                self._signs(signs[begun:first])
                if blank_of(look) is look:
                    self._blanks_too(signs, look, first, end)
                    begun = end
                else:
                    self.wear(look)
                    begun = first
                pen, ground = self.look, blank_of(self.look)
            first = end
        self._signs(signs[begun:])

    def _blanks_too(self, signs: list[str], look: Look, at: int, end: int) -> None:
        """Write cells of one look that suits blanks; many of these are erased."""
        while at < end:
            first = at
            blank = signs[at] == " "
            while at < end and (signs[at] == " ") is blank:
                at += 1
            if not blank:
                self.wear(look)
                self._signs(signs[first:at])
            elif self.fills and at - first > _LEAST_ERASED and not look.attributes and not look.link:
                self._erase(look, at - first, at < len(signs))
            else:
                if not suits_blank(self.look, look):
                    self.wear(on_ground(self.look, look))
                self._signs(signs[first:at])

    def _signs(self, signs: list[str]) -> None:
        if not signs:
            return
        text = "".join(signs)
        if self.sure and len(text) == len(signs) and "" not in signs and max(text) < _LEAST_DISPUTED:
            self.out.append(text)
            self.x += len(signs)
            return
        for at, sign in enumerate(signs):
            if sign:
                if not self.sure:
                    self.out.append(f"\x1b[{self.x + 1}G")
                if len(sign) > 1 and at + 1 < len(signs) and not signs[at + 1]:
                    self.out.append("\x1b[2X")  # a terminal that gives it one cell would show in the other what was there
                self.out.append(sign)
                self.sure = len(sign) == 1 and ord(sign) < _UNDERSTOOD
            self.x += 1

    def _erase(self, look: Look, count: int, goes_on: bool) -> None:
        """Blank cells, without writing each of them. The cursor stays before them unless it has to go on."""
        if not suits_blank(self.look, look):
            self.wear(on_ground(self.look, look))
        if not self.sure:
            self.out.append(f"\x1b[{self.x + 1}G")
            self.sure = True
        self.out.append(f"\x1b[{count}X")
        if goes_on:
            self.out.append(f"\x1b[{count}C")
            self.x += count

    def finish(self) -> str:
        """Everything written, with the colours put back."""
        self.wear(PLAIN)
        return "".join(self.out)
