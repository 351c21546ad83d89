"""Sixel graphics (DEC VT340): an image of palette colours as the characters that terminals draw it from."""

from __future__ import annotations

import re

_RUN = re.compile(rb"(.)\1{3,}", re.DOTALL)


def sixel(pixels: bytes, width: int, height: int, palette: bytes) -> bytes:
    """The data between DCS and ST, without these: `pixels` one byte each, `palette` three bytes for each colour."""
    pieces = [f'0;1q"1;1;{width};{height}'.encode()]
    for n in range(len(palette) // 3):
        red, green, blue = (round(value * 100 / 255) for value in palette[3 * n : 3 * n + 3])
        pieces.append(f"#{n};2;{red};{green};{blue}".encode())
    # A table for each row of a band turns a colour into its bit and all others into none.
    blank = bytes(256)
    base = int.from_bytes(b"?" * width, "big")
    for top in range(0, height, 6):
        rows = [pixels[y * width : (y + 1) * width] for y in range(top, min(top + 6, height))]
        for colour in sorted(set(b"".join(rows))):
            total = base
            for bit, row in enumerate(rows):
                if colour in row:
                    table = blank[:colour] + bytes((1 << bit,)) + blank[colour + 1 :]
                    total += int.from_bytes(row.translate(table), "big")
            line = total.to_bytes(width, "big").rstrip(b"?")
            pieces.append(b"#%d%b$" % (colour, _RUN.sub(_counted, line)))
        pieces.append(b"-")
    return b"".join(pieces)


def _counted(run: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(run[0]), run[1])
