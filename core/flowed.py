"""Plain text that wraps at the reader's: format=flowed (RFC 3676), written and read."""

from __future__ import annotations

import re

WIDTH = 72
"""Columns of a flowed line, the blank at its end included (RFC 3676 §4.2 asks for at most 78)."""
SIGNATURE = "-- "
"""The line above a signature; never flowed (RFC 3676 §4.3)."""

_QUOTES = re.compile(r"(?:> ?)+")


def split_quote(line: str) -> tuple[int, str]:
    """Depth and text of a quoted line as people write it: `> > text`, `>>text`; (0, line) for another one."""
    found = _QUOTES.match(line)
    if not found:
        return 0, line
    return found[0].count(">"), line[found.end() :]


def quote_prefix(depth: int) -> str:
    """What stands before a line quoted `depth` times: `>> `; '' for 0."""
    return ">" * depth + " " if depth else ""


def tidy(text: str) -> str:
    """Text as it comes back from `flow` and `unflow`: blanks at line ends gone, quote marks in one spelling."""
    return "\n".join(_tidy_line(line) for line in text.split("\n"))


def flow(text: str, width: int = WIDTH) -> str:
    """Text as it goes over the wire: paragraphs broken at `width` with a blank before each soft break, stuffed."""
    lines: list[str] = []
    for line in text.split("\n"):
        # Nothing to do for most short lines; mails of a million of them exist.
        if not line or (len(line) < 20 and line[-1] != " " and line[0] not in " >F"):
            lines.append(line)
            continue
        depth, content = split_quote(_tidy_line(line))
        lines += _flow_line(depth, content, width)
    return "\n".join(lines)


def unflow(text: str, *, delsp: bool = False) -> str:
    """The paragraphs of flowed text, each one line, quotes marked as `>> text`.

    `delsp`: the blank before a soft break is no part of the text (RFC 3676 §4.1).
    """
    lines: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flowed = content.endswith(" ") and content != SIGNATURE
        shown = content[:-1] if flowed and delsp else content
        if open_depth == depth and content != SIGNATURE:
            lines[-1] += shown
        else:
            lines.append((quote_prefix(depth) + shown) if shown else ">" * depth)
        open_depth = depth if flowed else -1
    return "\n".join(lines)


def _tidy_line(line: str) -> str:
    depth, content = split_quote(line)
    if content == SIGNATURE:
        return quote_prefix(depth) + content
    content = content.rstrip(" ")
    return quote_prefix(depth) + content if content else ">" * depth


def _flow_line(depth: int, content: str, width: int) -> list[str]:
    """One paragraph as wire lines."""
    prefix = ">" * depth
    room = max(width - len(quote_prefix(depth)) - 1, 20)
    if content == SIGNATURE or len(content) <= room:
        return [prefix + _stuffed(content, depth)]
    lines: list[str] = []
    line = ""
    # A word keeps the blanks behind it, so that joining the lines gives back exactly the paragraph.
    for word in re.findall(r" *[^ ]+ *", content):
        full = len(line) + len(word.rstrip(" ")) > room
        # A line that is nothing but the signature's dashes would end the text.
        if full and line.endswith(" ") and line != SIGNATURE:
            lines.append(line)
            line = ""
        line += word
    lines.append(line)
    return [prefix + _stuffed(one, depth) for one in lines]


def _stuffed(content: str, depth: int) -> str:
    """Space-stuffing (RFC 3676 §4.4): after quote marks, and before what would be read as something else."""
    if depth:
        return f" {content}" if content else ""
    return f" {content}" if content.startswith((" ", ">", "From ")) else content
