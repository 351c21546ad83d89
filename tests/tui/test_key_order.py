"""Keys that wait for the key before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.events import Key

from tests.tui.office import Clerk, Office, WithoutEngine, mail, work
from tui.app import Correio


def test_a_key_that_still_waits_when_the_application_ends_is_forgotten(tmp_path: Path) -> None:
    app = Office(tmp_path).app()

    async def script(clerk: Clerk) -> None:
        app._waiting = script
        app._held_back.append(Key("j", "j"))

    work(app, script)
    asyncio.run(app._next_key(script, 0))
    assert not app.screen_stack


def test_what_is_typed_while_the_program_begins_is_for_its_first_screen(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.put(mail(1, "Alpha"), mail(2, "Bravo"))

    class Early(Correio):
        def on_load(self) -> None:
            for key in ("slash", *"alpha", "ctrl+j"):  # a terminal makes that of Enter, until it is taken over
                self.post_message(Key(key, {"slash": "/", "ctrl+j": "\n"}.get(key, key)))

    async def script(clerk: Clerk) -> None:
        await clerk.until(lambda: clerk.main.view.query == "alpha" and clerk.subject == "Alpha")
        assert not clerk.main.is_asking

    work(Early(WithoutEngine(office.home)), script)
