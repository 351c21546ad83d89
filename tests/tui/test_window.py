"""The window has one size at a time, however slowly its changes are heard of."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import Callback, Hide, Resize
from textual.geometry import Size
from textual.screen import Screen

from tests.tui.office import Clerk, Office, mail, work

LAST = Size(100, 30)


@pytest.mark.parametrize("key", ["", "m", "?"])
def test_two_sizes_at_once_come_to_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Each made the screen tell itself of the other one, for ever, when it was busy as both came."""
    office = Office(tmp_path)
    office.put(mail(1))
    laid_out: list[Size | None] = []
    lay_out = Screen._refresh_layout

    async def script(clerk: Clerk) -> None:
        if key:
            await clerk.press(key)
            await clerk.until(lambda: clerk.app.screen is not clerk.main)
        screen = clerk.app.screen

        def note(self: Screen[object], size: Size | None = None, scroll: bool = False) -> None:
            laid_out.append(size)
            lay_out(self, size, scroll)

        monkeypatch.setattr(Screen, "_refresh_layout", note)
        clerk.app._size = LAST
        done = asyncio.Event()
        rounds = iter(range(40))

        def at_work() -> None:
            """Other messages come between the sizes; of two that follow each other Textual drops one."""
            if next(rounds, None) is None:
                done.set()
            else:
                screen.post_message(Callback(callback=at_work))

        for size in (Size(10, 3), LAST):
            screen.post_message(Resize(size, size))
            at_work()
        await done.wait()
        assert screen.size == LAST and len(laid_out) < 10, len(laid_out)

    work(office.app(), script)


def test_a_pane_that_is_back_keeps_the_keys(tmp_path: Path) -> None:
    """That it was hidden, it heard only when it was in view again, and gave the keys away: none worked any more."""
    office = Office(tmp_path)
    office.put(mail(1))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "q", "enter")
        clerk.main.reader.post_message(Hide())
        await clerk.settle()
        assert clerk.app.focused is clerk.main.reader
        assert {"r", "a", "?"} <= {hint.key for hint in clerk.main.footer.keys}
        clerk.main.reader.be_shown(False)
        await clerk.until(lambda: clerk.app.focused is not clerk.main.reader)

    work(office.app(), script)
