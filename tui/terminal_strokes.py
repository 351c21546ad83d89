"""What is to be written of a line so that it shows another one: strokes, each of one look, where blanks are erased at once.

In which order they are written is left open: every stroke tells where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import is_not, ne, or_
from typing import cast

from msgspec import Struct

from tui.terminal_looks import PLAIN, Look, blank_of, change, on_ground, suits_blank
from tui.terminal_scroll import Line, Signs

_SHORT_GAP = 4
_FEW = 6
"""So many looks can be tried as the first one."""
_WAY = 5
"""Bytes that it takes to go to another place of a line."""
_ERASED = 5
"""Bytes that it takes to erase blanks."""
_LONG = 12
"""So many blanks are erased without further thought."""
_LONG_BLANKS = re.compile(f" {{{_LONG},}}")
_STEP = 4
"""Bytes that it takes to step over blanks; from ten on one more."""


class Gap(Struct, eq=False):
    """Cells that are blanked at once before anything is written there."""

    x: int
    y: int
    cells: int | None
    """None: up to the end of the line."""
    ground: Look

    @property
    def erasing(self) -> str:
        """What erases it."""
        return "\x1b[K" if self.cells is None else f"\x1b[{self.cells}X"


class Stroke(Struct, eq=False):
    """Cells to be written in one look: a sign each, '' in the right half of a wide character."""

    x: int
    y: int
    look: Look
    signs: list[str]
    needed: tuple[int, int]
    """From which sign to which: before and behind are blanks that are there already."""
    gap: Gap | None = None
    """What has to be erased before; a stroke without signs is there for that alone."""


_Bit = tuple[int, int, Look, bool]
"""From where to where cells have one look, and whether they are blanks."""


def strokes_of(old: Line, new: Line, y: int, runs: Iterable[tuple[int, int]], *, fills: bool) -> Iterator[Stroke]:
    """What turns a line into another one in the stretches `runs`, from the left to the right, in the fewest bytes.

    `fills`: whether what is erased takes the ground of the pen.
    """
    for start, stop in runs:
        bits = _bits(new, start, stop)
        gap = _gap(new, bits, y) if fills else None
        yield from _strokes(old, new, bits, y, gap)


def plain_strokes(lines: Mapping[int, Line], spans: Mapping[int, tuple[int, int]], *, fills: bool) -> Iterator[Stroke]:
    """What shows other lines in the columns `spans`: all cells as they come, but for long blanks, in little time."""
    pen = PLAIN
    for y, (start, stop) in spans.items():
        line = lines[y]
        one = _one_look(line, start, stop)
        if one is None:
            pen = yield from _look_by_look(line, (start, stop), y, pen, fills)
        else:
            look, text = one
            # Blanks alone do not show what else the pen has.
            pen = look if text.strip(" ") else pen if suits_blank(pen, look) else on_ground(pen, look)
            yield from _in_one_look(line, (start, text), y, pen, fills)


def _one_look(line: Line, start: int, stop: int) -> tuple[Look, str] | None:
    """The one look and the text of a stretch in which each sign takes a cell, blanks being of that ground; None for others."""
    signs, looks = line
    text, shown = "".join(cast(list[str], signs[start:stop])), looks[start:stop]
    if len(text) != stop - start or "" in signs[start:stop]:
        return None
    first = len(text) - len(text.lstrip(" "))
    look = shown[first if first < len(text) else 0]
    others, blank = len(text) - shown.count(look), blank_of(look)
    suits = not others or (blank is not look and others == text.count(" ") == shown.count(blank))
    return (look, text) if suits else None


def _in_one_look(line: Line, part: tuple[int, str], y: int, pen: Look, fills: bool) -> Iterator[Stroke]:
    """The strokes of a text that begins in a column; its long blanks are erased."""
    signs = cast(list[str], line[0])
    (start, text), ground = part, blank_of(pen)
    first = start
    for blanks in _LONG_BLANKS.finditer(text) if fills and not ground.attributes and not ground.link else ():
        at, end = start + blanks.start(), start + blanks.end()
        if first < at:
            yield Stroke(first, y, pen, signs[first:at], (0, at - first))
        yield Stroke(at, y, pen, [], (0, 0), Gap(at, y, None if end == len(signs) else end - at, ground))
        first = end
    if first < (stop := start + len(text)):
        yield Stroke(first, y, pen, signs[first:stop], (0, stop - first))


def _look_by_look(line: Line, span: tuple[int, int], y: int, pen: Look, fills: bool) -> Generator[Stroke, None, Look]:
    """The strokes of a stretch of many looks, and what the pen has then."""
    signs, looks = cast(list[str], line[0]), line[1]
    first = at = span[0]
    stop = span[1]
    changes = bytes(map(is_not, looks[at : stop - 1], looks[at + 1 : stop]))
    while at < stop:
        found = changes.find(1, at - span[0])
        end = span[0] + found + 1 if found >= 0 else stop
        look = looks[at]
        blank = signs[at:end].count(" ") == end - at
        erased = fills and blank and end - at >= _LONG and not look.attributes and not look.link
        if erased or (look is not pen and not (blank and suits_blank(pen, look))):
            if first < at:
                yield Stroke(first, y, pen, signs[first:at], (0, at - first))
            first, pen = at, on_ground(pen, look) if blank else look
        if erased:
            yield Stroke(at, y, pen, [], (0, 0), Gap(at, y, None if end == len(signs) else end - at, look))
            first = end
        at = end
    if first < stop:
        yield Stroke(first, y, pen, signs[first:stop], (0, stop - first))
    return pen


def in_order(strokes: Sequence[Stroke]) -> Sequence[Stroke]:
    """The strokes, line by line, in the order in which they are to be written.

    Look by look, where the names of colours are longer than the ways back and forth: the pen is then changed once for each.
    """
    looks = list(dict.fromkeys(stroke.look for stroke in strokes))
    if len(looks) in (0, len(strokes)):
        return strokes
    starts = looks if len(looks) <= _FEW else looks[:1]
    chain = min((_chain(looks, first) for first in starts), key=_cost)
    spared = _cost(stroke.look for stroke in strokes) - _cost(chain)
    ways = sum(one.y == other.y and one.x + len(one.signs) == other.x for one, other in pairwise(strokes))
    if spared <= ways * _WAY:
        return strokes
    rank = {look: n for n, look in enumerate(chain)}
    return sorted(strokes, key=lambda stroke: rank[stroke.look])


def _chain(looks: Sequence[Look], first: Look) -> list[Look]:
    """The looks from the first on, each followed by the one that is nearest to it."""
    chain, left = [first], [look for look in looks if look is not first]
    while left:
        ways = [len(change(chain[-1], look)) for look in left]
        chain.append(left.pop(ways.index(min(ways))))
    return chain


def _cost(chain: Iterable[Look]) -> int:
    return sum(len(change(old, new)) for old, new in pairwise([PLAIN, *chain]))


def ends_of(old: Line, new: Line, span: tuple[int, int]) -> tuple[int, int, int]:
    """In how many of the columns `span` two lines show other signs; and the stretch that goes from the first cell that differs
    to behind the last one."""
    (old_signs, old_looks), (signs, looks) = old, new
    x, end = span
    others = bytes(map(ne, old_signs[x:end], signs[x:end]))
    dressed = bytes(map(is_not, old_looks[x:end], looks[x:end]))
    firsts = [at for at in (others.find(1), dressed.find(1)) if at >= 0]
    if not firsts:
        return 0, x, x
    return others.count(1), *_with_halves(signs, x + min(firsts), x + max(others.rfind(1), dressed.rfind(1)) + 1)


def _with_halves(signs: Signs, start: int, stop: int) -> tuple[int, int]:
    """A stretch with both halves of the wide characters at its ends."""
    return start - (signs[start] == ""), stop + (stop < len(signs) and signs[stop] == "")


def runs_of(old: Line, new: Line, span: tuple[int, int]) -> list[tuple[int, int]]:
    """The stretches of the columns `span` that differ, those with a short gap between them as one.

    Cells of which nobody knows what they show (None) stay.
    """
    (old_signs, old_looks), (signs, looks) = old, new
    x, end = span
    differs = bytearray(map(or_, map(ne, old_signs[x:end], signs[x:end]), map(is_not, old_looks[x:end], looks[x:end])))
    if None in signs[x:end]:
        for at in range(x, end):
            differs[at - x] &= signs[at] is not None
    runs: list[tuple[int, int]] = []
    begun = ended = -1
    at = differs.find(1)
    while at >= 0:
        stop = differs.find(0, at)
        start = x + at - (signs[x + at] == "")
        if ended < 0 or start - ended > _SHORT_GAP or not _joins(ended, start, signs, looks):
            if ended >= 0:
                runs.append((begun, ended))
            begun = start
        ended = x + stop if stop >= 0 else end
        at = differs.find(1, ended - x)
    if ended >= 0:
        runs.append((begun, ended))
    return [_with_halves(signs, start, stop) for start, stop in runs]


def _joins(stop: int, start: int, signs: Signs, looks: list[Look]) -> bool:
    """Whether writing the gap again costs no more than stepping over it."""
    pen = looks[stop - 1]
    if looks[stop:start].count(pen) == start - stop and None not in (gap := signs[stop:start]):
        return "".join(cast(list[str], gap)).isascii()
    return all(
        (sign := signs[at]) is not None and sign.isascii() and (looks[at] is pen or (sign == " " and suits_blank(pen, looks[at])))
        for at in range(stop, start)
    )


def _bits(line: Line, start: int, stop: int) -> list[_Bit]:
    """Where look or blankness changes; short blanks go with the text before them."""
    signs, looks = line
    changes = bytes(map(is_not, looks[start : stop - 1], looks[start + 1 : stop]))
    bits: list[_Bit] = []
    at = start
    pen: Look | None = None  # of the text just before
    while at < stop:
        found = changes.find(1, at - start)
        end = start + found + 1 if found >= 0 else stop
        look = looks[at]
        blanks = signs[at:end].count(" ")
        if pen is not None and (look is pen or (blanks == end - at <= _STEP and suits_blank(pen, look))):
            bits[-1] = bits[-1][0], end, pen, False
        elif blanks in (0, end - at):
            bits.append((at, end, look, blanks > 0))
            pen = None if blanks else look
        else:  # blanks have a look of their own, but where it is that of the text
            for blank, same in groupby(range(at, end), lambda x: signs[x] == " "):
                last = [*same][-1] + 1
                bits.append((at, last, look, blank))
                at = last
            pen = None
        at = end
    return bits


def _spared(bits: Sequence[_Bit], n: int) -> int:
    """Bytes that need not be written for blanks that are erased already."""
    start, stop, _look, _blank = bits[n]
    if n == len(bits) - 1:
        return stop - start
    return max(stop - start - _STEP - (stop - start > 9), 0)


def _gap(line: Line, bits: Sequence[_Bit], y: int) -> Gap | None:
    """All of a stretch, where it is shorter to blank it first and to step over its blanks."""
    spared: dict[Look, int] = {}
    for n, (_start, _stop, look, blank) in enumerate(bits):
        if blank and not look.attributes and not look.link and blank_of(look) is look:
            spared[look] = spared.get(look, 0) + _spared(bits, n)
    if not spared:
        return None
    ground = max(spared, key=spared.__getitem__)
    if spared[ground] <= _ERASED:
        return None
    start, stop = bits[0][0], bits[-1][1]
    signs, looks = line
    rest = len(signs) - stop
    ends = signs[stop:].count(" ") == rest == looks[stop:].count(ground)
    return Gap(start, y, None if ends else stop - start, ground)


def _strokes(old: Line, new: Line, bits: Sequence[_Bit], y: int, gap: Gap | None) -> Iterator[Stroke]:
    """The bits in as few strokes as they need: blanks go with what stands before them, else with what comes behind them."""
    parts: list[tuple[int, int, Look]] = []
    before: _Bit | None = None
    for n, bit in enumerate(bits):
        start, stop, look, blank = bit
        if gap is not None and blank and look is gap.ground and _spared(bits, n) > 0:
            before = None
            continue
        pen = before[2] if before is not None else None
        if before is None or pen is None:
            parts.append((start, stop, look))
        elif look is pen or (blank and suits_blank(pen, look)):
            look, blank = pen, blank and before[3]
            parts[-1] = parts[-1][0], stop, look
        elif before[3] and suits_blank(look, pen):
            parts[-1] = parts[-1][0], stop, look
        else:
            parts.append((start, stop, look))
        before = start, stop, look, blank
    if gap is not None and not parts:
        yield Stroke(gap.x, y, gap.ground, [], (0, 0), gap)
    for start, stop, look in parts:
        yield _stroke(old, new, (start, stop), y, look, gap)


def _stroke(old: Line, new: Line, span: tuple[int, int], y: int, look: Look, gap: Gap | None) -> Stroke:
    (old_signs, old_looks), (signs, looks) = old, new

    def is_there(at: int) -> bool:
        if signs[at] != " ":
            return False
        return looks[at] is gap.ground if gap is not None else old_signs[at] == " " and old_looks[at] is looks[at]

    start, stop = span
    while stop > start and is_there(stop - 1):
        stop -= 1
    while start < stop and is_there(start):
        start += 1
    x = span[0]
    return Stroke(x, y, look, cast(list[str], signs[x : span[1]]), (start - x, stop - x), gap)
