"""The shape of a conversation: who answers whom, as a tree whose lines can be drawn with guides."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

DEEPEST = 24
"""Levels that are told of a line; what is deeper tells the nearest ones."""
GOES_ON, DONE, MORE, LAST = "|", " ", "+", "L"
"""What is drawn on a level: a line that passes by, nothing, a branch with others below it, the last branch."""


class Limb(Struct, frozen=True):
    """A message in its place in the tree."""

    index: int
    """Where it stands in what was given."""
    depth: int
    """1 for those that answer nothing that is here."""
    branch: str
    """A sign for each of its levels, the outermost first: GOES_ON, DONE, and at its end MORE or LAST."""


def grow(messages: Sequence[tuple[str, str]]) -> list[Limb]:
    """Messages, given as (Message-ID, Message-ID it answers), oldest first: each below what it answers.

    Every one stands in it once, whatever they claim: who answers himself or is answered in a circle begins the tree anew.
    """
    below: dict[str, list[int]] = {}
    known: dict[str, int] = {}
    for n, (own, parent) in enumerate(messages):
        below.setdefault(parent, []).append(n)
        if own:
            known.setdefault(own, n)
    roots = [n for n, (own, parent) in enumerate(messages) if parent not in known or parent == own]
    limbs: list[Limb] = []
    placed: set[int] = set()
    _grow_from(roots, messages, below, known, placed, limbs)
    left = [n for n in range(len(messages)) if n not in placed]
    while left:  # circles of forged parents
        _grow_from(left[:1], messages, below, known, placed, limbs)
        left = [n for n in left if n not in placed]
    return limbs


def _grow_from(
    roots: Sequence[int],
    messages: Sequence[tuple[str, str]],
    below: dict[str, list[int]],
    known: dict[str, int],
    placed: set[int],
    limbs: list[Limb],
) -> None:
    stack = _siblings(roots, 1, "")
    while stack:
        index, depth, around, end = stack.pop()
        if index in placed:
            continue
        placed.add(index)
        limbs.append(Limb(index, depth, around + end))
        own = messages[index][0]
        if own and known[own] == index:
            inside = (around + (GOES_ON if end == MORE else DONE))[-DEEPEST:]
            stack += _siblings([child for child in below.get(own, ()) if child not in placed], depth + 1, inside)


def _siblings(them: Sequence[int], depth: int, around: str) -> list[tuple[int, int, str, str]]:
    """The last one first, as a stack wants it."""
    found = [(index, depth, around, MORE) for index in reversed(them)]
    return [(*found[0][:3], LAST), *found[1:]] if found else []
