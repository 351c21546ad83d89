"""Which lines of a text are a patch (unified diff), and what each of them does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.quotes import Row

_STARTS = re.compile(r"diff --git |Index: \S|@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_HEAD = re.compile(
    r"diff |index [0-9a-f]{4,}\.\.|(?:new|deleted) file mode |old mode |new mode |similarity index |dissimilarity index "
    r"|rename (?:from|to) |copy (?:from|to) |Binary files |GIT binary patch|Index: |={20,}$"
)


def diff_styles(rows: Sequence[Row]) -> list[str]:
    """A style for each row: `diffadd`, `diffdel`, `diffhunk`, `code` (unchanged lines of a patch), '' outside.

    A patch that is quoted goes on after remarks between its lines.
    """
    styles = [""] * len(rows)
    inside: dict[int, bool] = {}
    for at, row in enumerate(rows):
        text = row.text
        starts = text[:1] in "dI@-" and (_STARTS.match(text) or _file_lines(rows, at))
        if starts:
            inside[row.depth] = True
        elif not inside.get(row.depth):
            continue
        style = _style(text, quoted=row.depth > 0)
        if style is None or row.signature:
            inside[row.depth] = False
            continue
        styles[at] = style
    return styles


def _file_lines(rows: Sequence[Row], at: int) -> bool:
    """`--- a/file`, then `+++ b/file`, then a hunk."""
    if at + 2 >= len(rows) or not rows[at].text.startswith("--- "):
        return False
    return rows[at + 1].text.startswith("+++ ") and rows[at + 2].text.startswith("@@ ")


def _style(text: str, *, quoted: bool) -> str | None:
    """The style of a line within a patch; None if it cannot be one."""
    first = text[:1]
    if first == "@" and text.startswith("@@"):
        return "diffhunk"
    if text.startswith(("--- ", "+++ ")) or (first not in "+- " and _HEAD.match(text)):
        return "diffhunk"
    if first == "+":
        return "diffadd"
    if first == "-":
        return None if text == "-- " or (text == "--" and not quoted) else "diffdel"
    return "code" if first in ("", " ", "\\", "\t") else None
