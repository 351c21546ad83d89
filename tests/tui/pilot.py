"""Driving an application without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from tui.actions import Context
from tui.counter import Counter
from tui.keymap import load_key_map
from tui.theme import load_theme

Result = TypeVar("Result")
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}

HOSTILE = (
    "[/x] [bold]",
    "[@click=app.quit]press[/]",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m\x9d",
    "\u202egnp.exe\u2066 \u200f",
    "a\rb\nc\td\x00e\x7f",
    "👨‍👩‍👧‍👦❤️🇵🇹" * 3,
    "日本語" * 40,
    "e\u0301\u0302" * 30,
    "\ud800",
    "]]]]>><script>",
    "",
)
"""Text as a bad mail has it, for every place where text is shown."""


class PartsScreen(Screen[None]):
    """A screen with the widgets to be tested."""

    def __init__(self, widgets: Sequence[Widget]) -> None:
        super().__init__()
        self.parts = widgets

    def compose(self) -> ComposeResult:
        yield from self.parts


class PartsApp(Counter[None]):
    """The counter over some widgets."""

    key_context: ClassVar[Context] = "global"

    def __init__(self, *widgets: Widget, theme: str = "night", key_map: str = "default") -> None:
        super().__init__(load_key_map(key_map), load_theme(theme), TERMINAL)
        self.parts = widgets

    def get_default_screen(self) -> Screen[None]:
        return PartsScreen(self.parts)


def drive(app: Counter[Any], script: Callable[[Pilot[Any]], Awaitable[Result]], size: tuple[int, int] = (100, 30)) -> Result:
    """Run the application headless, and the script when it is ready."""

    async def run() -> Result:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            return await script(pilot)

    return asyncio.run(run())


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type a text as fast as it can be taken, and wait until it is; `pilot.press` waits after every letter."""
    app = pilot.app
    driver = app._driver
    assert driver is not None
    for letter in text:
        name = "enter" if letter == "\n" else letter if letter.isalnum() else _character_to_key(letter)
        key = Key(name, None if letter == "\n" else letter)
        key.set_sender(app)
        driver.send_message(key)
    await pilot.pause()


def lines_of(widget: Widget) -> list[str]:
    """The text of a widget that draws lines, as it would be shown."""
    return [widget.render_line(y).text for y in range(widget.size.height)]


def screen_text(app: Counter[Any]) -> str:
    """The text of the whole screen."""
    size = app.size
    compositor = app.screen._compositor
    return "\n".join("".join(strip.text for strip in line) for line in compositor.render_strips(size)) if size else ""
