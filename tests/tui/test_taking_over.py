"""Accounts of other programs, offered to somebody new."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core.elsewhere import Elsewhere
from core.settings import Server
from tests.tui.pilot import drive
from tests.tui.test_welcome import ADDRESS, FirstApp, finds, home, known, shown, until
from tui.elsewhere import as_found
from tui.screens import welcome
from tui.screens.account_form import AccountScreen
from tui.screens.picker import Picker
from tui.sentences import note_sentence
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


def test_where_a_password_stands_is_told_as_people_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file = str(tmp_path / ".offlineimaprc")
    [note] = as_found(Elsewhere(program="offlineimap", file=file, name="x", clear_password=True)).notes
    assert "~/.offlineimaprc" in note_sentence(note)


def test_the_list_of_programs_closes_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take a moment until it is known where passwords can be kept: the screen says what it waits for."""
    known_now = threading.Event()

    def slowly(wiring: Any) -> tuple[str, ...]:
        assert known_now.wait(60)
        return ("keyring", "file")

    monkeypatch.setattr(welcome, "usable_ways", slowly)
    server = Server(kind="imap", host="imap.example.org", user="maria")
    app = FirstApp(home, finds(known()))
    app.elsewhere = [Elsewhere(program=one, file="x", name=one, address=ADDRESS, incoming=server) for one in ("aerc", "himalaya")]

    async def script(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "2 accounts of aerc, Himalaya" in shown(app))
        app.screen.query_one("#elsewhere", PushButton).press()
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, welcome.WelcomeScreen))
        assert "Himalaya" in shown(app) and "Opening" in shown(app)
        await pilot.press("escape")
        await until(pilot, lambda: "Opening" not in shown(app))
        app.screen.query_one("#elsewhere", PushButton).press()
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, welcome.WelcomeScreen))
        known_now.set()
        await until(pilot, lambda: isinstance(app.screen, AccountScreen) and app.focused is not None)
        assert isinstance(app.screen, AccountScreen) and app.screen.values["way"] == "keyring"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, welcome.WelcomeScreen))
        assert "Opening" not in shown(app) and "Take one over" in shown(app)

    drive(app, script, size=(100, 34))
