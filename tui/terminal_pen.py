"""The terminal's cursor and colours while one picture is written, and the shortest ways from one place to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from tui.terminal_looks import PLAIN, Look, blank_of, change, on_ground, suits_blank
from tui.terminal_strokes import Gap, Stroke

_UNDERSTOOD = 0x1F000
"""From here on terminals disagree about widths: the column is set again after such a character."""
_LEAST_DISPUTED = chr(_UNDERSTOOD)
_BRIDGED = 3
"""Blanks that are written again rather than stepped over."""
_FEW = 3
"""Lines and columns that a control character each goes down or back."""


class Pen:
    """What is written to a terminal of so many columns whose pen has this look, and stands nobody knows where."""

    def __init__(self, columns: int, look: Look = PLAIN) -> None:
        self.columns = columns
        self.out: list[str] = []
        self.look = look
        self.x = self.y = -1
        self.sure = False
        """Whether the terminal's cursor stands where we believe."""

    def draw(self, strokes: Sequence[Stroke]) -> None:
        """Write the strokes in this order; a gap is erased before the first of those that stand in it."""
        erased: set[int] = set()
        for stroke, following in zip_longest(strokes, strokes[1:]):
            gap = stroke.gap
            if gap is not None and id(gap) not in erased:
                erased.add(id(gap))
                self._erase(gap, stroke.look)
            start, stop = stroke.needed
            end = len(stroke.signs)
            if start <= _BRIDGED and (self.x, self.y) == (stroke.x, stroke.y):
                start = 0
            if end - stop <= _BRIDGED and following is not None and (following.x, following.y) == (stroke.x + end, stroke.y):
                stop = end
            if start < stop:
                self.move(stroke.x + start, stroke.y)
                self.wear(stroke.look)
                self._write(stroke.signs[start:stop])

    def move(self, x: int, y: int) -> None:
        """Go there by the shortest way."""
        if (x, y) == (self.x, self.y) and self.sure:
            return
        ways = [f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"]
        if y == self.y:
            ways.append(self._sideways(x))
        elif self.sure and y > self.y:
            by = y - self.y
            down = f"\x1b[{by}B" if by > 1 else "\x1b[B"
            ways.append(down + self._sideways(x))
            if 0 <= self.x - x <= _FEW:
                ways.append("\b" * (self.x - x) + down)
            if by <= _FEW:
                # Whether a line feed returns the carriage too is up to the line discipline and the terminal: the column follows.
                ways.append("\n" * by + (f"\x1b[{x + 1}G" if x else "\r"))
        self.out.append(min(ways, key=len))
        self.x, self.y, self.sure = x, y, True

    def _sideways(self, x: int) -> str:
        """To a column of this line."""
        if x == self.x and self.sure:
            return ""
        if x == 0:
            return "\r"
        there, by = f"\x1b[{x + 1}G", x - self.x
        return min(there, f"\x1b[{by}C" if by > 1 else "\x1b[C", key=len) if by > 0 and self.sure else there

    def wear(self, look: Look) -> None:
        """Write in this look from now on."""
        if look is not self.look:
            self.out.append(change(self.look, look))
            self.look = look

    def wear_ground(self, blank: Look) -> None:
        """Write blanks of this look from now on, whatever else would look like."""
        if not suits_blank(self.look, blank):
            self.wear(on_ground(self.look, blank))

    def _write(self, signs: list[str]) -> None:
        text = "".join(signs)
        if len(text) == len(signs) and "" not in signs and max(text) < _LEAST_DISPUTED:
            self.out.append(text)
            self.x += len(signs)
        else:
            for at, sign in enumerate(signs):
                if sign:
                    if not self.sure:
                        self.out.append(f"\x1b[{self.x + 1}G")
                    if len(sign) > 1 and at + 1 < len(signs) and not signs[at + 1]:
                        self.out.append("\x1b[2X")  # a terminal that gives it one cell would show in the other what was there
                    self.out.append(sign)
                    self.sure = len(sign) == 1 and ord(sign) < _UNDERSTOOD
                self.x += 1
        if self.x >= self.columns:
            self.sure = False  # the cursor hangs behind the last column

    def _erase(self, gap: Gap, look: Look) -> None:
        """Blank the cells of a gap, without writing each of them. The cursor stays before them."""
        self.move(gap.x, gap.y)
        if suits_blank(look, gap.ground):
            self.wear(look)
        else:
            self.wear_ground(gap.ground)
        self.out.append(gap.erasing)

    def finish(self, *, keeps: bool = False) -> str:
        """Everything written, with the colours put back; `keeps`: but for those that do no harm where they stay."""
        if not keeps or self.look.link or blank_of(self.look).attributes:
            self.wear(PLAIN)
        return "".join(self.out)
