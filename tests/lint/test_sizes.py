"""Files, functions and classes stay small: above the limit fails, the aims are printed (`pytest -rP`)."""

from __future__ import annotations

import ast
import functools
from statistics import median

import pytest

from tests.lint.source import ROOMS, sources

LIMITS = {"file": 500, "function": 60, "class": 350}
AIMS = {"file": 300, "function": 40, "class": 250}


@functools.cache
def sizes() -> list[tuple[str, str, int]]:
    """(kind, place, lines) of everything measured."""
    found = []
    for source in sources(*ROOMS, "tests"):
        found.append(("file", str(source.path), source.length))
        for name, node in source.definitions():
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            found.append((kind, f"{source.path}:{node.lineno} {name}", lines))
    return found


@pytest.mark.parametrize("kind", LIMITS)
def test_nothing_is_above_the_limit(kind: str) -> None:
    measured = [(place, lines) for each, place, lines in sizes() if each == kind]
    wide = sorted((lines, place) for place, lines in measured if lines > AIMS[kind])
    print(f"{len(measured)} x {kind}, median {median(lines for _, lines in measured):g} lines")
    print(f"above the aim of {AIMS[kind]}:", *(f"\n  {lines} {place}" for lines, place in wide))
    over = [f"{place}: {lines} lines, at most {LIMITS[kind]}" for lines, place in wide if lines > LIMITS[kind]]
    assert not over, "\n".join(over)
