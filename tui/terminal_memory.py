"""What each cell of the terminal last showed, and the fewest bytes from there to a new picture.

Over a slow line bytes are time: a list's cursor step repaints two rows, of which few cells differ. Here every
run of cells that already shows the right thing is skipped. This is also the last gate before the terminal: no
control character and no character that turns the writing direction passes, whoever forgot to clean it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice, repeat

from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from core.cells import clusters, one_cell_each
from tui.terminal_looks import PLAIN, Look, blank_of, look_of
from tui.terminal_pen import Pen
from tui.terminal_scroll import LEAST_LINES, Cells, Line, find_scroll, lay
from tui.terminal_strokes import Stroke, ends_of, in_order, plain_strokes, runs_of, strokes_of

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e0fff]")
"""None of these takes a cell, so that leaving them out moves nothing."""

_MOST_FLAT = 256
"""Lines of which signs and looks are kept."""

Flat = tuple[list[str], list[Look]]
Piece = tuple[int, int, Sequence[Segment]]
"""Column, row, and what is shown from there."""


class TerminalMemory:
    """The picture on a terminal of `width` x `height` cells, unknown at first."""

    many = 1500
    """Cells: of a picture in which more of them differ, the bytes are not counted so closely; that would take its time."""

    def __init__(self, width: int, height: int, colours: ColorSystem | None, *, fills: bool = False) -> None:
        self.width, self.height, self.colours = width, height, colours
        self.fills = fills
        """Whether what is erased takes the ground of the pen (`terminal_fills`)."""
        self._flat: dict[tuple[object, ...], tuple[list[str], list[Look], object]] = {}
        """With the styles, whose identities are in the key."""
        self.forget()

    def forget(self) -> None:
        """Trust nothing: every cell is written when it is next shown."""
        self._signs: list[list[str | None]] = [[None] * self.width for _ in range(self.height)]
        self._shown: list[list[Look]] = [[PLAIN] * self.width for _ in range(self.height)]

    def paint(self, pieces: Iterable[Piece]) -> str:
        """The bytes that show the pieces, empty when they are shown already; the memory then holds them."""
        cells: list[Cells] = [
            (x, y, *self._flatten(segments, self.width - x))
            for x, y, segments in pieces
            if 0 <= y < self.height and 0 <= x < self.width
        ]
        scroll = None
        if next(islice(filter(self._differs, cells), LEAST_LINES - 1, None), None) is not None:
            scroll = find_scroll(self._signs, self._shown, cells, self.fills)
        moved = scroll.apply(self._signs, self._shown) if scroll is not None else ""
        ground = scroll.ground if scroll is not None else PLAIN
        strokes = self._strokes(filter(self._differs, scroll.cells if scroll is not None else cells))
        pen = Pen(self.width)
        pen.wear(ground)
        pen.out.append(moved)
        pen.draw(strokes)
        return pen.finish()

    def _differs(self, piece: Cells) -> bool:
        """Whether the terminal shows something else there."""
        x, y, signs, looks = piece
        end = x + len(signs)
        return self._signs[y][x:end] != signs or self._shown[y][x:end] != looks

    def _strokes(self, cells: Iterable[Cells]) -> Sequence[Stroke]:
        """What is to be written so that these cells, which differ, are shown, in its order; the memory then holds them."""
        before: dict[int, Line] = {}
        spans: dict[int, tuple[int, int]] = {}
        for x, y, signs, looks in cells:
            if y not in before:
                before[y] = list(self._signs[y]), list(self._shown[y])
            start, stop = spans.get(y, (x, x))
            spans[y] = min(start, x), max(stop, x + len(signs))
            lay(self._signs[y], self._shown[y], x, signs, looks)
        now = {y: (self._signs[y], self._shown[y]) for y in sorted(before)}
        plain = {} if any(None in signs for signs, _looks in now.values()) else self._plain_spans(before, now, spans)
        if plain:
            return [*plain_strokes(now, plain, fills=self.fills)]
        strokes = (
            strokes_of(before[y], line, y, runs_of(before[y], line, spans[y]), fills=self.fills) for y, line in now.items()
        )
        return in_order([*chain.from_iterable(strokes)])

    def _plain_spans(
        self, before: Mapping[int, Line], now: Mapping[int, Line], spans: Mapping[int, tuple[int, int]]
    ) -> dict[int, tuple[int, int]]:
        """Of each line the columns from the first to the last that differs, where most of the picture does; else none."""
        if sum(stop - start for start, stop in spans.values()) <= self.many:
            return {}
        ends = {y: ends_of(before[y], line, spans[y]) for y, line in now.items()}
        much = sum(count for count, _start, _stop in ends.values()) > self.many
        return {y: (start, stop) for y, (_count, start, stop) in ends.items() if start < stop} if much else {}

    def _flatten(self, segments: Sequence[Segment], room: int) -> Flat:
        """A sign and a look for each cell, not to be changed; lines that only moved are known already."""
        # Styles by identity: those that are kept here stay what they are, and to compare them takes its time.
        key = (room, *[text for text, _style, _control in segments], *[id(style) for _text, style, _control in segments])
        found = self._flat.get(key)
        if found is None:
            if len(self._flat) >= _MOST_FLAT:
                self._flat.clear()
            shown = [(text, style) for text, style, control in segments if not control]
            signs, looks = self._flattened(shown, room)
            found = self._flat[key] = signs, looks, [style for _text, style, _control in segments]
        return found[0], found[1]

    def _flattened(self, shown: Sequence[tuple[str, Style | None]], room: int) -> Flat:
        """A sign and a look for each cell; the second cell of a wide character has the sign ''."""
        signs: list[str] = []
        looks: list[Look] = []
        for text, style in shown:
            look = look_of(style, self.colours)
            blank = blank_of(look)
            if not (text.isascii() and text.isprintable()) and _FORBIDDEN.search(text):
                text = _FORBIDDEN.sub("", text)
            if one_cell_each(text):
                signs.extend(text)
                if blank is look or " " not in text:
                    looks.extend([look] * len(text))
                else:
                    looks.extend(map({" ": blank}.get, text, repeat(look)))
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
                signs[-1], looks[-1] = " ", blank_of(looks[-1])
        return signs, looks
