"""Searching mail, contacts, lists and documents at once, from the keyboard."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.tui.office import Clerk, Office, mail, work

BOOK = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Sousa\nEMAIL:ana@example.net\nCATEGORIES:Choir\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:3.0\nFN:Rui Ana\nEMAIL:rui@example.net\nCATEGORIES:Choir\nEND:VCARD\n"
)


def furnish(top: Path) -> tuple[str, str]:
    """An address book, and documents; their folders."""
    book, documents = top / "book", top / "Papers"
    book.mkdir()
    documents.mkdir()
    (book / "all.vcf").write_text(BOOK)
    (documents / "Ana, budget.txt").write_text("forty-two\n")
    return str(book), str(documents)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Two mails, an address book, documents."""
    made = Office(tmp_path)
    made.put(mail(1, "Alpha", sender="Ana Sousa <ana@example.net>"), mail(2, "Bravo", sender="Bruno <bruno@example.net>"))
    book, documents = furnish(tmp_path)
    made.settings(lambda old: replace(old, contacts=replace(old.contacts, folder=book), ui=replace(old.ui, documents=documents)))
    return made


def test_everything_is_searched_at_once(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        async def look(words: str, title: str) -> None:
            await clerk.press("g", "e")
            await clerk.until(lambda: clerk.app.screen is not clerk.main)
            assert not clerk.app.screen.query_one("#nothing").display  # nothing was looked for yet
            clerk.app.screen.query_one("Input").value = words
            screen = clerk.app.screen
            await clerk.until(lambda: any(one.label == title for one in screen.query_one("ChoiceList").choices))
            names = [one.label for one in screen.query_one("ChoiceList").choices]
            screen.query_one("ChoiceList").step(names.index(title) - screen.query_one("ChoiceList").cursor)
            seen.append([(one.label, one.right) for one in screen.query_one("ChoiceList").choices])
            await clerk.press("enter")

        seen: list[list[tuple[str, str]]] = []
        await look("ana", "Ana, budget.txt")
        assert seen[0] == [
            ("Ana Sousa", "contact"), ("Rui Ana", "contact"), ("Choir", "list"), ("Alpha", "mail"),
            ("All mail that fits", "mail"), ("Ana, budget.txt", "document"),
        ]  # fmt: skip
        await clerk.until(lambda: "Ana, budget.txt" in clerk.text and clerk.app.screen is not clerk.main)
        await clerk.press("enter")
        await clerk.until(lambda: "forty-two" in clerk.text)
        await clerk.press("escape")
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is clerk.main)
        await look("alp", "Alpha")
        await clerk.until(lambda: clerk.main.pane == "reader" and "Alpha" in clerk.subject)
        assert clerk.main.view.query == "alp"
        await clerk.press("q")
        await look("ana", "Rui Ana")
        await clerk.until(lambda: "Everything exchanged with rui@example.net" in clerk.text)
        await clerk.press("down", "enter")
        await clerk.until(lambda: "rui@example.net" in clerk.main.view.query)
        await look("choir", "Choir")
        await clerk.until(lambda: "Rui Ana <rui@example.net>" in clerk.text)

    work(office.app(), script, (120, 30))


def test_the_search_is_left_before_all_is_known(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        begun, go_on = threading.Event(), threading.Event()
        clerk.app.desk.look_up(lambda db: (begun.set(), go_on.wait(30)), lambda found, error: None)
        await clerk.pilot.press("g", "e")  # not the clerk's way, who waits for the reading that is held up here
        while clerk.app.screen is clerk.main:
            await clerk.pilot.pause()
        screen, learnt = clerk.app.screen, threading.Event()
        known = screen.learn
        screen.learn = lambda things: (known(things), learnt.set())
        await clerk.pilot.press("escape")
        while clerk.app.screen is not clerk.main or screen.is_running:
            await clerk.pilot.pause()
        assert not learnt.is_set()
        go_on.set()
        await clerk.until(learnt.is_set)
        assert screen.things

    work(office.app(), script, (120, 30))


def test_keys_never_wait_for_a_search_and_enter_means_all_that_was_typed(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        go_on = threading.Event()
        clerk.app.desk.look_up(lambda db: go_on.wait(30), lambda found, error: None)
        await clerk.pilot.press("g", "e", *"bravo", "enter")  # not the clerk's way, who waits for the reading
        while clerk.app.screen is clerk.main or clerk.app.screen.query_one("Input").value != "bravo":
            await clerk.pilot.pause()
        assert not clerk.app.screen.query_one("ChoiceList").choices
        go_on.set()
        await clerk.until(lambda: clerk.main.pane == "reader" and "Bravo" in clerk.subject)

    work(office.app(), script, (120, 30))
