"""What a key makes the program do: statements, pictures, lines drawn. Counted, for times say little on a busy machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import RenderableType
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from core.store.database import Database
from tests.tui.office import Clerk, Office, mail, work
from tui.compositor import Pieces
from tui.display import DiffDisplay
from tui.news import News
from tui.screens.entry_form import EntryScreen
from tui.screens.main import ahead
from tui.screens.main.screen import MainScreen
from tui.screens.settings import SettingsScreen
from tui.widgets.message_list import MessageList
from tui.widgets.reader import Reader

pytestmark = pytest.mark.usefixtures("nothing_ahead")
MOST_ASKED = 14
"""Statements that opening a mail takes until it is seen."""


@pytest.fixture
def nothing_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made ready while the cursor rests has tests of its own: here keys follow each other, however slowly."""
    monkeypatch.setattr(ahead, "REST", 3600)


class Counts:
    """What was done since the last `reset`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reset()
        read, display, line = Database.read, DiffDisplay._display, MessageList.render_line

        def counted_read(db: Database, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
            self.statements.append(sql)
            return read(db, sql, params)

        def counted_display(app: DiffDisplay[Any], screen: Screen[object], picture: RenderableType | None) -> None:
            if picture is not None and not self.pictures:
                self.asked = list(self.statements)
            self.pictures += picture is not None
            self.rows += [{y for _x, y, _cells in picture.pieces}] if isinstance(picture, Pieces) else []
            display(app, screen, picture)

        def counted_line(widget: MessageList, y: int) -> Any:
            self.lines += 1
            return line(widget, y)

        monkeypatch.setattr(Database, "read", counted_read)
        monkeypatch.setattr(DiffDisplay, "_display", counted_display)
        monkeypatch.setattr(MessageList, "render_line", counted_line)
        monkeypatch.setattr(News, "_soon", lambda app: None)  # news is counted elsewhere
        monkeypatch.setattr(News, "look", lambda app: None)

    def reset(self) -> None:
        """Count anew."""
        self.statements: list[str] = []
        self.asked: list[str] = []
        """Statements before the first picture."""
        self.rows: list[set[int]] = []
        self.pictures = self.lines = 0


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.put(*(mail(n, f"Mail {n}") for n in range(1, 31)))
    return made


def test_a_cursor_key_asks_nothing_and_draws_two_lines_before_anybody_hears_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, list[str]]] = []
    counts = Counts(monkeypatch)
    highlighted = MainScreen.on_message_list_row_highlighted

    def heard(screen: MainScreen, event: MessageList.RowHighlighted) -> None:
        seen.append((counts.pictures, counts.lines, list(counts.statements)))
        highlighted(screen, event)

    monkeypatch.setattr(MainScreen, "on_message_list_row_highlighted", heard)

    async def script(clerk: Clerk) -> None:
        for key in "jjkj":
            seen.clear()
            counts.reset()
            await clerk.press(key)
            assert seen == [(1, 2, [])]

    work(office.app(), script)


def test_a_mail_is_opened_in_one_picture(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Panes, text, footer and focus at once: whatever is heard of them afterwards draws nothing again."""
    counts = Counts(monkeypatch)
    lines: list[int] = []
    render_line = Reader.render_line

    def counted(reader: Reader, y: int) -> Strip:
        lines.append(y)
        return render_line(reader, y)

    monkeypatch.setattr(Reader, "render_line", counted)
    monkeypatch.setattr(MainScreen, "_more_is_known", lambda screen: None)  # whenever that may be

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        for _ in range(2):
            counts.reset()
            await clerk.press("q")
            assert counts.lines <= 2, "the list is as it was"
            await clerk.press("j")
            counts.reset()
            lines.clear()
            await clerk.press("enter")
            height = clerk.app.size.height
            assert (len(lines), counts.lines) == (clerk.main.reader.size.height, 0)
            assert {1, height - 1} <= counts.rows[0], "text and footer at once"

    work(office.app(), script)


def test_a_mail_that_is_here_is_taken_out_of_the_store_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its header is read from its bytes: neither from a row of its own nor by unpacking them again."""
    counts = Counts(monkeypatch)

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await clerk.press("q", "j")
        counts.reset()
        await clerk.press("enter")
        assert len([one for one in counts.asked if "raw" in one or "FROM header" in one]) == 1, counts.asked
        assert len(counts.asked) <= MOST_ASKED, counts.asked

    work(office.app(), script)


def test_a_letter_in_a_form_gives_no_other_row_new_words(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    updated: list[Static] = []
    update = Static.update

    def counted(widget: Static, content: Any = "", **more: Any) -> None:
        updated.append(widget)
        update(widget, content, **more)

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", ",")
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))
        await clerk.press("n")
        await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen))
        await clerk.press("a")
        monkeypatch.setattr(Static, "update", counted)
        await clerk.press("b", "c")
        assert not updated, "each has the whole form laid out anew"
        await clerk.press("backspace", "backspace", "backspace")
        assert len(updated) == 2, "the row that must not be empty, and the help"

    work(office.app(), script)
