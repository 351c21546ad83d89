"""Keys that wait for the key before."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.events import Key

from core.draft import Draft
from core.flags import Flag
from core.store import drafts
from tests.tui.idle import nap
from tests.tui.office import Clerk, Office, WithoutEngine, mail, work
from tui import key_order
from tui.app import Correio
from tui.key_order import KeysInOrder
from tui.screens.main.panes import Panes
from tui.widgets.prompt import Prompt


def test_a_key_that_still_waits_when_the_application_ends_is_forgotten(tmp_path: Path) -> None:
    app = Office(tmp_path).app()

    async def script(clerk: Clerk) -> None:
        app._waiting = script
        app._held_back.append(Key("j", "j"))

    work(app, script)
    asyncio.run(app._next_key(script, 0))
    assert not app.screen_stack


def test_a_busy_machine_changes_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written for a search that was finished, and its first hit opened, within one moment: the list came back over the mail."""
    monkeypatch.setattr(key_order, "PATIENCE", 0.01)
    monkeypatch.setattr(key_order, "MOST_WAITS", 20_000)
    overdue = asyncio.Event()
    wait_no_more = KeysInOrder._wait_no_more

    async def counted(app: KeysInOrder, token: object, waits: int) -> None:
        if waits < key_order.MOST_WAITS - 2:
            overdue.set()
        await wait_no_more(app, token, waits)

    monkeypatch.setattr(KeysInOrder, "_wait_no_more", counted)
    office = Office(tmp_path)
    office.put(mail(1, "Alpha"), mail(2, "Bravo"))
    answered = Panes.on_prompt_answered

    async def slowly(screen: Panes, event: Prompt.Answered) -> None:
        await overdue.wait()
        await answered(screen, event)

    monkeypatch.setattr(Panes, "on_prompt_answered", slowly)

    async def script(clerk: Clerk) -> None:
        for key in ("slash", *"alpha", "enter", "enter"):
            clerk.app.post_message(Key(key, {"slash": "/", "enter": "\r"}.get(key, key)))
        await clerk.until(lambda: clerk.main.pane == "reader" and "Alpha" in clerk.text and not clerk.app._held_back)
        await clerk.settle()
        assert clerk.main.pane == "reader" and clerk.main.view.query == "alpha"

    work(office.app(), script)


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


@pytest.mark.parametrize("keys", [("x", "x", "D", "y"), ("z", "p", "y")], ids="".join)
def test_an_answer_waits_for_a_question_that_the_store_is_asked_for_first(tmp_path: Path, keys: tuple[str, ...]) -> None:
    office = Office(tmp_path)
    office.put(mail(1, "Alpha"))
    office.put(mail(2, "Bravo"), mail(3, "Charlie"), flags=Flag.DELETED)

    async def script(clerk: Clerk) -> None:
        async with busy_writer(clerk):
            type_at_once(clerk, *keys)
            await held(clerk)
        await clerk.until(lambda: office.folder("Inbox").total == 1)

    work(office.app(), script)


def test_what_is_typed_behind_postponing_is_for_the_list(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.put(mail(1, "Alpha"), mail(2, "Bravo"), mail(3, "Charlie"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", "tab", "tab", "tab", *"Later", "tab", *"Begun", "ctrl+x")
        async with busy_writer(clerk):
            type_at_once(clerk, "P", "j", "j")
            await held(clerk)
        await clerk.until(lambda: clerk.app.screen is clerk.main and clerk.subject == "Alpha")
        [draft] = drafts.all_drafts(office.db)
        assert Draft.from_json(draft.data).body == "Begun"

    work(office.app(), script)


def test_keys_are_not_held_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_order, "HELD", 0.05)
    office = Office(tmp_path)
    office.put(mail(1, "Alpha"), mail(2, "Bravo"), mail(3, "Charlie"))

    async def script(clerk: Clerk) -> None:
        clerk.app.hold_keys()
        type_at_once(clerk, "j", "j")
        await clerk.until(lambda: clerk.subject == "Alpha")

    work(office.app(), script)


def type_at_once(clerk: Clerk, *keys: str) -> None:
    for key in keys:
        clerk.app.post_message(Key(key, key))


async def held(clerk: Clerk) -> None:
    """Until keys wait for what the store says."""
    async with asyncio.timeout(60):
        while not (clerk.app._held_for and clerk.app._held_back):
            await clerk.pilot.pause()
            await nap()


@contextlib.asynccontextmanager
async def busy_writer(clerk: Clerk) -> AsyncIterator[None]:
    """The writer has something else to do meanwhile."""
    go_on = threading.Event()
    clerk.app.desk.write(lambda db: go_on.wait(60))
    try:
        yield
    finally:
        go_on.set()
