"""What is skipped was right: an emulated terminal shows the same with and without the memory."""

from __future__ import annotations

import asyncio
import random
import re
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import LayoutUpdate
from textual.screen import Screen
from textual.strip import Strip

from tests.depth import depth, examples
from tests.tui.demo import DemoApp
from tests.tui.pilot import HOSTILE
from tui.compositor import Pieces
from tui.display import _pieces
from tui.terminal_memory import TerminalMemory

WIDTH, HEIGHT, STEPS = 100, 30, depth(70, 240)
_LINKS = re.compile(r"\x1b\]8;[^\x1b]*\x1b\\")
KEYS = (
    "j", "j", "j", "k", "k", "space", "minus", "ctrl+d", "ctrl+u", "G", "g", "x", "V", "z", "a", "M", "R", "tab", "enter",
    "q", "J", "K", "H", "right_square_bracket", "question_mark", "ctrl+p", "escape", "down", "up", "slash", "i", "ctrl+l",
)  # fmt: skip
CHARACTERS = {
    "minus": "-", "right_square_bracket": "]", "question_mark": "?", "slash": "/", "space": " ",
}  # fmt: skip


def test_a_sign_that_terminals_draw_narrower_leaves_nothing_of_before() -> None:
    memory = TerminalMemory(10, 1, ColorSystem.TRUECOLOR)
    memory.paint([(0, 0, [Segment("abcdefghij")])])
    written = memory.paint([(0, 0, [Segment("x❤\ufe0f y      ")])])
    assert "\x1b[2X❤\ufe0f" in written, "both cells are blank before it is drawn"


class Filling(pyte.Screen):
    """A terminal that gives lines that it makes blank the ground of the pen, as those do that erase with it."""

    def insert_lines(self, count: int | None = None) -> None:
        super().insert_lines(count)
        self._fill(self.cursor.y, count or 1)

    def delete_lines(self, count: int | None = None) -> None:
        super().delete_lines(count)
        bottom = self.margins.bottom if self.margins else self.lines - 1
        self._fill(bottom + 1 - (count or 1), count or 1)

    def _fill(self, top: int, count: int) -> None:
        for y in range(top, top + count):
            for x in range(self.columns):
                self.buffer[y][x] = self.cursor.attrs


