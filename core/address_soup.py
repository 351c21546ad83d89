"""Addresses out of whatever people paste: lists from other programs, tables, mailto: links, lines of a chat."""

from __future__ import annotations

import re

from core.address import Address
from core.clean import clean_line
from core.editor_text import read_field

MOST = 2_000
LONGEST = 400_000
"""Characters of a paste that are looked at."""
_LABEL = re.compile(r"^[ \t]*(?:to|cc|bcc|from|reply-to|an|de|para|à|a)[ \t]*:[ \t]*", re.IGNORECASE)
_PARTS = re.compile(r"[\r\n\t;,|]+")
_ADDRESS = re.compile(r"[^\s<>()\[\]{},;:\"'|@]+@[^\s<>()\[\]{},;:\"'|@]+")
_EDGES = " \t\"'<>()[]{}|,;:*•-–—"


def addresses_in(text: str) -> tuple[tuple[Address, ...], str]:
    """The addresses in some text, each once, and what is left over that is no address (one line). Never raises."""
    text = text[:LONGEST].replace("＠", "@").replace("\u200b", "").replace("\ufeff", "")
    found: dict[str, Address] = {}
    left: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        line = _LABEL.sub("", line.replace("\t", " , ") if "@" in line else line).strip()
        if not line:
            continue
        line = re.sub(r"mailto:([^\s?<>]+)(?:\?[^\s<>]*)?", lambda link: link[1], line, flags=re.IGNORECASE)
        whole, rest = read_field(_bulletless(line))
        if rest or not whole or any("@" in one.name for one in whole):
            whole, rest = _soup(line)
        for one in whole:
            known = found.get(one.key)
            if known is None or (one.name and not known.name):
                found[one.key] = Address(clean_line(one.name), one.addr)
        left += [rest] if rest else []
        if len(found) >= MOST:
            break
    return tuple(found.values()), ", ".join(left)


def _bulletless(line: str) -> str:
    return re.sub(r"^(?:[-*•–]|\d{1,4}[.)])[ \t]+", "", line)


def _soup(line: str) -> tuple[tuple[Address, ...], str]:
    """Each address with the words that stand before it, up to the last separator."""
    line = _bulletless(line)
    made: list[Address] = []
    left: list[str] = []
    at = 0
    for hit in _ADDRESS.finditer(line):
        pieces = [piece.strip(_EDGES) for piece in _PARTS.split(line[at : hit.start()])]
        words = [piece for piece in pieces if piece]
        whole, rest = read_field(hit[0].strip(".").rstrip("."))
        at = hit.end()
        if rest or not whole:
            left.append(hit[0])
            continue
        made.append(Address(words[-1] if words else "", whole[0].addr))
        left += words[:-1]
    if not made:
        return (), clean_line(line)
    tail = line[at:].strip(_EDGES)
    return tuple(made), ", ".join([*left, *([tail] if tail else [])])
