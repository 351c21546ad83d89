"""What the screen costs on the line, measured in a pseudo-terminal; and that the terminal can be taken away and given back."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable
from statistics import median

import pytest

from tests.terminal.terminal import Terminal
from tests.tui.pilot import TERMINAL

Run = Callable[..., Terminal]
CURSOR_KEY, WORST_KEY, HELD_KEY, FIRST_PAINT = 400, 600, 1_000, 30_000
SGR = re.compile(rb"\x1b\[([0-9;]*)m")
MARK = "done"
"""What the demo writes into its footer when `a` arrives."""


def demo(terminal: Run, *words: str, columns: int = 120, rows: int = 40, **environ: str) -> Terminal:
    command = [sys.executable, "-m", "tests.tui.demo", *words]
    started = terminal(command=command, columns=columns, rows=rows, env={**TERMINAL, **environ})
    return started.wait_for("keys").wait_for("Ana Sousa")


@pytest.mark.parametrize("rows", ["300", "1000000"])
def test_a_cursor_key_costs_little(terminal: Run, rows: str) -> None:
    running = demo(terminal, rows, "night")
    running.press("a").wait_for(MARK)
    costs = []
    for _step in range(30):
        before = running.reset_bytes()
        running.press("j").wait_for(lambda shown: shown.bytes_written() > 100)
        costs.append(len(running.raw) - before)
    assert median(costs) <= CURSOR_KEY and max(costs) <= WORST_KEY, costs


def test_a_key_held_costs_little_on_average(terminal: Run) -> None:
    running = demo(terminal, "1000000", "mono")
    before = running.reset_bytes()
    running.press(*["j"] * 200, "a").wait_for(MARK)
    assert len(running.raw) - before <= HELD_KEY * 200


@pytest.mark.parametrize("theme", ["night", "mono"])
def test_the_first_paint_fits_its_budget(terminal: Run, theme: str) -> None:
    running = demo(terminal, "1000000", theme)
    assert len(running.raw) <= FIRST_PAINT


def test_without_the_memory_it_costs_more_and_shows_the_same(terminal: Run) -> None:
    saved = demo(terminal, "300", "night").press("j", "j", "a").wait_for(MARK)
    plain = demo(terminal, "300", "night", CORREIO_PLAIN_DISPLAY="1").press("j", "j", "a").wait_for(MARK)
    assert saved.lines == plain.lines
    assert len(plain.raw) > len(saved.raw)


def test_drawing_again_and_coming_back_write_everything(terminal: Run) -> None:
    running = demo(terminal, "300", "night")
    lines = running.lines
    before = running.reset_bytes()
    running.press("ctrl+l").wait_for(lambda shown: shown.bytes_written() > 5_000)
    assert running.lines == lines
    before = running.reset_bytes()
    running.kill(signal.SIGTSTP)
    os.waitid(os.P_PID, running.process.pid, os.WSTOPPED | os.WNOWAIT)
    running.kill(signal.SIGCONT)
    running.wait_for(lambda shown: len(shown.raw) - before > 5_000)
    running.press("j", "a").wait_for(MARK)


def test_another_size_is_drawn_right(terminal: Run) -> None:
    running = demo(terminal, "300", "night", columns=100, rows=30)
    running.resize(80, 24).wait_for(lambda shown: "? keys" in shown.line(23) and len(shown.lines) == 24)
    fresh = demo(terminal, "300", "night", columns=80, rows=24)
    running.wait_for(lambda shown: shown.lines == fresh.lines)


def test_no_colour_is_written_where_none_is_wanted(terminal: Run) -> None:
    running = demo(terminal, "300", NO_COLOR="1").press("j", "x", "?", "q", "a")
    running.wait_for(MARK)
    codes = {code for found in SGR.findall(bytes(running.raw)) for code in found.split(b";")}
    assert codes <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"9", b"22", b"23", b"24", b"27", b"29"}
    assert b"7" in codes


def test_sixteen_colours_are_kept_to(terminal: Run) -> None:
    running = demo(terminal, "300", TERM="xterm", COLORTERM="").press("j", "x", "enter", "a").wait_for(MARK)
    for code in (b"38;2;", b"48;2;", b"38;5;", b"48;5;"):
        assert code not in running.raw


@pytest.mark.parametrize(("columns", "rows"), [(20, 5), (10, 3)])
def test_a_tiny_terminal_is_survived(terminal: Run, columns: int, rows: int) -> None:
    command = [sys.executable, "-m", "tests.tui.demo", "300", "night"]
    running = terminal(command=command, columns=columns, rows=rows, env=TERMINAL)
    running.wait_output(200).press("j", "enter", "?", "q", "q", "q")
    assert running.wait_exit() == 0
