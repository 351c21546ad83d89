"""Tables of HTML: data is drawn as a table, layout flows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from core.cells import cell_len
from core.html_box import Box
from core.rendered import Span
from core.wrapping import Spans, wrap_spans

MOST_COLUMNS = 30
MOST_ROWS = 2_000
_SHORT = 60
"""Cells of text that a cell without heading has at most, to be taken for data."""
_LONG = 400
_NARROWEST = 5

_NUMBER = re.compile(r"[-+−]?\s?(?:[A-Z]{0,3}[$€£¥]|[A-Z]{3})?\s?[-+−]?[\d.,'\s]*\d\s?(?:%|[$€£¥]|[A-Z]{3}|[a-z]{1,3})?")


class _Cell(Struct, eq=False):
    """A cell in its column, its text as lines."""

    lines: list[Spans]
    column: int
    columns: int = 1
    header: bool = False
    width: int = 0
    """Cells of its widest line."""
    text: str = ""
    """All of it on one line."""
    right: bool = False


def table_lines(table: Box, width: int) -> list[Spans] | None:
    """The lines of a data table at most `width` cells wide; None for a layout table, and where it does not fit."""
    rows = _grid(table)
    if rows is None or not _is_data(table, rows):
        return None
    columns = max(cell.column + cell.columns for row in rows for cell in row)
    ruled = table.header or any(cell.header for row in rows for cell in row)
    if table.header and len(rows) > 2 and not any(cell.header for row in rows for cell in row):
        _find_heading(rows[0])
    between = " │ " if ruled else "  "
    room = width - len(between) * (columns - 1)
    widths = _widths(rows, columns, room)
    if widths is None or (table.flow and not ruled and _wished(rows, columns) > room):
        return None
    _align(rows, columns)
    lines: list[Spans] = []
    for number, row in enumerate(rows):
        lines += _drawn(row, widths, between)
        heading = all(cell.header or not cell.text for cell in row) and any(cell.header for cell in row)
        if heading and number + 1 < len(rows):
            lines.append((Span("─┼─".join("─" * each for each in widths), "table"),))
    return lines


def _grid(table: Box) -> list[list[_Cell]] | None:
    """The cells by row, each at its column; None if there is more in them than running text. Captions are no rows."""
    rows: list[list[_Cell]] = []
    occupied: dict[int, int] = {}
    """Column to the number of rows that a cell from above still covers."""
    for box in table.boxes:
        if box.kind in ("gap", "text"):
            continue
        if box.kind != "row" or len(rows) >= MOST_ROWS:
            return None
        row: list[_Cell] = []
        column = 0
        taken = {each: left - 1 for each, left in occupied.items() if left > 1}
        for cell_box in box.boxes:
            if cell_box.kind == "gap":
                continue
            lines = _cell_lines(cell_box) if cell_box.kind == "cell" else None
            if lines is None:
                return None
            while occupied.get(column):
                column += 1
            cell = _Cell(lines, column, cell_box.columns, cell_box.header)
            texts = [_plain(line) for line in lines]
            cell.width = max((cell_len(text) for text in texts), default=0)
            cell.text = " ".join(texts).strip()
            row.append(cell)
            if len(row) > MOST_COLUMNS * 4:  # with those that only make room
                return None
            for each in range(column, column + cell.columns):
                if cell_box.rows > 1:
                    taken[each] = cell_box.rows - 1
            column += cell.columns
        occupied = {each: left for each, left in taken.items() if left > 0}
        if any(cell.text for cell in row):
            rows.append(row)
    return _without_empty_columns(rows) if rows else None


def _find_heading(row: Sequence[_Cell]) -> None:
    """Word writes no headings: a first row that is bold throughout is one."""
    if len(row) > 1 and all("bold" in span.style for cell in row for line in cell.lines for span in line if span.text.strip()):
        for cell in row:
            cell.header = True


def _cell_lines(box: Box) -> list[Spans] | None:
    lines: list[Spans] = []
    for each in box.boxes:
        if each.kind == "gap":
            continue
        if each.kind != "text" or each.inline is None:
            return None
        lines += [tuple(line) for line in each.inline.lines if any(span.text.strip() for span in line)]
    return lines


def _without_empty_columns(rows: list[list[_Cell]]) -> list[list[_Cell]] | None:
    """Columns that only make room are left out; None if too many are left."""
    used = sorted({cell.column for row in rows for cell in row if cell.text})
    if len(used) > MOST_COLUMNS:
        return None
    place = {column: at for at, column in enumerate(used)}
    found = []
    for row in rows:
        kept = [cell for cell in row if cell.text]
        for cell in kept:
            covered = [column for column in used if cell.column <= column < cell.column + cell.columns]
            cell.column, cell.columns = place[cell.column], max(len(covered), 1)
        found.append(kept)
    return found


def _is_data(table: Box, rows: Sequence[Sequence[_Cell]]) -> bool:
    columns = max(cell.column + cell.columns for row in rows for cell in row)
    if not 2 <= columns <= MOST_COLUMNS:
        return False
    cells = [cell for row in rows for cell in row]
    if any(len(cell.text) > _LONG for cell in cells):
        return False
    if table.header or any(cell.header for cell in cells):
        return True
    if any(cell.width > _SHORT or len(cell.lines) > 3 for cell in cells if cell.columns < columns):
        return False
    several = sum(len(row) > 1 for row in rows)
    return several * 2 >= len(rows)


def _wished(rows: Sequence[Sequence[_Cell]], columns: int) -> int:
    """Cells of a table in which nothing is wrapped."""
    return sum(
        max((cell.width for row in rows for cell in row if cell.column == column and cell.columns == 1), default=1)
        for column in range(columns)
    )


def _widths(rows: Sequence[Sequence[_Cell]], columns: int, room: int) -> list[int] | None:
    """Cells for each column: what it would like, or a fair share; None if there is no room for a table."""
    wished = [1] * columns
    for row in rows:
        for cell in row:
            if cell.columns == 1:
                wished[cell.column] = max(wished[cell.column], cell.width)
    if sum(wished) <= room:
        return wished
    widths = [0] * columns
    open_columns = set(range(columns))
    left = room
    while open_columns:
        share = left // len(open_columns)
        content = {column for column in open_columns if wished[column] <= share}
        if not content:
            if share < _NARROWEST:
                return None
            for column in open_columns:
                widths[column] = share
            break
        for column in content:
            widths[column] = wished[column]
            left -= wished[column]
        open_columns -= content
    return widths


def _align(rows: Sequence[Sequence[_Cell]], columns: int) -> None:
    """Columns of numbers stand to the right."""
    for column in range(columns):
        cells = [cell for row in rows for cell in row if cell.column == column and cell.columns == 1]
        values = [cell for cell in cells if not cell.header]
        if values and all(_NUMBER.fullmatch(cell.text[:40]) for cell in values):
            for cell in cells:
                cell.right = True


def _drawn(row: Iterable[_Cell], widths: Sequence[int], between: str) -> list[Spans]:
    """The lines of one row."""
    at = 0
    columns: list[_Column] = []
    height = 1
    for cell in row:
        while at < cell.column:
            columns.append((widths[at], False, []))
            at += 1
        width = sum(widths[at : at + cell.columns]) + len(between) * (cell.columns - 1)
        lines = cell.lines
        if cell.width > width:
            lines = [piece for line in lines for piece in wrap_spans(line, width, width)]
        height = max(height, len(lines))
        columns.append((width, cell.right, [(line, _cells(line)) for line in lines]))
        at += cell.columns
    columns += [(width, False, []) for width in widths[at:]]
    gap = Span(between, "table" if between.strip() else "")
    return [_drawn_line(columns, number, gap) for number in range(height)]


_Column = tuple[int, bool, list[tuple[Spans, int]]]
"""Cells of its width, whether it stands to the right, its lines with theirs."""


def _drawn_line(columns: Sequence[_Column], number: int, gap: Span) -> Spans:
    spans: list[Span] = []
    for place, (width, right, lines) in enumerate(columns):
        if place:
            spans.append(gap)
        line, taken = lines[number] if number < len(lines) else ((), 0)
        room = width - taken
        if right and room > 0:
            spans.append(Span(" " * room))
        spans += line
        if not right and room > 0:
            spans.append(Span(" " * room))
    while spans and not spans[-1].text.strip():
        spans.pop()
    if spans and spans[-1] is gap:
        spans[-1] = Span(gap.text.rstrip(), "table")
    return tuple([span for span in spans if span.text])


def _cells(line: Spans) -> int:
    return cell_len(line[0].text if len(line) == 1 else _plain(line))


def _plain(line: Iterable[Span]) -> str:
    return "".join([span.text for span in line])
