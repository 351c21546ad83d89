"""How a terminal shows images: kitty's graphics, iTerm2's, sixel, or characters where it has none of these.

What the environment says is believed; where it says nothing the terminal is asked, for a moment only. Within tmux and
screen images are drawn with blocks: what is between may drop, move or cut anything else.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from core.pictures import Form

Protocol = Literal["kitty", "iterm2", "sixel", "blocks"]
QUESTION = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
"""Kitty's query, the size of a cell in pixels, and what every terminal answers, last."""
FORMS: dict[Protocol, Form] = {"kitty": "png", "iterm2": "png", "sixel": "sixel", "blocks": "rgb"}
USUAL_CELL = (10, 20)
PATIENCE = 5.0
"""Seconds for an answer: a terminal answers at once, one over the world in half a second; few stay silent."""
_CHUNK = 4096
_KITTY_TERMS = ("xterm-kitty", "xterm-ghostty")
_ITERM_PROGRAMS = ("iTerm.app", "WezTerm", "rio", "mintty")
_NO_GRAPHICS = re.compile(r"^(linux|dumb|vt\d+.*|ansi|unknown|screen.*|tmux.*)?$")
_CELL = re.compile(r"\x1b\[6;(\d{1,4});(\d{1,4})t")
_KITTY_OK = re.compile(r"\x1b_Gi=31;OK\x1b\\")
_ATTRIBUTES = re.compile(r"\x1b\[\?([\d;]*)c")


class Graphics(Struct, frozen=True):
    """What a terminal can show."""

    protocol: Protocol
    cell: tuple[int, int] = USUAL_CELL
    """Width and height of a character, pixels."""


def by_environment(environ: Mapping[str, str], setting: str = "auto") -> Protocol | None:
    """What setting and environment say; None: the terminal has to be asked."""
    if setting in ("kitty", "iterm2", "sixel", "blocks"):
        return setting  # type: ignore[return-value]
    term = environ.get("TERM", "")
    if environ.get("TMUX") or environ.get("STY") or _NO_GRAPHICS.match(term):
        return "blocks"
    if term in _KITTY_TERMS or environ.get("KITTY_WINDOW_ID") or environ.get("TERM_PROGRAM") == "ghostty":
        return "kitty"
    if environ.get("LC_TERMINAL") == "iTerm2" or environ.get("TERM_PROGRAM") in _ITERM_PROGRAMS:
        return "iterm2"
    return None


def by_answer(answer: str) -> Graphics:
    """What the terminal says to `QUESTION`; blocks where it says nothing."""
    found = _CELL.search(answer)
    cell = (int(found[2]), int(found[1])) if found and 2 <= int(found[2]) <= 200 and 2 <= int(found[1]) <= 400 else USUAL_CELL
    if _KITTY_OK.search(answer):
        return Graphics("kitty", cell)
    attributes = _ATTRIBUTES.search(answer)
    if attributes and "4" in attributes[1].split(";")[1:]:
        return Graphics("sixel", cell)
    return Graphics("blocks", cell)


def terminal_graphics(driver: object, setting: str, environ: Mapping[str, str]) -> Graphics:
    """What the terminal behind a driver can show; it is asked where that is not known. Blocks for `PATIENCE` at most."""
    ask = getattr(driver, "ask_terminal", None)
    known = by_environment(environ, setting)
    if known == "blocks" or ask is None:
        return Graphics("blocks")
    told = by_answer(ask(QUESTION, PATIENCE))
    return told if known is None else Graphics(known, told.cell)


def cells_of(width: int, height: int, cell: tuple[int, int]) -> tuple[int, int]:
    """Columns and rows that so many pixels take."""
    return max(math.ceil(width / cell[0]), 1), max(math.ceil(height / cell[1]), 1)


def sequence(protocol: Protocol, data: bytes, columns: int, rows: int) -> str:
    """What draws an image (`FORMS`) from the cursor on; the cursor's place afterwards is not defined."""
    if protocol == "kitty":
        return "".join(_kitty(base64.b64encode(data).decode("ascii"), columns, rows))
    if protocol == "iterm2":
        words = f"inline=1;size={len(data)};width={columns};height={rows};preserveAspectRatio=1;doNotMoveCursor=1"
        return f"\x1b]1337;File={words}:{base64.b64encode(data).decode('ascii')}\x07"
    if protocol == "sixel":
        # Nothing but the signs of sixel: this goes past the gate that keeps control characters away.
        return "\x1bP" + re.sub(r"[^!-~]", "", data.decode("ascii", "replace")) + "\x1b\\"
    return ""


def _kitty(text: str, columns: int, rows: int) -> Iterator[str]:
    pieces = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)] or [""]
    for n, piece in enumerate(pieces):
        more = int(n < len(pieces) - 1)
        head = f"a=T,f=100,i=1,p=1,q=2,C=1,c={columns},r={rows},m={more}" if n == 0 else f"m={more},q=2"
        yield f"\x1b_G{head};{piece}\x1b\\"


def removal(protocol: Protocol) -> str:
    """What takes the images away; '' where they have to be written over."""
    return "\x1b_Ga=d,d=A,q=2\x1b\\" if protocol == "kitty" else ""
