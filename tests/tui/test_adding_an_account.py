"""An account whose test fails, one that takes its time to be added, and a form that is left."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core.settings import Server
from tests.servers.dovecot import Dovecot
from tests.tui.pilot import drive, type_text
from tests.tui.test_welcome import FirstApp, buttons, finds, home, known, only_account, shown, to_form, to_outcome, until
from tui.screens import account_test
from tui.screens.account_form import AccountScreen
from tui.screens.account_test import AccountTestScreen
from tui.screens.dialog import Confirm
from tui.screens.welcome import WelcomeScreen
from tui.widgets.form import PushButton

__all__ = ["home"]

NOWHERE = known(outgoing=None, incoming=Server(kind="imap", host="localhost", port=1, user="maria"))


def test_every_choice_is_on_the_screen(home: Path, dovecot: Dovecot) -> None:
    incoming = Server(kind="imap", host="localhost", port=dovecot.ports.imaps, user="maria")

    async def script(pilot: Pilot[Any]) -> None:
        outcome = await to_failure(pilot)
        assert buttons(outcome) == ["correct", "pin", "again", "inactive", "add"]
        for size in ((80, 24), (60, 24), (200, 50), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            hidden = [one.words for one in outcome.query(PushButton) if f"[ {one.words} ]" not in shown(pilot.app)]
            assert not hidden, size

    drive(FirstApp(home, finds(known(incoming=incoming, outgoing=None))), script, (80, 24))


async def to_failure(pilot: Pilot[Any]) -> AccountTestScreen:
    """The test of an account whose server takes no connections."""
    form = await to_form(pilot)
    form.row("out-host").value = ""
    form.row("password").value = "secret"
    form.query_one("#test", PushButton).press()
    return await to_outcome(pilot)


@pytest.mark.parametrize("active", [True, False])
def test_it_can_be_added_although_the_test_fails(home: Path, active: bool) -> None:
    app = FirstApp(home, finds(NOWHERE))

    async def script(pilot: Pilot[Any]) -> None:
        outcome = await to_failure(pilot)
        assert "Save as inactive" in shown(app) and "Add anyway" in shown(app)
        outcome.query_one("#add" if active else "#inactive", PushButton).focus()
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.left))

    drive(app, script, (80, 24))
    assert app.left == [True]
    assert (only_account(app).outgoing, only_account(app).active) == (None, active)


def test_escape_waits_for_an_account_that_is_being_added(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, begun, go_on = FirstApp(home, finds(NOWHERE)), threading.Event(), threading.Event()
    really = account_test.add

    def slowly(*words: Any) -> None:
        begun.set()
        assert go_on.wait(60)
        really(*words)

    monkeypatch.setattr(account_test, "add", slowly)

    async def script(pilot: Pilot[Any]) -> None:
        outcome = await to_failure(pilot)
        outcome.query_one("#add", PushButton).press()
        await until(pilot, begun.is_set)
        await pilot.press("escape", "enter")
        assert app.screen is outcome and "being added" in shown(app)
        assert "Esc" not in shown(app), "it promises nothing that it does not do"
        go_on.set()
        await until(pilot, lambda: bool(app.left))

    drive(app, script, (80, 24))
    assert app.left == [True] and only_account(app).active


def test_escape_asks_before_what_was_typed_is_lost(home: Path) -> None:
    app = FirstApp(home, finds(known()))

    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AccountScreen) and app.focused is not None)
        form = app.screen
        assert isinstance(form, AccountScreen)
        form.row("password").part.focus()
        await type_text(pilot, "secret")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        assert "not saved" in shown(app)
        await pilot.press("n")
        await until(pilot, lambda: app.screen is form)
        assert form.values["password"] == "secret"
        await pilot.press("escape", "y")
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))

    drive(app, script, (80, 24))
