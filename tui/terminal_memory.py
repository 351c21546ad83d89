"""What each cell of the terminal last showed, and the fewest bytes from there to a new picture.

Over a slow line bytes are time: a list's cursor step repaints two rows, of which few cells differ. Here every
run of cells that already shows the right thing is skipped. This is also the last gate before the terminal: no
control character and no character that turns the writing direction passes, whoever forgot to clean it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from core.cells import clusters

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e0fff]")
"""None of these takes a cell, so that leaving them out moves nothing."""
_SGR = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
_ENDED_BY = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
_SEEN_ON_BLANKS = frozenset(("4", "7", "9", "21", "51", "52", "53"))
_LINK = re.compile("[!-:<-~]+")
"""A link's target may hold printable ASCII only; `;` would end the parameters on some terminals."""
_UNDERSTOOD = 0x1F000
"""From here on terminals disagree about widths: the column is set again after such a character."""
_SHORT_GAP = 4

Piece = tuple[int, int, Sequence[Segment]]
"""Column, row, and what is shown from there."""


class Look(Struct, frozen=True, eq=False):
    """A style as a terminal knows it; equal looks are one object."""

    attributes: frozenset[str]
    foreground: str
    background: str
    link: str


PLAIN = Look(frozenset(), "", "", "")
_looks: dict[tuple[frozenset[str], str, str, str], Look] = {(PLAIN.attributes, "", "", ""): PLAIN}


@lru_cache(4096)
def look_of(style: Style | None, colours: ColorSystem | None) -> Look:
    """The look of a style on a terminal with these colours; None: without any colour."""
    if style is None:
        return PLAIN
    bits = style._attributes & style._set_attributes
    attributes = frozenset(code for bit, code in enumerate(_SGR) if bits & (1 << bit))
    foreground = background = ""
    if colours is not None and style.color is not None and not style.color.is_default:
        foreground = ";".join(style.color.downgrade(colours).get_ansi_codes())
    if colours is not None and style.bgcolor is not None and not style.bgcolor.is_default:
        background = ";".join(style.bgcolor.downgrade(colours).get_ansi_codes(foreground=False))
    link = (style.link or "").replace(";", "%3B")
    link = link if _LINK.fullmatch(link) and len(link) < 2000 else ""
    key = (attributes, foreground, background, link)
    return _looks.setdefault(key, Look(*key))


@lru_cache(4096)
def blank_of(look: Look) -> Look:
    """The look of a blank: of its colours only the background shows, unless it is underlined or reversed."""
    if look.attributes & _SEEN_ON_BLANKS or look.link:
        return look
    key = (PLAIN.attributes, "", look.background, "")
    return _looks.setdefault(key, Look(*key))


@lru_cache(4096)
def suits_blank(pen: Look, blank: Look) -> bool:
    """Whether a blank written with this pen looks as it should."""
    if pen is blank:
        return True
    return not blank.attributes and blank_of(pen) is blank


@lru_cache(4096)
def on_ground(pen: Look, blank: Look) -> Look:
    """The look for writing a blank that needs the smallest change of the pen."""
    if blank.attributes or (pen.attributes & _SEEN_ON_BLANKS) or pen.link or blank.link:
        return blank
    key = (pen.attributes, pen.foreground, blank.background, "")
    return _looks.setdefault(key, Look(*key))


@lru_cache(4096)
def change(old: Look, new: Look) -> str:
    """The bytes that change the terminal's pen from one look to the other."""
    out = ""
    if old.link != new.link:
        identity = f"id={zlib.crc32(new.link.encode()):x}" if new.link else ""
        out = f"\x1b]8;{identity};{new.link}\x1b\\"
    if (old.attributes, old.foreground, old.background) == (new.attributes, new.foreground, new.background):
        return out
    plain = not new.attributes and not new.foreground and not new.background
    if plain:
        return out + "\x1b[m"
    whole = ";".join(filter(None, ["0", *sorted(new.attributes), new.foreground, new.background]))
    gone = old.attributes - new.attributes
    if not gone <= _ENDED_BY.keys() or ({"1", "2"} & gone and {"1", "2"} & new.attributes):
        return f"{out}\x1b[{whole}m"
    step = sorted({_ENDED_BY[code] for code in gone}) + sorted(new.attributes - old.attributes)
    if old.foreground != new.foreground:
        step.append(new.foreground or "39")
    if old.background != new.background:
        step.append(new.background or "49")
    return f"{out}\x1b[{min(';'.join(step), whole, key=len)}m"


class TerminalMemory:
    """The picture on a terminal of `width` x `height` cells, unknown at first."""

    def __init__(self, width: int, height: int, colours: ColorSystem | None) -> None:
        self.width, self.height, self.colours = width, height, colours
        self.forget()

    def forget(self) -> None:
        """Trust nothing: every cell is written when it is next shown."""
        self._signs: list[list[str | None]] = [[None] * self.width for _ in range(self.height)]
        self._shown: list[list[Look]] = [[PLAIN] * self.width for _ in range(self.height)]

    def paint(self, pieces: Iterable[Piece]) -> str:
        """The bytes that show the pieces, empty when they are shown already; the memory then holds them."""
        pen = _Pen()
        for x, y, segments in pieces:
            if 0 <= y < self.height and 0 <= x < self.width:
                self._piece(pen, x, y, segments)
        return pen.finish()

    def _piece(self, pen: _Pen, x: int, y: int, segments: Sequence[Segment]) -> None:
        signs, looks = self._flatten(segments, self.width - x)
        end = x + len(signs)
        row_signs, row_looks = self._signs[y], self._shown[y]
        if row_signs[x:end] == signs and row_looks[x:end] == looks:
            return
        if row_signs[x] == "" and x:
            row_signs[x - 1] = None  # the left half of a wide character loses its right half
        if end < self.width and row_signs[end] == "":
            row_signs[end] = None
        for start, stop in _runs(row_signs, row_looks, signs, looks, x):
            pen.move(x + start, y)
            pen.write(signs[start:stop], looks[start:stop])
            if x + stop == self.width:
                pen.sure = False  # the cursor hangs behind the last column
        row_signs[x:end] = signs
        row_looks[x:end] = looks

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
            if text.isascii():
                signs.extend(text)
                if blank is look or " " not in text:
                    looks.extend([look] * len(text))
                else:
                    looks.extend([blank if sign == " " else look for sign in text])
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
    runs: list[tuple[int, int]] = []
    for at, (sign, look) in enumerate(zip(signs, looks, strict=True)):
        if old_signs[x + at] == sign and old_looks[x + at] is look:
            continue
        start = at - 1 if sign == "" and at else at
        if runs and _joins(runs[-1][1], start, signs, looks):
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((start, at + 1))
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

    def __init__(self) -> None:
        self.out: list[str] = []
        self.look = PLAIN
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

    def write(self, signs: list[str], looks: list[Look]) -> None:
        """Write cells from the cursor on."""
        out = self.out
        for sign, look in zip(signs, looks, strict=True):
            if look is not self.look and not (sign == " " and suits_blank(self.look, look)):
                wanted = on_ground(self.look, look) if sign == " " else look
                out.append(change(self.look, wanted))
                self.look = wanted
            if sign:
                if not self.sure:
                    out.append(f"\x1b[{self.x + 1}G")
                out.append(sign)
                self.sure = len(sign) == 1 and ord(sign) < _UNDERSTOOD
            self.x += 1

    def finish(self) -> str:
        """Everything written, with the colours put back."""
        if self.look is not PLAIN:
            self.out.append(change(self.look, PLAIN))
        return "".join(self.out)
