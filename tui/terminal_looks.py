"""How a cell looks, as a terminal knows it, and the fewest bytes that change its pen from one look to another."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from functools import lru_cache
from itertools import product

from msgspec import Struct
from rich.color import Color, ColorSystem, ColorType
from rich.style import Style

_SGR = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
_ENDED_BY = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
_SEEN_ON_BLANKS = frozenset(("4", "7", "9", "21", "51", "52", "53"))
_LINK = re.compile("[!-:<-~]+")
"""A link's target may hold printable ASCII only; `;` would end the parameters on some terminals."""


_CUBE = (0, 95, 135, 175, 215, 255)
_NUMBERS = {
    **{(r, g, b): 16 + n for n, (r, g, b) in enumerate(product(_CUBE, repeat=3))},
    **{(8 + 10 * n,) * 3: 232 + n for n in range(24)},
}
"""The colours of xterm's palette beyond the first sixteen, which people choose themselves."""


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
        foreground = _codes(style.color, colours, 38)
    if colours is not None and style.bgcolor is not None and not style.bgcolor.is_default:
        background = _codes(style.bgcolor, colours, 48)
    link = (style.link or "").replace(";", "%3B")
    link = link if _LINK.fullmatch(link) and len(link) < 2000 else ""
    key = (attributes, foreground, background, link)
    return _looks.setdefault(key, Look(*key))


def _codes(colour: Color, colours: ColorSystem, plane: int) -> str:
    """The parameters for a colour; one of the 240 that every terminal with 256 colours has alike goes by its short number."""
    known = _NUMBERS.get(colour.triplet) if colour.triplet and colours is ColorSystem.TRUECOLOR else None
    if known is not None and colour.type is ColorType.TRUECOLOR:
        return f"{plane};5;{known}"
    return ";".join(colour.downgrade(colours).get_ansi_codes(foreground=plane == 38))


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


def terminal_fills(environ: Mapping[str, str]) -> bool:
    """Whether the terminal gives what it erases the ground of its pen: terminfo's `bce`. GNU screen never does."""
    import curses

    if "STY" in environ:
        return False
    try:
        curses.setupterm(environ.get("TERM") or "dumb", 1)
        return curses.tigetflag("bce") > 0
    except curses.error:
        return False
