"""A conversation on one page: what is laid out, what is folded, where the cursor is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from core.cells import cell_len
from core.flags import Flag, Mark
from core.rendered import Page
from core.store.lists import Row
from core.text import render_text
from tests.tui.pilot import HOSTILE, PartsApp, drive, lines_of
from tests.tui.sources import NOW
from tui.glyphs import UNICODE
from tui.widgets.leaves import Conversation
from tui.widgets.reader import Reader
from tui.widgets.sections import Section, head_line
from tui.widgets.sheet import Sheet

Script = Callable[[Pilot[None]], Awaitable[None]]


def row(number: int, *, unread: bool = False, people: str = "Ana", snippet: str = "") -> Row:
    when = NOW - 100_000 + number * 60
    words = snippet or f"Words of {number}"
    return Row((when, number), 1, number, 1, people, "Re: It", when, 1, int(unread), Flag(0), Mark(0), snippet=words)


class Shelf:
    """Messages of so many lines each, made when they are asked for."""

    def __init__(self, lines: int = 5) -> None:
        self.lines = lines
        self.asked: list[int] = []
        self.came: list[int] = []
        self.bodies: dict[int, str] = {}

    def sheet(self, message: int) -> Sheet:
        self.asked.append(message)
        body = self.bodies.get(message) or "\n".join(f"line {n} of {message}" for n in range(self.lines))
        return Sheet((message, "plain"), (("From", "Ana"),), lambda width: render_text(body, width), subject="Re: It")

    def came_to(self, message: int) -> None:
        self.came.append(message)


class PageApp(PartsApp):
    """The reader with a conversation; the numbers of the unread messages."""

    def __init__(self, count: int, unread: tuple[int, ...] = (), *, lines: int = 5, at: int = 0) -> None:
        self.reader = Reader()
        super().__init__(self.reader)
        self.reader.clock = lambda: NOW
        self.shelf = Shelf(lines)
        self.rows = [row(n, unread=n in unread) for n in range(1, count + 1)]
        self.at = at or (unread[0] if unread else count)

    def on_mount(self) -> None:
        self.reader.focus()
        self.show()

    def show(self) -> None:
        opened = [one.message for one in self.rows if one.unread] or [self.at]
        self.reader.show_conversation(Conversation(("thread", 1), "It", tuple(self.rows), self.shelf), self.at, opened)


def seen(app: PageApp) -> list[str]:
    return [line.rstrip() for line in lines_of(app.reader)]


def here(app: PageApp) -> int:
    section = app.reader.section
    return section.message if section is not None else 0


def run(app: PageApp, script: Script, size: tuple[int, int] = (80, 24)) -> None:
    drive(app, script, size=size)


def test_read_messages_are_lines_and_the_newest_is_open() -> None:
    async def script(pilot: Pilot[None]) -> None:
        lines = seen(app)
        assert lines[:2] == [" It", " 3 messages"]
        assert lines[3].startswith(" ▸   Ana") and "Words of 1" in lines[3] and lines[4].startswith(" ▸   Ana")
        assert lines[5].startswith("▌▾   Ana") and "Words" not in lines[5]
        assert lines[6] == "▌line 0 of 3" and app.shelf.asked == [3]

    app = PageApp(3)
    run(app, script)


def test_the_writers_clock_where_there_is_room() -> None:
    for width, told in ((110, True), (80, False)):
        one = Section(row(1), sheet=Sheet(1, (), lambda width: Page(), sender="Ana", their_clock="23:05 UTC+9"))
        assert ("(23:05 UTC+9)" in head_line(one, width, UNICODE, NOW).text) is told


def test_unread_messages_are_open_and_the_first_of_them_is_read_first() -> None:
    async def script(pilot: Pilot[None]) -> None:
        assert here(app) == 3
        assert [one.opened for one in app.reader.laid.all] == [False, False, True, False, True]
        assert any(line.startswith("▌▾ ● Ana") for line in seen(app)) and "5 messages, 2 unread" in seen(app)[1]

    app = PageApp(5, (3, 5))
    run(app, script)


def test_two_thousand_messages_are_opened_by_laying_out_a_screenful() -> None:
    async def script(pilot: Pilot[None]) -> None:
        assert app.shelf.asked == [1, 2, 3, 4], "what fits"
        await pilot.press("z", "m")
        assert not any(one.opened for one in app.reader.laid.all)
        await pilot.press("z", "m", "space")
        assert all(one.opened for one in app.reader.laid.all) and len(app.shelf.asked) < 12
        await pilot.press("G")
        assert seen(app)[-2] == "▌line 4 of 2000" or "line 4 of 2000" in "".join(seen(app)[-3:])
        assert len(app.shelf.asked) < 30
        await pilot.press("minus")
        assert len(app.shelf.asked) < 40 and not any(line.startswith(" ▸") for line in seen(app))

    app = PageApp(2000, tuple(range(1, 2001)))
    run(app, script)


def test_scrolling_up_shows_the_end_of_the_message_above() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("G")
        top = seen(app)[0]
        await pilot.press("k")
        lines = seen(app)
        assert lines[1] == top or lines[1].lstrip("▌ ") == top.lstrip("▌ ")
        texts = []
        for _n in range(40):
            await pilot.press("k")
            texts.append(seen(app)[0].lstrip("▌ "))
        numbers = [(int(text.split()[-1]), -int(text.split()[1])) for text in texts if text.startswith("line")]
        assert numbers == sorted(numbers, key=lambda pair: (-pair[0], pair[1])) and len({one for one, _ in numbers}) > 2

    app = PageApp(50, tuple(range(1, 51)))
    run(app, script)


def test_the_cursor_goes_along_and_is_always_in_view() -> None:
    async def script(pilot: Pilot[None]) -> None:
        for keys in ("space", "space", "j", "minus", "k", "G", "g g"):
            await pilot.press(*keys.split())
            lines = seen(app)
            assert any(line.startswith("▌") for line in lines), keys
            assert here(app) == (app.shelf.came or [1])[-1]
        assert app.reader.go_to_message(7) and here(app) == 7 and app.shelf.came[-1] == 7
        assert any("line 0 of 7" in line for line in seen(app)) and not app.reader.go_to_message(99)

    app = PageApp(20, tuple(range(1, 21)), lines=9)
    run(app, script)


def test_a_message_folds_and_unfolds_under_the_cursor() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        assert [one.opened for one in app.reader.laid.all] == [False, False, False]
        assert seen(app)[5].startswith("▌▸") and len(app.reader.laid.shown) == 6
        await pilot.press("enter")
        assert "▌line 0 of 3" in seen(app)
        await pilot.click(Reader, offset=(10, 3))
        assert here(app) == 1 and app.reader.laid.all[0].opened and "▌line 4 of 1" in seen(app)

    app = PageApp(3)
    run(app, script)


def test_what_changes_meanwhile_moves_nothing() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("space", "j", "j")
        before = seen(app)
        app.rows = [*app.rows, row(40, unread=True)]
        app.at = here(app)
        app.show()
        assert seen(app) == before and app.reader.laid.all[-1].opened
        above = app.reader.laid.all[0].message
        app.shelf.bodies[above] = "much\nlonger\n" * 30
        app.reader.put(above, app.shelf.sheet(above))
        assert seen(app) == before, "what is above it grows"
        app.rows = app.rows[1:]
        app.show()
        assert seen(app)[1:] == before[1:]

    app = PageApp(30, tuple(range(1, 31)), lines=12)
    run(app, script)


def test_finding_goes_through_all_that_is_laid_out() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app.reader.open_all([1, 3])
        assert app.reader.find("LINE 4") == 2
        places = []
        for _n in range(2):
            await pilot.press("n")
            places.append(here(app))
        assert sorted(places) == [1, 3], "the cursor goes along"
        await pilot.press("enter")
        assert len(app.reader.hits) == 1, "what is folded has none"
        await pilot.press("enter")
        assert len(app.reader.hits) == 2

    run(app := PageApp(3), script)


def test_links_and_parts_are_gone_to() -> None:
    links = "See https://a.example/x\nand https://b.example/y there.\n\n> quoted https://c.example\n> more\n\n"
    body = f"{links}Own words.\n" + "x\n" * 40

    async def script(pilot: Pilot[None]) -> None:
        targets = []
        for _n in range(3):
            await pilot.press("right_parenthesis")
            targets.append(app.reader.link_here.target if app.reader.link_here else "")
        assert targets == ["https://a.example/x", "https://b.example/y", "https://c.example"]
        await pilot.press("left_parenthesis")
        assert app.reader.link_here is not None and app.reader.link_here.target == "https://b.example/y"
        tops = []
        for _n in range(3):
            await pilot.press("right_curly_bracket")
            tops.append(seen(app)[0].lstrip("▌ "))
        assert tops[0].startswith("▾") and tops[1].startswith("See") and tops[2] == "Own words."
        await pilot.press("left_curly_bracket")
        assert seen(app)[0].startswith("▌See")

    app = PageApp(1)
    app.shelf.bodies[1] = body
    run(app, script, (60, 12))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_lines_of_messages_are_as_wide_as_the_page(text: str) -> None:
    async def script(pilot: Pilot[None]) -> None:
        for width in (20, 40, 61, 100):
            await pilot.resize_terminal(width, 12)
            await pilot.pause()
            assert all(cell_len(line) == width - 1 for line in lines_of(app.reader))
            assert "\x1b" not in "".join(lines_of(app.reader))

    app = PageApp(3)
    app.rows = [row(n, people=text, snippet=text) for n in (1, 2, 3)]
    run(app, script)


def test_deep_quotations_are_folded_at_first() -> None:
    async def script(pilot: Pilot[None]) -> None:
        assert "▌▸ 3 quoted lines" in seen(app) and "▌> first level" in seen(app)
        await pilot.press("z", "a")
        assert not any("▸ 3" in line or "third" in line for line in seen(app)[5:7])
        await pilot.press("z", "R")
        assert "▌> > > third" in seen(app)

    app = PageApp(1)
    app.reader.levels = 1
    app.shelf.bodies[1] = "Yes.\n\n> first level\n> > second\n> > second more\n> > > third\n\nEnd.\n"
    run(app, script)
