"""The address book that opens from an address field, and the field for Reply-To."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.address import Address
from core.address_picks import LISTS, MAIL, PHONES, as_phone, picks
from core.contact_book import read_book
from core.settings import Server
from core.store import handed
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.address_picker import AddressPicker
from tui.screens.compose import ComposeScreen
from tui.widgets.choice_list import ChoiceList

CARDS = {
    "own/ana.vcf": "BEGIN:VCARD\nVERSION:3.0\nUID:a1\nFN:Ana Sousa\nEMAIL:ana@example.net\nEMAIL:ana@work.example\n"
    "TEL;TYPE=CELL:+351 912 345 678\nCATEGORIES:Choir\nEND:VCARD\n",
    "office/joao.vcf": "BEGIN:VCARD\nVERSION:3.0\nUID:j1\nFN:João Nunes\nEMAIL:joao@example.org\n"
    "TEL;TYPE=FAX:0032 2 123 45 67\nCATEGORIES:Choir\nEND:VCARD\n",
    "office/board.vcf": "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Board\nMEMBER:urn:uuid:j1\n"
    "MEMBER:mailto:zoe@example.com\nEND:VCARD\n",
}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An address book of two folders, and a mail from somebody who is in none."""
    book = tmp_path / "contacts"
    for name, card in CARDS.items():
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text(card)
    made = Office(tmp_path)
    made.settings(lambda old: replace(old, contacts=replace(old.contacts, folder=str(book))))
    made.put(mail(1, "Plan", sender="Eva <eva@example.com>"))
    return made


def test_lines_of_each_kind(tmp_path: Path, office: Office) -> None:
    found = picks(read_book(str(tmp_path / "contacts")), [Address("A.", "ANA@example.net"), Address("Eva", "eva@example.com")])
    assert [(one.name, one.what, one.book) for one in found[MAIL]] == [
        ("Ana Sousa", "ana@example.net", "own"), ("Ana Sousa", "ana@work.example", "own"),
        ("João Nunes", "joao@example.org", "office"), ("Eva", "eva@example.com", ""),
    ]  # fmt: skip
    assert [one.people[0].addr for one in found[PHONES]] == ["+351912345678@SMS", "+3221234567@fax"]
    lists = {one.name: [each.addr for each in one.people] for one in found[LISTS]}
    assert lists == {
        "Board": ["joao@example.org", "zoe@example.com"], "Choir": ["ana@example.net", "joao@example.org"],
        "": ["ana@example.net", "joao@example.org"],
    }  # fmt: skip
    assert as_phone("", "12", "") is None and as_phone("", "call me", "") is None


def test_a_group_completes_as_people_do(office: Office) -> None:
    server = Server(kind="smtp", host="smtp.example.org", per_hour=50, per_day=3, auth=False)
    office.settings(lambda old: replace(old, accounts=tuple(replace(one, outgoing=server) for one in old.accounts)))
    handed.note(office.db, 1, server.id, 1, int(time.time()))

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"joao")
        await clerk.until(lambda: "joao@example.org" in clerk.text)
        await clerk.press("enter", *"boa")
        await clerk.until(lambda: "Board  2 addresses" in clerk.text)
        await clerk.press("enter", *"someb", "tab")
        composer = clerk.app.screen
        assert isinstance(composer, ComposeScreen)
        await clerk.until(lambda: [one.addr for one in composer.current().to] == ["joao@example.org", "zoe@example.com"])
        await clerk.until(lambda: "2 recipients" in clerk.text and "2 of 3 left today" in clerk.text)
        assert "zoe@example.com>, someb" in clerk.text or "zoe@example.com, someb" in clerk.text, "a comma stands between"

    work(office.app(), script)


def test_several_are_picked_for_a_field(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        composer = clerk.app.screen
        composer.query_one("#field-cc").enter()

        async def book() -> None:
            await clerk.press("ctrl+r", "a")
            await clerk.until(lambda: isinstance(clerk.app.screen, AddressPicker))
            await clerk.settle()

        await book()
        assert "[Mail addresses 4]" in clerk.text and "Space picks" in clerk.text
        await clerk.type("ana")
        await clerk.press("down", "space")
        assert "1 picked" in clerk.text
        await clerk.press("tab")
        assert "[Phone numbers 2]" in clerk.text and "+351 912 345 678" in clerk.text
        await clerk.press("space", "tab", "ctrl+u")
        assert "[Lists 3]" in clerk.text and "Board" in clerk.text
        await clerk.type("boa")
        await clerk.press("space", "enter")
        await clerk.until(lambda: clerk.app.screen is composer)
        await clerk.settle()
        assert [one.addr for one in composer.current().cc] == [
            "ana@work.example", "+351912345678@SMS", "joao@example.org", "zoe@example.com",
        ]  # fmt: skip
        await clerk.type("jo")
        await book()
        assert "there already" in clerk.text and "ana@example.net" not in clerk.text, "what was typed is looked for"
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is composer)
        await book()
        await clerk.pilot.click(ChoiceList)
        await clerk.settle()
        assert isinstance(clerk.app.screen, AddressPicker) and "1 picked" in clerk.text, "several can be clicked"
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is composer)
        await clerk.press("ctrl+u", "ctrl+r", "y")
        await clerk.until(lambda: composer.query("#field-reply_to"))
        await clerk.settle()
        await book()
        await clerk.type("eva")
        await clerk.press("enter")
        await clerk.until(lambda: composer.current().reply_to)
        assert composer.current().reply_to == (Address("Eva", "eva@example.com"),)
        assert "2 recipients" not in clerk.text and "4 recipients" in clerk.text
        await clerk.press("ctrl+x")
        await clerk.until(lambda: clerk.app.screen is not composer)
        assert "eva@example.com" in clerk.text

    work(office.app(), script, size=(100, 30))
