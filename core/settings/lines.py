"""Which line of a TOML file a key stands on: tomllib does not say, and a person wants to know."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""Keys and list positions from the top, as in ("account", 0, "incoming", "port")."""

_WORD = r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'"""
_DOTTED = rf"(?:{_WORD})(?:\s*\.\s*(?:{_WORD}))*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_LONG = re.compile(r"'''|\"\"\"")


def line_of(text: str, path: Path) -> int:
    """The line (from 1) where `path` is set, else that of the nearest table around it, else 1."""
    best, best_depth = 1, 0
    for number, found in _places(text):
        depth = len(found)
        if depth > len(path) > best_depth and found[: len(path)] == path:
            best, best_depth = number, len(path)  # a list where a table should be
        elif depth <= len(path) and depth > best_depth and path[:depth] == found:
            best, best_depth = number, depth
    return best


def header_lines(text: str) -> list[int]:
    """The lines (from 1) on which a table begins, in rising order."""
    return [number for number, _ in _places(text) if _HEADER.match(text.split("\n")[number - 1])]


def _places(text: str) -> list[tuple[int, Path]]:
    """Every header and key with the path it sets, in the order of the file."""
    found: list[tuple[int, Path]] = []
    counts: dict[Path, int] = {}
    table: Path = ()
    until = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if until:
            until = "" if line.count(until) % 2 else until
            continue
        if header := _HEADER.match(line):
            table = _inside(_words(header[2]), counts)
            if header[1] == "[[":
                position = counts[table] = counts.get(table, -1) + 1
                table = (*table, position)
            found.append((number, table))
        elif key := _KEY.match(line):
            found.append((number, (*table, *_words(key[1]))))
        opened = [mark for mark in _LONG.findall(line.partition("#")[0]) if line.count(mark) % 2]
        until = opened[0] if opened else ""
    return found


def _inside(words: Path, counts: dict[Path, int]) -> Path:
    """The table of a header: a name that is a list of tables means its last one."""
    path: Path = ()
    for word in words[:-1]:
        path = (*path, word)
        if path in counts:
            path = (*path, counts[path])
    return (*path, *words[-1:])


def _words(dotted: str) -> Path:
    words = re.findall(_WORD, dotted)
    return tuple(word[1:-1] if word[0] in "\"'" else word for word in words)
