"""The screen of all folders of a server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from core.settings import Account, Server
from core.settings.file import add_account
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.subscriptions import SubscriptionsScreen


def test_folders_are_subscribed_and_get_a_role(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.put(mail(1))
    incoming = Server(kind="imap", host="imap.example.org", user="maria", auth=False)
    add_account(office.home.settings_file, Account(name="work", email="m@example.org", active=False, incoming=incoming), None)
    here = {"INBOX": True, "Gone out": False}

    async def script(clerk: Clerk) -> None:
        account = next(one for one in clerk.app.wiring.settings().accounts if one.name == "work")

        def answer(do: str, done: Any, **words: Any) -> None:
            assert (do, words["account"]) == ("subscriptions", account.id)
            if "path" in words:
                here[words["path"]] = words["subscribed"]
            done(list(here.items()), None)

        clerk.app.desk.ask = answer  # type: ignore[method-assign]
        clerk.app.push_screen(SubscriptionsScreen(account))
        await clerk.until(lambda: "not subscribed" in clerk.text)
        screen = clerk.app.screen
        assert isinstance(screen, SubscriptionsScreen)
        paths = [choice.value[0] for choice in screen.rows.choices]
        await clerk.press(*["j"] * paths.index("Gone out"), "o")
        await clerk.until(lambda: here["Gone out"] and "not subscribed" not in clerk.text)
        await clerk.press("enter")
        await clerk.type("sent")
        await clerk.press("enter")
        await clerk.until(lambda: re.search(r"Gone out +subscribed +Sent", clerk.text) is not None)
        kept = next(one for one in clerk.app.wiring.settings().accounts if one.name == "work")
        assert dict(kept.folders) == {"sent": "Gone out"}
        await clerk.press("q")
        await clerk.until(lambda: clerk.app.screen is clerk.main)

    work(office.app(), script)
