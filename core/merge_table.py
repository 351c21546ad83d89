"""The table that a mail merge is filled from: a CSV file of whatever delimiter and charset, or contacts."""

from __future__ import annotations

import codecs
import csv
import io

from msgspec import Struct

from core.charset import codec_of, decode
from core.clean import clean_line, clean_text
from core.errors import UsageError

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
LONGEST_CELL = 100_000
DELIMITERS = ",;\t|"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Source(Struct, frozen=True):
    """A table with names above its columns; every row has as many cells as there are names."""

    name: str
    """What people know it by: a file name, an address book."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ""
    charset: str = ""
    ragged: tuple[int, ...] = ()
    """Rows (from 0) that had more or fewer cells than there are columns: what is too much was left out."""


def read_csv(data: bytes, name: str = "", *, delimiter: str = "", charset: str = "") -> Source:
    """A CSV file, its first row the names. Raises UsageError `merge-empty`, `merge-too-large`, `merge-unreadable`."""
    if len(data) > MOST_BYTES:
        raise UsageError("merge-too-large", name=name)
    text, used = _decoded(data, charset)
    if "\0" in text:
        raise UsageError("merge-unreadable", name=name, answer="NUL")
    mark = delimiter or delimiter_of(text)
    csv.field_size_limit(LONGEST_CELL)
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            if any(cell.strip() for cell in row):
                rows.append(tuple(row))
            if len(rows) > MOST_ROWS + 1:
                raise UsageError("merge-too-large", name=name)
    except csv.Error as error:
        raise UsageError("merge-unreadable", name=name, answer=str(error)) from error
    if len(rows) < 2:
        raise UsageError("merge-empty", name=name)
    columns = tuple(clean_line(cell).strip() or str(n + 1) for n, cell in enumerate(rows[0][:MOST_COLUMNS]))
    width = len(columns)
    ragged = tuple(n for n, row in enumerate(rows[1:]) if len(row) != width)
    cells = tuple(tuple(clean_text(cell) for cell in (*row[:width], *[""] * (width - len(row)))) for row in rows[1:])
    return Source(name, columns, cells, mark, used, ragged)


def delimiter_of(text: str) -> str:
    """The delimiter that parts the first rows into the same number of cells, more than one."""
    best, most = ",", 1
    for mark in DELIMITERS:
        try:
            counts = [len(row) for row, _ in zip(csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=mark), range(20),
                                                 strict=False) if row]  # fmt: skip
        except csv.Error:
            continue
        usual = max(set(counts), key=counts.count, default=0)
        if usual > most and counts and counts[0] == usual:
            best, most = mark, usual
    return best


def _decoded(data: bytes, charset: str) -> tuple[str, str]:
    """The text, and the charset it was read by: the one asked for, a byte order mark's, UTF-8, else the likeliest."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), name
    if charset:
        known = codec_of(charset)
        if not known:
            raise UsageError("merge-unreadable", name="", answer=charset)
        return data.decode(known, "replace"), known
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return decode(data, ""), ""
