"""Keys that wait for the key before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.events import Key

from tests.tui.office import Clerk, Office, work


def test_a_key_that_still_waits_when_the_application_ends_is_forgotten(tmp_path: Path) -> None:
    app = Office(tmp_path).app()

    async def script(clerk: Clerk) -> None:
        app._waiting = script
        app._held_back.append(Key("j", "j"))

    work(app, script)
    asyncio.run(app._next_key(script, 0))
    assert not app.screen_stack