class Emulated:
    """A pyte screen fed with text."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = Filling(width, height)
        self.stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        self.stream.feed(_LINKS.sub("", text.replace("\r\n", "\n").replace("\n", "\r\n")))

    def cells(self) -> list[list[tuple[Any, ...]]]:
        """What can be seen of every cell: of a blank only its ground."""
        return [[self._seen(self.screen.buffer[y][x]) for x in range(self.screen.columns)] for y in range(self.screen.lines)]

    @staticmethod
    def _seen(cell: Any) -> tuple[Any, ...]:
        if cell.data == " " and not (cell.underscore or cell.reverse or cell.strikethrough):
            return (" ", cell.bg)
        return tuple(cell)


class Watched(DemoApp):
    """The demo, its pictures sent to two emulated terminals: whole as Textual has them, and what we write of them."""

    def __init__(self) -> None:
        super().__init__(300, "night")
        self.console._color_system = ColorSystem.TRUECOLOR
        self.whole, self.saved = Emulated(WIDTH, HEIGHT), Emulated(WIDTH, HEIGHT)
        self.memory = TerminalMemory(WIDTH, HEIGHT, ColorSystem.TRUECOLOR)
        self.bytes_whole = self.bytes_saved = 0

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, Pieces):
            everything = screen._compositor.render_update(full=True)
            assert isinstance(everything, LayoutUpdate)
            whole, saved = everything.render_segments(self.console), self.memory.paint(_pieces(renderable))
            self.whole.feed(whole)
            self.saved.feed(saved)
            self.bytes_whole += len(whole.encode())
            self.bytes_saved += len(saved.encode())
        super()._display(screen, renderable)

    def forget_display(self) -> None:
        self.memory.forget()
        super().forget_display()


@pytest.mark.parametrize("seed", [1, 2])
def test_random_steps_show_the_same_as_without_the_memory(seed: int) -> None:
    async def run() -> tuple[int, int]:
        chance = random.Random(seed)
        app = Watched()
        async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
            await pilot.pause()
            for step in range(STEPS):
                key = chance.choice(KEYS)
                character = CHARACTERS.get(key, key if len(key) == 1 else None)
                app.post_message(events.Key(key, character))
                await pilot.pause()
                assert app.saved.cells() == app.whole.cells(), f"step {step}, key {key}"
            return app.bytes_whole, app.bytes_saved

    whole, saved = asyncio.run(run())
    assert saved * 4 < whole


styles = st.builds(
    Style,
    color=st.sampled_from([None, "red", "#123456", "default"]),
    bgcolor=st.sampled_from([None, "blue", "#654321"]),
    bold=st.sampled_from([None, True, False]),
    dim=st.sampled_from([None, True]),
    underline=st.sampled_from([None, True]),
    reverse=st.sampled_from([None, True]),
    link=st.sampled_from([None, "https://example.org/a;b", "java\x1bscript:"]),
)
texts = st.one_of(
    st.text("ab  日本", min_size=1, max_size=12), st.text("ab ", min_size=1, max_size=30), st.sampled_from(["  ", "日"])
)
pieces = st.tuples(st.integers(0, 19), st.integers(0, 3), st.lists(st.builds(Segment, texts, styles), min_size=1, max_size=4))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(pieces, min_size=1, max_size=6), st.booleans(), st.booleans(), st.booleans())
def test_any_pieces_end_as_when_written_one_after_the_other(
    made: list[tuple[int, int, list[Segment]]], fills: bool, much: bool, keeps: bool
) -> None:
    step_by_step = TerminalMemory(20, 4, ColorSystem.TRUECOLOR)
    at_once = TerminalMemory(20, 4, ColorSystem.TRUECOLOR, fills=fills, keeps_pen=keeps)
    at_once.many = 0 if much else at_once.many
    one, other = Emulated(20, 4), Emulated(20, 4)
    for piece in made:
        step_by_step.forget()
        one.feed(step_by_step.paint([piece]))
        other.feed(at_once.paint([piece]))
        # A wide character of which half is overwritten is the terminal's affair: those cells are unknown.
        known = [[sign is not None for sign in row] for row in at_once._signs]
        seen, wanted = other.cells(), one.cells()
        for y in range(4):
            for x in range(20):
                assert not known[y][x] or seen[y][x] == wanted[y][x]


def test_what_is_shown_already_is_not_written_again() -> None:
    memory = TerminalMemory(20, 2, ColorSystem.TRUECOLOR)
    line = [Segment("hello", Style(bold=True)), Segment(" world 日本")]
    assert "hello" in memory.paint([(0, 0, line)])
    assert memory.paint([(0, 0, line)]) == ""
    assert memory.paint([(0, 0, [Segment("hellO", Style(bold=True))])]) == "\x1b[1;5H\x1b[1mO\x1b[m"
    memory.forget()
    assert "hellO" in memory.paint([(0, 0, [Segment("hellO", Style(bold=True))])])


def test_colours_that_the_pen_has_already_are_not_written_again() -> None:
    memory = TerminalMemory(20, 2, ColorSystem.EIGHT_BIT, keeps_pen=True)

    def written(y: int, text: str, style: str) -> str:
        return memory.paint([(0, y, [Segment(text, Style.parse(style))])])

    assert written(0, "first", "bold red on blue").startswith("\x1b[m"), "nobody knows what was there before"
    assert written(1, "second", "bold red on blue") == "\x1b[2Hsecond"
    assert written(1, "SECOND", "red on blue underline").endswith("\x1b[m"), "blanks would be underlined"
    assert written(0, "linked", "red link https://example.org/").endswith("\x1b]8;;\x1b\\\x1b[m")
    assert written(0, "linked", "red link https://example.org/") == ""
    memory.forget()
    assert written(0, "x", "red").startswith("\x1b[m")


def test_colours_are_written_only_where_there_are_any() -> None:
    line = [(0, 0, [Segment("x", Style.parse("bold red on #102030"))])]
    assert TerminalMemory(9, 1, None).paint(line) == "\x1b[1H\x1b[1mx\x1b[m"
    assert "38;2;" not in TerminalMemory(9, 1, ColorSystem.EIGHT_BIT).paint(line)
    assert "48;2;16;32;48" in TerminalMemory(9, 1, ColorSystem.TRUECOLOR).paint(line)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_forbidden_character_passes_the_last_gate(text: str) -> None:
    memory = TerminalMemory(200, 1, ColorSystem.TRUECOLOR)
    written = memory.paint([(0, 0, [Segment(text + "z", Style(link=f"https://x/{text}"))])])
    left = re.sub(r"\x1b\[[0-9;]*[A-Za-z]|\x1b\]8;[!-~]*;?[!-~]*\x1b\\", "", written)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", left)
    assert written.encode(errors="surrogatepass")


lines = st.lists(
    st.tuples(st.text("abc 日", max_size=16), styles), min_size=24, max_size=24, unique_by=lambda line: line[0].strip()
)


@settings(max_examples=examples(40), deadline=None)
@given(lines, st.integers(-9, 9), st.integers(0, 6), st.booleans(), st.booleans(), st.booleans())
def test_moved_lines_end_as_when_they_are_written(
    texts: list[tuple[str, Style]], by: int, left: int, fills: bool, much: bool, keeps: bool
) -> None:
    plain = TerminalMemory(20, 14, ColorSystem.TRUECOLOR)
    memory = TerminalMemory(20, 14, ColorSystem.TRUECOLOR, fills=fills, keeps_pen=keeps)
    memory.many = 0 if much else memory.many
    one, other = Emulated(20, 14), Emulated(20, 14)
    ground = Style(bgcolor="#101010")

    def shown(first: int) -> list[tuple[int, int, list[Segment]]]:
        """Twelve of the lines between two bars, beside a column that stays."""
        rows: list[tuple[int, int, list[Segment]]] = [(0, y, [Segment("-" * 20, ground)]) for y in (0, 13)]
        for y in range(1, 13):
            text, style = texts[first + y - 1]
            rows.append((left, y, list(Strip([Segment(text, style)]).adjust_cell_length(20 - left, ground))))
            rows += [(0, y, [Segment(f"{y:<{left}}", ground)])] if left else []
        return rows

    first = max(-by, 0)
    for start in (first, first + by, first):
        plain.forget()
        one.feed(plain.paint(shown(start)))
        other.feed(memory.paint(shown(start)))
        assert other.cells() == one.cells()


def test_a_page_of_moved_lines_costs_little() -> None:
    memory = TerminalMemory(40, 24, ColorSystem.TRUECOLOR)
    texts = [str((n + 3) ** 40)[:38] for n in range(40)]
    memory.paint([(0, y, [Segment(f"{texts[y]:<40}")]) for y in range(24)])
    moved = memory.paint([(0, y, [Segment(f"{texts[y + 1]:<40}")]) for y in range(24)])
    assert "\x1b[1;24r" in moved and len(moved) < 100
    back = memory.paint([(0, y, [Segment(f"{texts[y]:<40}")]) for y in range(24)])
    assert len(back) < 100


def test_half_a_page_of_a_list_with_its_cursor_is_moved() -> None:
    ground, cursor = Style(bgcolor="#101010"), Style(bgcolor="#404080")
    texts = [str((n + 3) ** 40)[:30] for n in range(40)]

    def page(first: int, here: int) -> list[tuple[int, int, list[Segment]]]:
        return [(0, y, [Segment(f"{texts[first + y]:<80}", cursor if first + y == here else ground)]) for y in range(24)]

    sizes = []
    for fills in (True, False):
        memory = TerminalMemory(80, 24, ColorSystem.TRUECOLOR, fills=fills)
        memory.paint(page(0, 23))
        sizes.append(len(memory.paint(page(12, 24))))
    assert sizes[0] < 1000 and sizes[0] < sizes[1]


NIGHT = {"ground": "#15181e", "cursor": "#2f4a78"}


def list_row(n: int, *, cursor: bool) -> list[Segment]:
    """A row of a list as it is in a theme with colours of its own: 94 cells, the last one a scroll bar's."""
    people, subject, snippet = f"Priya {n}, Søren", str((n + 3) ** 20)[: 12 + n % 9], f"— {str((n + 7) ** 30)[: 15 + n % 7]}…"
    parts = [(" ", ""), ("● ", "#ffd75f"), (f"{people} ", "#ffffff"), (f"{'(2)':<{24 - len(people)}}▸ ", "#808080")]
    parts += [(f"{subject} ", "#ffffff"), (snippet, "#808080")]
    used = sum(len(text) for text, _colour in parts)
    parts.append((f"{'2025-06-15':>{92 - used}} ", "#808080"))
    end = Segment(" ", Style(bgcolor=NIGHT["ground"]))
    if cursor:
        text = "".join(text for text, _colour in parts)
        return [Segment(text, Style(bold=True, color="#ffffff", bgcolor=NIGHT["cursor"])), end]
    ground = NIGHT["ground"]
    return [*(Segment(text, Style(bold=True, color=colour or None, bgcolor=ground)) for text, colour in parts), end]


