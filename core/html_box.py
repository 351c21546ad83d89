"""Boxes: what HTML is made into before it is laid out, and the markers of lists."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from core.html_elements import ORIGINALS
from core.html_inline import Paragraph


class Box(Struct, eq=False):
    """A piece of the page: `text` and `pre` hold spans; `rule` nothing; the others (`page`, `list`, `item`, `quote`,
    `indent`, `table`, `row`, `cell`, `signature`) hold boxes, with `gap` boxes where a line stays empty and an `original`
    box where the mail that is answered begins."""

    kind: str
    boxes: list[Box] = []
    inline: Paragraph | None = None
    marker: str = ""
    """In front of an item; of a list the kind of its markers."""
    number: int = 0
    """Of a numbered list, the number of its next item."""
    columns: int = 1
    rows: int = 1
    header: bool = False
    """Of a cell: `th`; of a table: with a border or a caption, so surely data."""
    flow: bool = False
    """Of a table: `role=presentation`, so surely layout."""


def begins_original(attributes: Mapping[str, str], declarations: Mapping[str, str]) -> bool:
    """Whether the mail that is answered stands in and below such an element, without being marked as a quote."""
    if attributes.get("id") in ORIGINALS:
        return True
    line, padding = declarations.get("border-top", ""), declarations.get("padding", "")
    return line.startswith("solid #") and line.endswith(" 1.0pt") and padding.startswith("3.0pt 0")


def make_box(kind: str, name: str, attributes: Mapping[str, str], parent: Box) -> Box:
    """A box for an element with these attributes, to stand in `parent`."""
    box = Box(kind)
    if kind == "item":
        box.marker = _marker(parent, attributes)
    elif kind == "list":
        box.marker = _list_marker(name, attributes)
        box.number = _small(attributes.get("start", "1"), 1, most=1_000_000)
    elif kind == "cell":
        if "colspan" in attributes:
            box.columns = _small(attributes["colspan"], 1, most=50)
        if "rowspan" in attributes:
            box.rows = _small(attributes["rowspan"], 1, most=200)
        box.header = name == "th"
    elif kind == "table":
        box.header = attributes.get("border", "0").strip() not in ("", "0")
        box.flow = attributes.get("role") in ("presentation", "none")
    return box


def _small(text: str, usual: int, *, most: int) -> int:
    text = text.strip()
    return min(max(int(text), 1), most) if text.isdecimal() and text.isascii() and len(text) < 12 else usual


def _list_marker(name: str, attributes: Mapping[str, str]) -> str:
    if name != "ol":
        return "•" if attributes.get("type", "").lower() != "none" else ""
    kind = attributes.get("type", "1")
    return kind if kind in ("1", "a", "A", "i", "I") else "1"


def _marker(parent: Box, attributes: Mapping[str, str]) -> str:
    if parent.kind != "list" or parent.marker in ("•", ""):
        return "•"
    number = _small(attributes.get("value", ""), parent.number, most=1_000_000)
    parent.number = number + 1
    if parent.marker in "aA" and number <= 26:
        return chr(ord(parent.marker) + number - 1) + "."
    if parent.marker in "iI" and number < 40:
        roman = _roman(number)
        return (roman.lower() if parent.marker == "i" else roman) + "."
    return f"{number}."


def _roman(number: int) -> str:
    return "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]
