"""What a key costs: time and bytes at the pseudo-terminal, one key at a time and held down."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, middle, percentile
from tests.bench.homes import filled_home, newest_subject
from tests.bench.start import COLUMNS, ROWS
from tests.bench.timing import hold, memory_mb, press_and_watch, shown_after
from tests.terminal.program import ROOT, correio, environment, processes_of
from tests.terminal.pty import Pty


@contextlib.contextmanager
def _started(count: int, command: list[str] | None) -> Iterator[tuple[Path, Pty]]:
    """The home with `count` mails, and Correio (or `command`) on it, its list shown and all quiet."""
    subject = newest_subject(count)
    with (
        filled_home(count) as home,
        Pty(command or correio(), environment(home), columns=COLUMNS, rows=ROWS, cwd=str(ROOT)) as terminal,
    ):
        shown_after(terminal, lambda lines: any(subject in line for line in lines))
        terminal.wait_quiet(1.0)
        yield home, terminal


def measure_keys(count: int, presses: int = 200, command: list[str] | None = None) -> list[Figure]:
    """Cursor key, held key, opening a mail, and memory afterwards, with `count` mails."""
    with _started(count, command) as (home, terminal):
        answers = [press_and_watch(terminal, "j") for _ in range(presses)]
        times = [1000 * answer.last for answer in answers]
        lag, size = hold(terminal, "j", 90)
        terminal.press("g", "g").wait_quiet(0.5)
        opened = []
        for _ in range(10):
            opened.append(1000 * press_and_watch(terminal, "enter").last)
            terminal.press("q").wait_quiet(0.3)
            terminal.press("j").wait_quiet(0.6)
        figures = [
            Figure(f"cursor key, median, {count:,} mails", middle(times), "ms", 4),
            Figure("cursor key, p95", percentile(times, 0.95), "ms", 12),
            Figure("cursor key, bytes on average", sum(answer.size for answer in answers) / presses, "bytes", 400),
            Figure("key held at 30/s, lag", 1000 * lag, "ms", 20),
            Figure("key held at 30/s, bytes a key", size, "bytes", 1000),
            Figure("open a mail from the list, median", middle(opened), "ms", 15),
            Figure("memory of the screen", memory_mb(terminal.process.pid) or 0.0, "MB", 60),
        ]
        others = [process for process in processes_of(home) if process != terminal.process.pid]
        engine = sum(memory_mb(process) or 0.0 for process in others)
        return [*figures, Figure("memory of the engine", engine, "MB", 80)]


def measure_fold(count: int, presses: int = 20, command: list[str] | None = None) -> list[Figure]:
    """Unfolding and folding all threads, as far as they are shown, with `count` mails."""
    with _started(count, command) as (_home, terminal):
        times = []
        for number in range(presses):
            terminal.press("z").wait_quiet(0.3)
            times.append(1000 * press_and_watch(terminal, "RM"[number % 2]).last)
            terminal.wait_quiet(0.3)
        return [Figure(f"fold or unfold threads, median, {count:,} mails", middle(times), "ms")]
