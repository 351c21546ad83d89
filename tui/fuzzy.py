"""Choosing by a few letters: how well a typed pattern fits a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from core.folding import fold

Item = TypeVar("Item")
_WORD_STARTS = " /.-_:@()"


def score(pattern: str, text: str) -> int | None:
    """How well the letters of `pattern` stand in `text` in their order; None when they do not. More is better.

    Whole parts, beginnings of words and letters in a row count; both are compared without case and accents.
    """
    wanted, there = fold(pattern).replace(" ", ""), fold(text)
    if not wanted:
        return 0
    place = there.find(fold(pattern).strip())
    if place >= 0:
        begins = place == 0 or there[place - 1] in _WORD_STARTS
        return 1000 + 200 * begins + 100 * (place == 0) - len(there)
    points, at, last = 0, 0, -2
    for number, letter in enumerate(wanted):
        found = _next(there, letter, at, wanted[number + 1 :])
        if found < 0:
            return None
        points += 10 if found == last + 1 else 8 if found == 0 or there[found - 1] in _WORD_STARTS else 1
        last, at = found, found + 1
    return points * 4 - len(there)


def best(pattern: str, items: Iterable[Item], text: Callable[[Item], str]) -> list[Item]:
    """The items that fit, best first; equally good ones keep their order. An empty pattern fits all."""
    scored = [(score(pattern, text(item)), item) for item in items]
    fitting = [(points, item) for points, item in scored if points is not None]
    return [item for _points, item in sorted(fitting, key=lambda pair: -pair[0])]


def _next(text: str, letter: str, at: int, rest: str) -> int:
    """The next place of a letter; the beginning of a word where the rest still stands behind that. -1 for none."""
    found = text.find(letter, at)
    start = found
    while start >= 0:
        if (start == 0 or text[start - 1] in _WORD_STARTS) and _stands(rest, text, start + 1):
            return start
        start = text.find(letter, start + 1)
    return found


def _stands(letters: str, text: str, at: int) -> bool:
    """Whether the letters stand in the text in their order, from a place on."""
    for letter in letters:
        at = text.find(letter, at) + 1
        if not at:
            return False
    return True
