"""A pyte screen fed by what the program writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyte
from wcwidth import wcwidth

_UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[[<=>][0-9;:]*[A-Za-z]"  # keyboard protocol and key modifiers
    rb"|\x1b\[[?>]?[0-9;]*\$[a-z]"  # mode queries
    rb"|\x1b[P_^X][^\x1b\x07]*(?:\x1b\\|\x07)"  # DCS, APC, PM, SOS
    rb"|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)"  # links
)
_UNFINISHED = re.compile(rb"\x1b(?:[\[\]P_^X][^\x1b\x07A-Za-z]{0,4096})?$|\x1b[\]P_^X][^\x1b\x07]{0,65536}\x1b?$")


def _letters(cells: list[str]) -> Iterator[str]:
    """What is seen in a row. The second half of a wide character is nothing; where its first half is overwritten, a blank,
    as a picture that is half written may have it."""
    wide = False
    for cell in cells:
        if not wide:
            yield cell or " "
        wide = not wide and bool(cell) and wcwidth(cell[0]) == 2


class Emulator:
    """The visible text after everything that was fed; sequences split over two writes are waited for."""

    def __init__(self, columns: int, rows: int) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take the program's output."""
        data = self._rest + data
        cut = _UNFINISHED.search(data)
        self._rest = data[cut.start() :] if cut else b""
        data = data[: cut.start()] if cut else data
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as after SIGWINCH."""
        self._screen.resize(rows, columns)

    def lines(self) -> list[str]:
        """The rows from top to bottom, without spaces at their ends. A wide character takes one place here."""
        columns, rows = self._screen.columns, self._screen.lines
        return ["".join(_letters([self._screen.buffer[y][x].data for x in range(columns)])).rstrip() for y in range(rows)]

    @property
    def cursor(self) -> tuple[int, int]:
        """(column, row), both from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    def reversed_text(self, row: int) -> str:
        """The characters of the row that are shown in reverse video."""
        cells = self._screen.buffer[row]
        return "".join(cells[column].data for column in range(self._screen.columns) if cells[column].reverse)
