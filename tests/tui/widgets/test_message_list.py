from __future__ import annotations

from typing import Any

import pytest
from textual import on
from textual.pilot import Pilot

from core.cells import cell_len
from core.flags import Flag, Mark
from tests.tui.pilot import HOSTILE, PartsApp, drive, lines_of, screen_text
from tests.tui.sources import NOW, EndlessList, MadeList, children, row
from tui.glyphs import ASCII, UNICODE
from tui.styles import PLAIN_LOOKS
from tui.widgets.list_row import RowPainter
from tui.widgets.list_window import Entry
from tui.widgets.message_list import MessageList


class ListApp(PartsApp):
    """The list alone, its messages kept."""

    def __init__(self, length: int = 100) -> None:
        self.list = MessageList()
        super().__init__(self.list)
        self.length = length
        self.told: list[Any] = []

    def on_mount(self) -> None:
        self.list.clock = lambda: NOW
        self.list.show_source(MadeList([row(n) for n in range(self.length)]), children)
        self.list.focus()

    @on(MessageList.RowHighlighted)
    @on(MessageList.RowOpened)
    @on(MessageList.SelectionChanged)
    def keep(self, event: Any) -> None:
        self.told.append(event)


def text_of(entry: Entry, width: int, ascii: bool = False, **state: bool) -> str:
    painter = RowPainter(width, PLAIN_LOOKS, ASCII if ascii else UNICODE, NOW)
    return "".join(segment.text for segment in painter.paint(entry, **state))


def entry(**changes: Any) -> Entry:
    one = row(7, **changes)
    return Entry(one, one.key)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_row_is_exactly_as_wide_as_it_should_be(text: str) -> None:
    full = entry(people=text, subject=text, tags=(text, "work"), total=12, unread=3, flags=Flag(7), marks=Mark(17))
    for width in (*range(60), 79, 80, 92, 119, 120, 160, 240):
        for state in ({}, {"cursor": True}, {"selected": True}):
            assert cell_len(text_of(full, width, **state)) == width
            assert cell_len(text_of(full, width, ascii=True, **state)) == width


def test_the_signs_of_a_row() -> None:
    full = entry(unread=1, flags=Flag.FLAGGED | Flag.ANSWERED, marks=Mark.ATTACHMENT | Mark.HIGH, total=4, tags=("work",))
    text = text_of(full, 100, selected=True)
    for sign in ("✓", "●", "⚑", "📎", "↩", "!", "(4)", "▸", "work"):
        assert sign in text
    plain = text_of(full, 100, ascii=True, selected=True)
    assert plain.isascii()
    for sign in ("+", "*", "F", "@", "r", "!", "(4)", "> "):
        assert sign in plain
    bare = text_of(entry(unread=0, flags=Flag(0), marks=Mark(0), total=1), 100)
    assert not set("✓●⚑📎↩↪!▸") & set(bare)
    assert "↪" in text_of(entry(flags=Flag.FORWARDED), 100)


def test_narrow_lists_leave_columns_out() -> None:
    one = entry(people="Ana Sousa", subject="Release on Friday?", unread=0)
    wide, narrow, tiny = text_of(one, 100), text_of(one, 45), text_of(one, 20)
    assert "Sep" in wide and "Sep" not in narrow
    assert "Ana Sousa" in wide and "Ana" in narrow and "Ana" in tiny
    assert "Release on Friday?" in wide and "Rel" in tiny


def test_children_are_indented_by_their_depth() -> None:
    parent = row(9, total=3)
    lines = [text_of(Entry(one, parent.key, child=True), 80) for one in children(parent)]
    starts = [line.index("└") for line in lines]
    assert starts[0] < starts[1] < starts[2]


def test_an_empty_list_says_so() -> None:
    async def script(pilot: Pilot[None]) -> str:
        app.list.empty_text = "Nothing fits this search."
        await pilot.pause()
        return screen_text(app)

    app = ListApp(0)
    assert "Nothing fits this search." in drive(app, script)
    app = ListApp(0)
    assert "No messages here." in drive(app, lambda pilot: _text(app, pilot))


async def _text(app: PartsApp, pilot: Pilot[None]) -> str:
    await pilot.pause()
    return screen_text(app)


