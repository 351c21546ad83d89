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
_WORD = re.compile(r"[^\W\d_][\w.'’-]*")
"""What may be a family name before a comma."""
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
        whole, rest = _read(_bulletless(line))
        for one in whole:
            known = found.get(one.key)
            if known is None or (one.name and not known.name):
                found[one.key] = Address(clean_line(one.name), one.addr)
        left += [rest] if rest else []
        if len(found) >= MOST:
            break
    return tuple(found.values()), ", ".join(left)


def _read(line: str, separators: str = ";,") -> tuple[tuple[Address, ...], str]:
    """A line as a whole, else part by part, so that one that is broken spoils none of the others."""
    whole, rest = read_field(line)
    if whole and not rest and not any("@" in one.name for one in whole):
        return whole, ""
    for number, separator in enumerate(separators):
        pieces = _pieces(line, separator) if separator == ";" or "<" in line else []
        if len(pieces) > 1:
            read = [_read(piece, separators[number + 1 :]) for piece in pieces]
            return tuple(one for found, _ in read for one in found), ", ".join(left for _, left in read if left)
    return _soup(line)


def _pieces(line: str, separator: str) -> list[str]:
    """What stands between separators that are in no quotes or brackets; a word before `John <j@x>` stays with it."""
    pieces: list[str] = []
    before = ""
    for hit in re.finditer(rf'((?:"[^"]*"|<[^<>]*>|[^"<{separator}]|["<])*)(?:{separator}|$)', line):
        piece = hit[1].strip()
        if separator == "," and before and "<" in piece and "@" in piece:
            pieces[-1] = f"{before}, {piece}"
        elif piece:
            pieces.append(piece)
        before = piece if "@" not in piece and _WORD.fullmatch(piece) else ""
    return pieces


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
