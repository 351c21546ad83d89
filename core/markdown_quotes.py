"""Quotations in Markdown that are somebody else's words: their signs stand for themselves, and nothing in them is an image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.flowed import split_quote

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ADDRESS = re.compile(r"(https?://[^\s<>\\\"]*[^\s<>\\\".,;:!?)\]}'*_])")
_SIGN = re.compile(r"([!-/:-@\[-`{-~])")


def literal_quotes(source: str) -> str:
    """The source with each sign in quoted lines escaped; addresses stay links, blanks at the beginning stay."""
    return "\n".join(_literal(line) if is_quoted else line for line, is_quoted in _lines(source))


def without_quotes(source: str) -> str:
    """The source with an empty line for each quotation."""
    kept: list[str] = []
    for line, is_quoted in _lines(source):
        if not is_quoted:
            kept.append(line)
        elif kept and kept[-1]:
            kept.append("")
    return "\n".join(kept)


def _lines(source: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is quoted: `>` in a block of one's own code is no quotation."""
    fence = ""
    for line in source.split("\n"):
        found = None if line.startswith(">") else _FENCE.match(line)
        if found and (not fence or (found[1].startswith(fence) and not line.strip(" `~"))):
            fence = "" if fence else found[1]
        yield line, not fence and line.startswith(">")


def _literal(line: str) -> str:
    depth, text = split_quote(line)
    words = text.lstrip(" ")
    pieces = _ADDRESS.split(words)
    escaped = (f"<{piece}>" if number % 2 else _SIGN.sub(r"\\\1", piece) for number, piece in enumerate(pieces))
    return f"{'>' * depth} {chr(0xA0) * (len(text) - len(words))}{''.join(escaped)}".rstrip(" ")
