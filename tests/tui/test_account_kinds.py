"""IMAP, POP3 or no server: chosen on the first screens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from core.settings import Server
from tests.tui.pilot import drive
from tests.tui.test_welcome import ADDRESS, FirstApp, enter, finds, known, shown, to_form, until
from tui.screens.account_form import AccountScreen
from tui.widgets.form import PushButton


def test_the_kind_is_chosen_and_says_what_it_is_for(tmp_path: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        assert "the same on every device" in shown(pilot.app) and form.values["kind"] == "imap"
        form.row("kind").part.focus()
        await pilot.press("p")
        await until(pilot, lambda: "Only the Inbox is seen" in shown(pilot.app))
        assert form.values["in-host"] == "pop.example.org" and form.values["in-port"] == "995"
        assert "Receiving (POP3)" in shown(pilot.app) and not form.row("keep").display
        await pilot.press("i")
        await until(pilot, lambda: form.values["in-host"] == "imap.example.org")
        assert (form.values["in-port"], form.values["in-user"]) == ("143", "maria")
        form.row("in-host").value = "mail.example.org"
        await pilot.press("p")
        await until(pilot, lambda: form.values["in-port"] == "110")
        assert form.values["in-host"] == "mail.example.org"
        await pilot.press("l")
        await until(pilot, lambda: "Folders on this machine only" in shown(pilot.app))
        assert not form.query_one("#servers").display

    pop3 = Server(kind="pop3", host="pop.example.org", user=ADDRESS)
    drive(FirstApp(tmp_path, finds(known(pop3=pop3))), script, (100, 40))


def test_an_account_without_a_server_is_added(tmp_path: Path) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        pilot.app.screen.query_one("#local", PushButton).press()
        await until(pilot, lambda: isinstance(pilot.app.screen, AccountScreen) and pilot.app.focused is not None)
        await enter(pilot, " papers")
        await until(pilot, lambda: pilot.app.left == [True])
        (account,) = pilot.app.wiring.settings().accounts
        assert (account.kind, account.name, account.incoming, account.email) == ("local", "papers", None, "")

    drive(FirstApp(tmp_path, finds(known())), script, (80, 24))