def test_keys_move_the_cursor_and_tell() -> None:
    async def script(pilot: Pilot[None]) -> list[int]:
        places = []
        for keys in ("j", "j k", "G", "g g", "space", "minus", "ctrl+d", "ctrl+u", "end", "home"):
            await pilot.press(*keys.split())
            places.append(app.list.place[0])
        return places

    app = ListApp()
    height = 30
    places = drive(app, script, size=(100, height))
    assert places == [2, 2, 100, 1, height, 1, 1 + height // 2, 1, 100, 1]
    rows = [event.row for event in app.told if isinstance(event, MessageList.RowHighlighted)]
    assert rows[-1] == app.list.current == row(99)


def test_enter_and_double_click_open() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("j", "enter")
        await pilot.click(MessageList, offset=(5, 4), times=2)

    app = ListApp()
    drive(app, script)
    opened = [event.row.message for event in app.told if isinstance(event, MessageList.RowOpened)]
    assert opened == [98, 95]


def test_a_click_moves_and_the_wheel_scrolls() -> None:
    async def script(pilot: Pilot[None]) -> tuple[int, int, int]:
        await pilot.click(MessageList, offset=(5, 4))
        clicked = app.list.place[0]
        await pilot._post_mouse_events([_wheel_down()], MessageList, offset=(5, 5))
        assert app.list.window is not None
        return clicked, app.list.window.top, app.list.place[0]

    def _wheel_down() -> type[Any]:
        from textual.events import MouseScrollDown

        return MouseScrollDown

    app = ListApp()
    clicked, top, place = drive(app, script)
    assert clicked == 5
    assert top == 3
    assert place == 5


def test_choosing_one_a_range_and_everything() -> None:
    async def script(pilot: Pilot[None]) -> list[list[int]]:
        found = [[one.message for one in app.list.chosen()]]
        await pilot.press("x", "j", "x")
        found.append([one.message for one in app.list.chosen()])
        await pilot.press("V", "j", "j", "V", "j")
        found.append([one.message for one in app.list.chosen()])
        app.list.reload()
        await pilot.pause()
        found.append([one.message for one in app.list.chosen()])
        assert lines_of(app.list)[0].startswith("✓")
        assert app.list.clear_selection() and not app.list.clear_selection()
        found.append([one.message for one in app.list.chosen()])
        app.list.select_everything()
        found.append([one.message for one in app.list.chosen()])
        return found

    app = ListApp()
    found = drive(app, script)
    assert found[0] == [99]
    assert found[1] == [99, 97]
    assert sorted(found[2]) == [94, 95, 96, 97, 99]
    assert found[3] == found[2]
    assert found[4] == [93]
    assert found[5] == list(range(99, -1, -1))
    assert app.told[-1].count == 100


def test_everything_is_what_was_there() -> None:
    async def script(pilot: Pilot[None]) -> list[int]:
        app.list.select_everything()
        assert app.list.window is not None and isinstance(app.list.window.source, MadeList)
        app.list.window.source.rows.append(row(100))
        app.list.reload()
        await pilot.press("g", "g")
        assert not lines_of(app.list)[0].startswith("✓") and lines_of(app.list)[1].startswith("✓")
        return [one.message for one in app.list.chosen()]

    app = ListApp()
    assert drive(app, script) == list(range(99, -1, -1))


def test_next_and_previous_unread() -> None:
    async def script(pilot: Pilot[None]) -> list[int]:
        found = []
        for key in ("right_square_bracket", "right_square_bracket", "left_square_bracket"):
            await pilot.press(key)
            assert app.list.current is not None
            found.append(app.list.current.message)
        return found

    app = ListApp()
    assert drive(app, script) == [96, 92, 96]


def test_folding_conversations() -> None:
    async def script(pilot: Pilot[None]) -> tuple[int, int, int]:
        assert app.list.window is not None
        before = len(app.list.window.entries)
        await pilot.press("z", "a")
        one = len(app.list.window.entries)
        await pilot.press("z", "R")
        many = len(app.list.window.entries)
        await pilot.press("z", "M")
        assert len(app.list.window.entries) == before
        return before, one, many

    app = ListApp()
    before, one, many = drive(app, script)
    assert before < one < many


def test_a_million_rows_open_at_once_and_end_at_once() -> None:
    async def script(pilot: Pilot[None]) -> None:
        source = EndlessList()
        app.list.show_source(source)
        await pilot.press("G")
        assert app.list.place == (1_000_000, 1_000_000)
        assert lines_of(app.list)[-1].endswith("▐"), "the thumb stands at the end"
        assert source.made < 500

    app = ListApp(0)
    drive(app, script)


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (3, 2), (300, 80)])
def test_any_size_of_terminal_is_survived(size: tuple[int, int]) -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("j", "G", "x", "space")
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert all(cell_len(line) == 40 for line in lines_of(app.list))

    app = ListApp()
    drive(app, script, size=size)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_only_text(text: str) -> None:
    async def script(pilot: Pilot[None]) -> str:
        app.list.show_source(MadeList([row(1, people=text, subject=text, tags=(text,), total=1)]))
        await pilot.pause()
        return screen_text(app)

    app = ListApp(0)
    shown = drive(app, script)
    assert app.return_code in (None, 0)
    if text.startswith("["):
        assert text.split()[0] in shown
