"""Finding words in a text on the screen: case and accents do not matter, as in the search of mail."""

from __future__ import annotations

from core.folding import fold


def find_in(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where `text` holds `wanted`, as (start, end) in `text`, ascending and not overlapping."""
    if wanted.isascii() and text.isascii():
        needle = wanted.lower()
        return _all(text.lower(), needle, range(len(text) + 1)) if needle else []
    needle = "".join(_plain(char) for char in wanted)
    plain: list[str] = []
    places: list[int] = []
    for index, char in enumerate(text):
        piece = _plain(char)
        plain.append(piece)
        places += [index] * len(piece)
    places.append(len(text))
    found = _all("".join(plain), needle, places) if needle else []
    return [(start, max(end, start + 1)) for start, end in found]


def _plain(char: str) -> str:
    return char.lower() if char.isascii() else fold(char).strip()


def _all(text: str, needle: str, places: range | list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = text.find(needle)
    while at >= 0:
        found.append((places[at], places[at + len(needle)]))
        at = text.find(needle, at + len(needle))
    return found