def test_a_list_gone_through_costs_less_than_360_bytes_a_key() -> None:
    """Two rows for each key, and half a page when the cursor leaves the view: beside a tree, with a border between them."""
    memory, shown = TerminalMemory(120, 40, ColorSystem.TRUECOLOR, fills=True, keeps_pen=True), Emulated(120, 40)
    edge = Style(color="#87afff", bgcolor=NIGHT["ground"])
    side = [(0, y, [Segment(f"{f'Folder {y}' if y < 9 else '':<25}│", edge)]) for y in range(40)]

    def rows(top: int, here: int, wanted: range) -> list[tuple[int, int, list[Segment]]]:
        return [(26, y, list_row(top + y, cursor=top + y == here)) for y in wanted]

    shown.feed(memory.paint([*side, *rows(0, 0, range(40))]))
    top, sizes = 0, []
    for here in range(1, 100):
        if here - top < 40:
            written = memory.paint(rows(top, here, range(here - top - 1, here - top + 1)))
        else:
            top += 20
            written = memory.paint(rows(top, here, range(40)))
        shown.feed(written)
        sizes.append(len(written.encode()))
    assert sum(sizes) / len(sizes) < 360 and sorted(sizes)[50] < 270, sizes
    whole = Emulated(120, 40)
    whole.feed(TerminalMemory(120, 40, ColorSystem.TRUECOLOR).paint([*side, *rows(top, 99, range(40))]))
    assert shown.cells() == whole.cells()


@pytest.mark.parametrize("fills", [True, False])
def test_long_gaps_are_erased_only_where_that_takes_the_ground(fills: bool) -> None:
    memory = TerminalMemory(60, 1, ColorSystem.TRUECOLOR, fills=fills)
    written = memory.paint([(0, 0, [Segment("a" + " " * 50 + "b", Style(bgcolor="#102030"))])])
    assert ("\x1b[52Xa\x1b[52Gb" in written) is fills


def test_an_odd_character_is_followed_by_its_column() -> None:
    memory = TerminalMemory(20, 1, ColorSystem.TRUECOLOR)
    assert memory.paint([(0, 0, [Segment("a🎉b")])]) == "\x1b[1Ha🎉\x1b[4Gb"
