"""Addresses and phone numbers of a message go into the address book."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from core.contact_writing import known_contacts
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.dialog import Question
from tui.screens.picker import Picker

RUI = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:rui\r\nFN:Rui Barros\r\nN:Barros;Rui;;;\r\nEMAIL:rui@harbour.example\r\nEND:VCARD\r\n"
TEXT = "Ask Rui at work: rui.barros@work.example\n\n-- \nAna, +351 21 000 00 00\n"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A mail that names people, and an address book with one of them."""
    made = Office(tmp_path)
    made.put(mail(1, "Talk", body=TEXT, Cc="Rui Barros <rui@harbour.example>"), mail(2, "Nothing", sender="me@example.org"))
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "rui.vcf").write_bytes(RUI.encode())
    made.settings(lambda old: replace(old, contacts=replace(old.contacts, folder=str(tmp_path / "book"))))
    return made


def test_a_new_contact_and_one_that_grows(office: Office, tmp_path: Path) -> None:
    folder = str(tmp_path / "book")

    async def choose(clerk: Clerk, text: str) -> None:
        await clerk.press("i", "b")
        await clerk.until(lambda: isinstance(clerk.app.screen, Picker) and "Into the address book" in clerk.text)
        await clerk.type(text)
        await clerk.press("enter")

    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "i", "b")
        await clerk.until(lambda: isinstance(clerk.app.screen, Picker))
        for words in ("Ana Sousa <ana@example.net>  sender", "+351 21 000 00 00  in the text"):
            assert words in clerk.text
        line = next(line for line in clerk.text.splitlines() if "rui@harbour.example" in line)
        assert "recipient of a copy" in line and line.rstrip(" │").endswith("Rui Barros"), "it says who has it"
        await clerk.press("enter")
        await clerk.until(lambda: "Whose is ana@example.net?" in clerk.text)
        await clerk.press("enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, Question))
        await clerk.type(" Nunes\n")
        await clerk.until(lambda: "Ana Sousa Nunes is in the address book now." in clerk.footer)
        await choose(clerk, "+351")
        await clerk.until(lambda: "Whose is +351" in clerk.text)
        await clerk.type("Ana Sou\n")
        await clerk.until(lambda: "+351 21 000 00 00 stands with Ana Sousa Nunes now." in clerk.footer)
        await choose(clerk, "rui.barros")
        await clerk.until(lambda: "Whose is rui.barros" in clerk.text)
        await clerk.type("Rui\n")
        await clerk.until(lambda: "stands with Rui Barros now." in clerk.footer)
        await clerk.press("g", "g")
        await clerk.press("i", "b")
        await clerk.until(lambda: "no addresses and no phone numbers" in clerk.footer)

    work(office.app(), script, (100, 30))
    ana, rui = known_contacts(folder)
    assert (ana.name, ana.mails, ana.phones) == ("Ana Sousa Nunes", ("ana@example.net",), ("+351 21 000 00 00",))
    assert (rui.name, rui.mails) == ("Rui Barros", ("rui@harbour.example", "rui.barros@work.example"))


def test_without_a_book_it_says_how_to_name_one(office: Office) -> None:
    office.settings(lambda old: replace(old, contacts=replace(old.contacts, folder="")))

    async def script(clerk: Clerk) -> None:
        await clerk.press("i", "b")
        assert "contacts.folder" in clerk.footer
        assert clerk.app.screen is clerk.main

    work(office.app(), script, (120, 30))
