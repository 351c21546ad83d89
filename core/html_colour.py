"""Colours of HTML as one of six hues: a theme gives each a shade that can be read on its ground."""

from __future__ import annotations

import re
from functools import lru_cache

_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})(?:[0-9a-f]{2}|[0-9a-f])?")
_PARTS = re.compile(r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\b")
_NAMES = {
    "red": "red", "darkred": "red", "crimson": "red", "firebrick": "red", "maroon": "red", "tomato": "red", "orangered": "red",
    "orange": "yellow", "darkorange": "yellow", "gold": "yellow", "goldenrod": "yellow", "yellow": "yellow",
    "green": "green", "darkgreen": "green", "lime": "green", "limegreen": "green", "forestgreen": "green", "seagreen": "green",
    "olive": "yellow", "teal": "cyan", "cyan": "cyan", "aqua": "cyan", "turquoise": "cyan", "darkcyan": "cyan",
    "blue": "blue", "darkblue": "blue", "mediumblue": "blue", "navy": "blue", "royalblue": "blue", "dodgerblue": "blue",
    "steelblue": "blue", "purple": "magenta", "magenta": "magenta", "fuchsia": "magenta", "violet": "magenta",
    "indigo": "magenta", "darkviolet": "magenta", "deeppink": "magenta", "hotpink": "magenta",
}  # fmt: skip
_AROUND = ((20, "red"), (70, "yellow"), (165, "green"), (200, "cyan"), (260, "blue"), (340, "magenta"), (361, "red"))
"""Degrees of the colour circle up to which a hue goes."""
HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")


@lru_cache(maxsize=1024)
def hue_of(colour: str) -> str:
    """The hue of a CSS colour in lower case (a name, `#rgb`, `#rrggbb`, `rgb()`); '' for greys, and where it cannot be read."""
    colour = colour.strip()
    if colour in _NAMES:
        return _NAMES[colour]
    if found := _HEX.fullmatch(colour):
        digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
        red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    elif found := _PARTS.match(colour):
        red, green, blue = (min(int(part), 255) for part in found.groups())
    else:
        return ""
    return _hue(red, green, blue)


def _hue(red: int, green: int, blue: int) -> str:
    most, least = max(red, green, blue), min(red, green, blue)
    spread = most - least
    # Near black, near white and greyish are the usual colours of running text, no emphasis.
    if most < 96 or spread * 100 < most * 55:
        return ""
    if most == red:
        degrees = 60 * ((green - blue) / spread % 6)
    elif most == green:
        degrees = 60 * ((blue - red) / spread + 2)
    else:
        degrees = 60 * ((red - green) / spread + 4)
    return next(name for end, name in _AROUND if degrees < end)
