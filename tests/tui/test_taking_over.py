"""Accounts of other programs, offered to somebody new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from core.elsewhere import Elsewhere
from core.settings import Server
from tests.tui.pilot import drive
from tests.tui.test_welcome import ADDRESS, FirstApp, finds, home, known, shown, until
from tui.screens.account_form import AccountScreen
from tui.widgets.form import PushButton

__all__ = ["home"]


def test_an_account_of_another_program_is_offered_and_shown(home: Path) -> None:
    one = Elsewhere(
        program="aerc", file="accounts.conf", name="Work", address=ADDRESS, person="Maria", command="pass show work",
        incoming=Server(kind="imap", host="imap.example.org", user="maria"),
        outgoing=Server(kind="smtp", host="smtp.example.org", user="maria"),
    )  # fmt: skip
    app = FirstApp(home, finds(known()))
    app.elsewhere = [one]

    async def script(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "1 account of aerc" in shown(app))
        app.screen.query_one("#elsewhere", PushButton).press()
        await until(pilot, lambda: isinstance(app.screen, AccountScreen) and app.focused is not None)
        assert isinstance(app.screen, AccountScreen)
        values = app.screen.values
        assert (values["name"], values["way"], values["command"]) == ("Maria", "command", "pass show work")
        assert (values["in-host"], values["out-host"]) == ("imap.example.org", "smtp.example.org")
        assert "aerc uses these servers" in shown(app)

    drive(app, script, size=(100, 34))
