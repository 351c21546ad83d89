from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from textual import on
from textual.pilot import Pilot

from tests.tui.pilot import HOSTILE, PartsApp, drive, screen_text
from tui.actions import does, program
from tui.widgets.message_list import MessageList
from tui.widgets.prompt import Candidates, Prompt

WORDS = ("archive", "archive-all", "attach", "move")


def complete(text: str) -> Sequence[str]:
    return [word for word in WORDS if word.startswith(text)]


class PromptApp(PartsApp):
    """A list and a prompt below it."""

    def __init__(self) -> None:
        self.prompt = Prompt()
        super().__init__(MessageList(), self.prompt)
        self.told: list[tuple[str, str]] = []
        self.left = 0

    @on(Prompt.Answered)
    @on(Prompt.GivenUp)
    def keep(self, event: Any) -> None:
        self.told.append((event.purpose, getattr(event, "text", "given up")))

    @does(program.Back)
    def back(self) -> None:
        self.left += 1


def test_what_is_typed_at_once_goes_into_the_line() -> None:
    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("q")
        app.prompt.ask("search", "/")
        await pilot.press(*"quick", "enter")
        assert not app.prompt.display
        assert isinstance(app.focused, MessageList)

    app = PromptApp()
    drive(app, script)
    assert app.told == [("search", "quick")]
    assert app.left == 1


def test_escape_and_backspace_leave_the_line() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app.prompt.ask("search", "/")
        await pilot.press("a", "escape")
        app.prompt.ask("search", "/")
        await pilot.press("b", "backspace", "backspace")
        assert isinstance(app.focused, MessageList)

    app = PromptApp()
    drive(app, script)
    assert app.told == [("search", "given up")] * 2


def test_tab_completes_and_walks_through_candidates() -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        found = []
        app.prompt.ask("command", ":", complete=complete)
        await pilot.press("a", "r")
        for key in ("tab", "tab", "tab", "shift+tab"):
            await pilot.press(key)
            found.append(app.prompt.field.value)
        assert app.prompt.query_one(Candidates).display
        assert "archive-all" in screen_text(app)
        return found

    app = PromptApp()
    assert drive(app, script) == ["archive", "archive", "archive-all", "archive"]


def test_past_answers_come_back_by_purpose() -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        for words in ("one", "two"):
            app.prompt.ask("search", "/")
            await pilot.press(*words, "enter")
        app.prompt.ask("command", ":")
        await pilot.press("up")
        found = [app.prompt.field.value]
        await pilot.press("escape")
        app.prompt.ask("search", "/", "typed")
        for key in ("up", "up", "up", "down", "down"):
            await pilot.press(key)
            found.append(app.prompt.field.value)
        return found

    app = PromptApp()
    assert drive(app, script) == ["", "two", "one", "one", "two", "typed"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_only_text(text: str) -> None:
    async def script(pilot: Pilot[None]) -> None:
        app.prompt.ask("search", text, text, complete=lambda typed: [text, text + "x"])
        await pilot.press("tab", "enter")

    app = PromptApp()
    drive(app, script)
    assert len(app.told) == 1
    assert app.return_code in (None, 0)


def test_a_line_that_is_wrong_stays_open_and_says_why() -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        app.prompt.ask("when", "until ", check=lambda text: "" if text == "noon" else f"{text} is no time.")
        await pilot.press(*"moon", "enter")
        seen = [screen_text(app)]
        assert app.prompt.display and app.told == []
        await pilot.press("backspace")
        seen.append(screen_text(app))
        await pilot.press("ctrl+u", *"noon", "enter")
        app.prompt.ask("other", "? ")
        await pilot.press(*"moon", "enter")
        return seen

    app = PromptApp()
    seen = drive(app, script)
    assert "moon is no time." in seen[0] and "until moon" in seen[0]
    assert "is no time" not in seen[1]
    assert app.told == [("when", "noon"), ("other", "moon")]
