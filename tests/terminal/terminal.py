"""A program in a pseudo-terminal, as a person at a keyboard sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from wcwidth import wcswidth

from tests.terminal.emulator import Emulator
from tests.terminal.keys import click_bytes
from tests.terminal.leaks import find_leaks
from tests.terminal.pty import TIMEOUT, Begin, Pty, begin_anew
from tests.terminal.snapshot import compare

Wanted = str | re.Pattern[str] | Callable[["Terminal"], bool]


class Terminal(Pty):
    """A program on a pseudo-terminal with an emulated screen.

    The test waits for what it wants to see (`wait_for`), never for time.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 80,
        rows: int = 24,
        cwd: str | None = None,
        begin: Begin = begin_anew,
    ) -> None:
        self._emulator = Emulator(columns, rows)
        self._awaited: Wanted | None = None
        self._seen = False
        super().__init__(command, env, columns=columns, rows=rows, cwd=cwd, begin=begin)

    # ------------------------------------------------------------------ keyboard and mouse

    def paste(self, text: str) -> Self:
        """Paste as a terminal with bracketed paste does."""
        return self.write(b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def click(self, column: int, row: int, button: int = 0) -> Self:
        """Click at a cell, counted from 0."""
        return self.write(click_bytes(column, row, button))

    # ------------------------------------------------------------------ the screen

    @property
    def lines(self) -> list[str]:
        """The rows of the screen without trailing spaces."""
        with self._news:
            return self._lines()

    @property
    def text(self) -> str:
        """The screen as one string, rows parted by newlines."""
        return "\n".join(self.lines)

    def line(self, number: int) -> str:
        """A row of the screen, 0 is the top one, -1 the last."""
        return self.lines[number]

    @property
    def cursor(self) -> tuple[int, int]:
        """(column, row) of the cursor, from 0."""
        with self._news:
            return self._emulator.cursor

    def reversed_text(self, row: int) -> str:
        """What of the row is shown in reverse video."""
        with self._news:
            return self._emulator.reversed_text(row)

    def find(self, text: str) -> tuple[int, int] | None:
        """(column, row) of the cell where the text begins, None when the screen does not show it; for `click`."""
        for row, line in enumerate(self.lines):
            if (place := line.find(text)) >= 0:
                return wcswidth(line[:place]), row
        return None

    def wait_for(self, wanted: Wanted, timeout: float = TIMEOUT) -> Self:
        """Block until the screen shows the text, matches the pattern, or the predicate of this terminal is true.

        A text or a pattern need not stay: each picture that comes meanwhile is looked at, a predicate at times. Raises
        AssertionError with the screen when the time is over or the program ends before.
        """

        def seen() -> bool:
            self._seen = self._seen or self._shows(wanted)
            return self._seen

        with self._news:
            self._awaited, self._seen = None if callable(wanted) else wanted, False
        self._wait(lambda: seen() or self._ended, timeout)
        with self._news:
            came = seen()
            self._awaited = None
        if not came:
            raise AssertionError(self.complaint(f"waited for {wanted!r}"))
        return self

    def wait_gone(self, wanted: Wanted, timeout: float = TIMEOUT) -> Self:
        """Block until the screen no longer shows it."""
        if not self._wait(lambda: not self._shows(wanted), timeout):
            raise AssertionError(self.complaint(f"{wanted!r} stayed"))
        return self

    def shows(self, wanted: Wanted) -> bool:
        """Whether the screen shows it now."""
        with self._news:
            return self._shows(wanted)

    def snapshot(self, name: str, *masks: tuple[str, str], timeout: float = TIMEOUT) -> None:
        """Wait until the screen is as in tests/snapshots/NAME.txt; AssertionError with a diff when it never is.

        `masks` are (regular expression, replacement) for what differs from run to run. CORREIO_UPDATE_SNAPSHOTS=1
        writes the file instead, once the screen has come to rest.
        """
        compare(name, self, masks, timeout)

    # ------------------------------------------------------------------ bytes

    def leaks(self, *forbidden: bytes, since: int = 0) -> list[str]:
        """What forbidden bytes the program wrote since the position (see tests.terminal.leaks); [] is good."""
        with self._news:
            return find_leaks(bytes(self.raw[since:]), *forbidden)

    # ------------------------------------------------------------------ for messages

    def resize(self, columns: int, rows: int) -> Self:
        """Change the window's size; the program gets SIGWINCH from the kernel."""
        with self._news:
            self._emulator.resize(columns, rows)
        return super().resize(columns, rows)

    def picture(self) -> str:
        """The screen in a frame, for messages."""
        lines = self.lines
        cells = [max(0, wcswidth(line)) for line in lines]
        width = max(self.columns, *cells)
        rows = (f"│{line}{' ' * (width - taken)}│" for line, taken in zip(lines, cells, strict=True))
        return "\n".join((f"┌{'─' * width}┐", *rows, f"└{'─' * width}┘"))

    def complaint(self, what: str) -> str:
        """What went wrong, how the program is, and its screen."""
        return f"{super().complaint(what)}; its screen:\n{self.picture()}"

    # ------------------------------------------------------------------ inside

    def _lines(self) -> list[str]:
        return self._emulator.lines()

    def _take(self, data: bytes) -> None:
        super()._take(data)
        self._emulator.feed(data)
        if self._awaited is not None and not self._seen:
            self._seen = self._shows(self._awaited)

    def _shows(self, wanted: Wanted) -> bool:
        if callable(wanted):
            return wanted(self)
        text = "\n".join(self._lines())
        return wanted in text if isinstance(wanted, str) else wanted.search(text) is not None
