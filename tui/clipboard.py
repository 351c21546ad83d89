"""The user's own clipboard, over SSH too: OSC 52, in pieces where a terminal takes only so much at once."""

from __future__ import annotations

import base64
from collections.abc import Mapping

MOST = 74_994
"""Bytes at a time: 99,992 as base64, what most terminals take (hterm's limit of 100,000)."""
SCREEN_PIECE = 250
"""Bytes of a control string that GNU screen passes on (it cuts at 256)."""


def parts_of(text: str, most: int = MOST) -> list[str]:
    """The text in parts of at most `most` bytes of UTF-8, cut at line ends where there are some, else between letters."""
    parts: list[str] = []
    room, begun = most, ""
    for line in text.splitlines(keepends=True):
        for piece in _short(line, most):
            size = len(piece.encode("utf-8", "replace"))
            if size > room and begun:
                parts.append(begun)
                room, begun = most, ""
            begun += piece
            room -= size
    return [*parts, begun] if begun or not parts else parts


def _short(line: str, most: int) -> list[str]:
    if len(line) * 4 <= most or len(line.encode("utf-8", "replace")) <= most:
        return [line]
    step = max(most // 4, 1)
    return [line[at : at + step] for at in range(0, len(line), step)]


def sequence(text: str, environ: Mapping[str, str]) -> str:
    """What a terminal is sent to take a text into its clipboard; GNU screen gets it in pieces that it passes on."""
    data = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    whole = f"\x1b]52;c;{data}\x07"
    if "STY" not in environ or "TMUX" in environ:
        return whole
    return "".join(f"\x1bP{whole[at : at + SCREEN_PIECE]}\x1b\\" for at in range(0, len(whole), SCREEN_PIECE))
