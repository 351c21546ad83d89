"""CSV files as tables: lines of cells that fit a width, or, where there are too many columns for that, row by row."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from msgspec import Struct

from core.cells import cell_len, cut, pad
from core.clean import clean_line

MOST_CHARACTERS = 1_000_000
MOST_ROWS = 2000
MOST_COLUMNS = 200
LONGEST_CELL = 500
NARROWEST = 6
"""Cells of the screen that a column of a table has at least."""
_GAP = "  "
_DELIMITERS = ",;\t|"


class Table(Struct, frozen=True):
    """The beginning of a file."""

    rows: tuple[tuple[str, ...], ...] = ()
    cut: bool = False
    """There is more of it, down or to the right."""

    @property
    def columns(self) -> int:
        """How many there are in the longest row."""
        return max(map(len, self.rows), default=0)


def read_table(text: str, delimiter: str = "") -> Table:
    """The rows of a CSV file with whatever delimiter; at most `MOST_ROWS` of at most `MOST_COLUMNS`. Never raises."""
    whole = len(text) <= MOST_CHARACTERS
    text = text[:MOST_CHARACTERS].replace("\0", "")
    delimiter = delimiter or _delimiter(text)
    rows: list[tuple[str, ...]] = []
    short = not whole
    source = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        for row in source:
            if len(rows) >= MOST_ROWS:
                short = True
                break
            short = short or len(row) > MOST_COLUMNS
            rows.append(tuple(clean_line(cell[:LONGEST_CELL]) for cell in row[:MOST_COLUMNS]))
    except csv.Error:  # a cell without end, mostly
        short = True
    return Table(tuple(row for row in rows if any(row)), short)


def _delimiter(text: str) -> str:
    """The one that stands in each of the first lines, most often."""
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()][:10]
    best, most = ",", 0
    for one in _DELIMITERS:
        count = min((line.count(one) for line in lines), default=0)
        if count > most:
            best, most = one, count
    return best if most else max(_DELIMITERS, key=lambda one: (text[:20_000].count(one), one == ","))


def widths_of(table: Table, width: int) -> list[int]:
    """Cells for each column so that a row fits; empty where there are too many columns for `width`."""
    count = table.columns
    room = width - len(_GAP) * (count - 1)
    wanted = [
        max((cell_len(row[n]) for row in table.rows[:200] if n < len(row)), default=0) for n in range(count)
    ]  # fmt: skip
    wanted = [max(one, 1) for one in wanted]
    if room < sum(min(one, NARROWEST) for one in wanted):
        return []
    while sum(wanted) > room:
        widest = max(wanted)
        second = max((one for one in wanted if one < widest), default=NARROWEST)
        heads = wanted.count(widest)
        less = max(min(widest - max(second, NARROWEST), -(-(sum(wanted) - room) // heads)), 1)
        wanted = [one - less if one == widest else one for one in wanted]
    return wanted


def table_lines(table: Table, width: int, ellipsis: str = "…") -> list[str]:
    """The table as lines of at most `width` cells, the first row its head."""
    widths = widths_of(table, width)
    if not widths:
        return _records(table, width, ellipsis)
    return [_row(row, widths, ellipsis) for row in table.rows]


def _row(row: Sequence[str], widths: Sequence[int], ellipsis: str) -> str:
    cells = [*row, *[""] * (len(widths) - len(row))]
    return _GAP.join(_cell(cell, room, ellipsis) for cell, room in zip(cells, widths, strict=False)).rstrip()


def _cell(text: str, room: int, ellipsis: str) -> str:
    if _is_number(text) and cell_len(text) <= room:
        return " " * (room - cell_len(text)) + text
    return pad(cut(text, room, ellipsis), room)


def _is_number(text: str) -> bool:
    return bool(text) and all(char in "0123456789.,+-%€$£ " for char in text) and any(char.isdigit() for char in text)


def _records(table: Table, width: int, ellipsis: str) -> list[str]:
    """Each row as lines of a column's name and its value."""
    head, *rows = table.rows
    label = min(max(map(cell_len, head), default=1), max(width // 3, 1))
    lines: list[str] = []
    for row in rows or [head]:
        for n, cell in enumerate(row):
            if cell:
                name = pad(cut(head[n] if n < len(head) else str(n + 1), label, ellipsis), label)
                lines.append(f"{name}{_GAP}{cut(cell, max(width - label - len(_GAP), 1), ellipsis)}")
        lines.append("")
    return lines[:-1] if lines else lines
