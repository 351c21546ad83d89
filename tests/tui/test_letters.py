"""Senders, signatures, options, templates, plus-addresses and reminders, as one does them at the keyboard."""

from __future__ import annotations

import email
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.widgets import Input, TextArea

from core.draft import Draft
from core.flags import Flag
from core.settings import Account, Identity, Server
from core.store import messages, outbox
from core.templates import templates
from tests.tui.office import ME, Clerk, Office, mail, work
from tui.screens.compose import ComposeScreen
from tui.screens.options import OptionsScreen
from tui.screens.picker import Picker
from tui.screens.review import ReviewScreen

WORK = "work@example.com"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One's own address with a signature, another one at work."""
    made = Office(tmp_path)

    def change(old: Any) -> Any:
        first = replace(old.identities[0], signature="Me\nLisboa")
        other = Identity(account=made.account.id, address=WORK, name="Me At Work", signature="Regards")
        return replace(old, identities=(first, other))

    made.settings(change)
    made.put(mail(1, "Lunch", body="Soup or salad?\n"))
    made.put(mail(2, "Report", to=f"me+shop@example.org, {WORK}", body="Attached.\n", files=[("a.bin", b"abc")]))
    return made


def draft(clerk: Clerk) -> Draft:
    """What is in the composer; an empty one where no composer is on the screen (yet)."""
    screen = clerk.app.screen
    return screen.current() if isinstance(screen, ComposeScreen) else Draft()


def body(clerk: Clerk) -> str:
    """The composer's text; '' where no composer is on the screen (yet)."""
    screen = clerk.app.screen
    return screen.query_one("#body", TextArea).text if isinstance(screen, ComposeScreen) else ""


async def to_review(clerk: Clerk) -> None:
    await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
    await clerk.press("ctrl+x")
    await clerk.until(lambda: isinstance(clerk.app.screen, ReviewScreen))


async def sent(clerk: Clerk, office: Office) -> Any:
    """What the last mail is, as its recipient gets it."""
    before = len(outbox.rows(office.db))
    await clerk.press("y")
    await clerk.until(lambda: len(outbox.rows(office.db)) > before)
    return email.message_from_bytes(outbox.wire(office.db, outbox.rows(office.db)[-1].id), policy=email.policy.default)


FIRM = "Firm <firm@example.org>"


def test_a_sender_is_found_made_and_changed_while_writing(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab")
        await clerk.press("ctrl+r", "f", *"at work", "enter")
        # The signature goes with it.
        await clerk.until(lambda: draft(clerk).from_.addr == WORK and body(clerk) == "\n\n-- \nRegards\n")
        await clerk.press("ctrl+r", "f", *"me+shop@example.org", "enter")
        # One's own with a word behind.
        await clerk.until(lambda: draft(clerk).from_.addr == "me+shop@example.org" and "Lisboa" in body(clerk))
        await clerk.press("ctrl+r", "f", "ctrl+n")
        await clerk.until(lambda: not isinstance(clerk.app.screen, ComposeScreen | Picker) and clerk.app.focused is not None)
        await clerk.type("nobody")
        await clerk.press("enter", *"New One", "enter", "enter", "enter", "enter", "enter", "enter", "enter")
        await clerk.until(lambda: "write it like" in clerk.text)
        await clerk.press("ctrl+u")
        await clerk.type("new@example.org")
        await clerk.press("enter", "enter", "enter", "enter", "enter", "enter", "enter", "enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, Picker))
        await clerk.press(*"new@", "enter")
        await clerk.until(lambda: draft(clerk).from_.addr == "new@example.org" and "-- " not in body(clerk))
        await clerk.until(lambda: clerk.app.desk.settings.identities[-1].address == "new@example.org")
        made = clerk.app.desk.settings.identities[-1]
        assert (made.address, made.name, made.account) == ("new@example.org", "New One", office.account.id)
        await clerk.press("ctrl+r", "f", *"new@", "ctrl+e")
        await clerk.until(lambda: not isinstance(clerk.app.screen, ComposeScreen | Picker) and clerk.app.focused is not None)
        await clerk.press("tab", "ctrl+u", *"Newer")
        await clerk.press("enter", "enter", "enter", "enter", "enter", "enter", "enter")
        await clerk.until(lambda: clerk.app.desk.settings.identities[-1].name == "Newer")

    work(office.app(), script)


def test_the_next_mail_to_somebody_comes_from_the_same_address(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"rui@example.net", "tab", "ctrl+r", "f", *"work", "enter")
        await clerk.press("tab", "tab", *"Subject", "tab", *"Text", "tab")
        await to_review(clerk)
        assert (await sent(clerk, office))["From"] == f"Me At Work <{WORK}>"
        await clerk.press("m", *"rui@example.net", "tab")
        await clerk.until(lambda: draft(clerk).from_.addr == WORK and "as the last time" in clerk.footer)
        assert "Regards" in body(clerk)
        await clerk.press("ctrl+r", "f", *ME, "enter", "shift+tab", "tab")
        await clerk.until(lambda: draft(clerk).from_.addr == ME)  # what was chosen stays

    work(office.app(), script)


def test_what_a_sender_enforces_cannot_be_changed(office: Office) -> None:
    strict = {"enforce": True, "receipts": True, "on_behalf_of": FIRM}
    office.settings(lambda old: replace(old, identities=(replace(old.identities[0], **strict),)))

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab")
        assert f"From     {FIRM}, sent by" in clerk.text, clerk.text
        await clerk.press("ctrl+r", "r")
        await clerk.until(lambda: "hold for every mail" in clerk.footer and draft(clerk).options.receipt)
        await clerk.press("ctrl+r", "c")
        await clerk.until(lambda: "hold for every mail" in clerk.footer and draft(clerk).options.card is None)
        await clerk.press("ctrl+r", "o", "tab")
        await clerk.until(lambda: "hold for every mail" in clerk.text)
        await clerk.press("right", "enter")
        await clerk.until(lambda: draft(clerk).options.receipt)

    work(office.app(), script)


def test_options(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", *"Parking", "tab", *"No rush", "ctrl+r", "o")
        await clerk.until(lambda: isinstance(clerk.app.screen, OptionsScreen))
        await clerk.press("l", "tab", "right", "tab", "o", "tab", "n", "tab", "a", "tab", "tab")
        await clerk.type("yesterday")
        await clerk.press("enter")
        await clerk.until(lambda: "yesterday" in clerk.text and isinstance(clerk.app.screen, OptionsScreen))
        await clerk.press("ctrl+u", *"tomorrow 8:00", "enter")
        await clerk.until(lambda: draft(clerk).send_at)
        await to_review(clerk)
        await clerk.until(lambda: "Priority: low" in clerk.text and "08:00" in clerk.text)
        mail = await sent(clerk, office)
        assert mail["Subject"] == "Parking (no reply needed)" and mail["Importance"] == "low"
        assert mail["Disposition-Notification-To"] == ME
        assert [one.get_filename() for one in mail.iter_attachments()] == ["card.vcf"]
        row = outbox.rows(office.db)[0]
        assert row.reports == "trouble" and row.state == "waiting" and "08:00" in mail["Date"]
        assert Draft.from_json(row.draft).subject == "Parking", "the draft itself stays as it was written"

    work(office.app(), script)


def test_the_signature_by_key(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", "tab", *"Hello", "ctrl+r", "s")
        await clerk.until(lambda: body(clerk) == "Hello\n" and "Without signature" in clerk.footer)
        await clerk.press("ctrl+r", "s")
        await clerk.until(lambda: body(clerk) == "Hello\n\n-- \nMe\nLisboa\n")
        await clerk.press("ctrl+r", "s", "ctrl+r", "h")
        await clerk.until(lambda: body(clerk) == "HelloMe\nLisboa\n")  # at the cursor

    work(office.app(), script)


def test_templates_are_kept_used_and_looked_after(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"rui@example.net", "tab", "tab", "tab", *"Hi {first_name|there}", "tab")
        await clerk.type("Dear {name|friend}, {cursor}it is me.")
        await clerk.press("ctrl+r", "k", "ctrl+u", *"Greeting", "enter")
        await clerk.until(lambda: templates(office.db))
        await clerk.until(lambda: "Kept as the template “Greeting”" in clerk.footer)
        await to_review(clerk)
        await clerk.press("d", "y")
        await clerk.until(lambda: clerk.main is clerk.app.screen)
        for _n in range(2):  # using it does not change it
            await clerk.press("w", "t", *"greet", "enter")
            await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
            assert draft(clerk).subject == "Hi there" and draft(clerk).to[0].addr == "rui@example.net"
            await clerk.until(lambda: body(clerk) == "Dear friend, it is me.\n\n-- \nMe\nLisboa\n")
            await clerk.until(lambda: clerk.app.screen.query_one("#body", TextArea).cursor_location == (0, len("Dear friend, ")))
            await to_review(clerk)
            await clerk.press("d")
            await clerk.until(lambda: clerk.main is clerk.app.screen)
        await clerk.press("j", "w", "r", "enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert draft(clerk).to[0].addr == "ana@example.net" and draft(clerk).subject == "Re: Lunch"
        await clerk.until(lambda: "> Soup or salad?\n\nDear Ana Sousa, it is me.\n\n-- \nMe" in body(clerk))
        await to_review(clerk)
        await clerk.press("d")
        await clerk.until(lambda: clerk.main is clerk.app.screen)
        await clerk.press("w", "t", "ctrl+r", "ctrl+u", *"Hello", "enter")
        await clerk.until(lambda: [one.name for one in templates(office.db)] == ["Hello"])
        await clerk.press("ctrl+e")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        clerk.app.screen.query_one("#body", TextArea).load_text("Another text\n")
        await clerk.press("ctrl+r", "k")
        await clerk.until(lambda: clerk.main is clerk.app.screen)
        await clerk.until(lambda: [one.name for one in templates(office.db)] == ["Hello"])
        await clerk.press("w", "t", "ctrl+k", "y")
        await clerk.until(lambda: not templates(office.db))
        await clerk.press("escape", "u")
        await clerk.until(lambda: templates(office.db))

    work(office.app(), script, (120, 30))


def test_a_message_becomes_a_template_and_a_new_mail(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("w", "s", "enter")
        await clerk.until(lambda: templates(office.db))
        await clerk.press("w", "t", "enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert [one.name for one in draft(clerk).attachments] == ["a.bin"] and draft(clerk).subject == "Report"
        await to_review(clerk)
        await clerk.press("d")
        await clerk.until(lambda: clerk.main is clerk.app.screen)
        await clerk.press("w", "e")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert draft(clerk).from_.addr == WORK and draft(clerk).subject == "Report" and "Attached." in body(clerk)
        assert not draft(clerk).references

    work(office.app(), script)


def test_several_messages_go_on_in_one(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("x", "x", "f")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert body(clerk).count("Forwarded message") == 2 and "Soup or salad?" in body(clerk) and "Attached." in body(clerk)
        await clerk.until(lambda: [one.name for one in draft(clerk).attachments] == ["a.bin"])
        await to_review(clerk)
        await clerk.press("d")
        await clerk.until(lambda: clerk.main is clerk.app.screen)
        await clerk.press("w", "f")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        answers = draft(clerk).answers
        assert {one.type for one in draft(clerk).attachments} == {"message/rfc822"} and len(draft(clerk).attachments) == 2
        assert answers is not None and len({answers.message, *answers.others}) == 2

    work(office.app(), script)


def test_only_a_part_is_quoted(office: Office) -> None:
    office.put(mail(3, "Long", body="One\nTwo\nThree\n"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("w", "q")
        await clerk.until(lambda: "What is quoted" in clerk.text)
        await clerk.press("down", "shift+down", "shift+down", "enter")
        await clerk.until(lambda: "> Two\n> Three\n\n" in body(clerk) and "One" not in body(clerk))
        await to_review(clerk)
        await clerk.press("d")
        await clerk.until(lambda: clerk.main is clerk.app.screen)
        await clerk.press("w", "q", "escape")
        await clerk.until(lambda: clerk.main is clerk.app.screen)

    work(office.app(), script)


def test_plus_addresses(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("w", "+")
        await clerk.until(lambda: "me+shop@example.org" in clerk.text)
        await clerk.press("enter")
        await clerk.until(lambda: "Report" in clerk.text and "Lunch" not in clerk.text)
        copied: list[str] = []
        clerk.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await clerk.press("w", "+", *"Book Club", "ctrl+n", *"example.org", "enter")
        await clerk.until(lambda: copied)
        await clerk.until(lambda: copied == ["me+book-club@example.org"] and "was copied" in clerk.footer)

    work(office.app(), script)


def test_reminders_are_asked_once_each(office: Office) -> None:
    office.settings(lambda old: replace(old, compose=replace(old.compose, many_recipients=3)))

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"a@x.org, b@x.org, c@x.org", "tab", "tab", "tab", "tab")
        await to_review(clerk)
        await clerk.press("y")
        await clerk.until(lambda: "no subject and no text" in clerk.text)
        await clerk.press("y")
        await clerk.until(lambda: "3 people will see" in clerk.text)
        await clerk.press("n", "y")
        await clerk.until(lambda: "3 people will see" in clerk.text)  # the first one was answered
        await clerk.press("b")
        await clerk.until(lambda: outbox.rows(office.db))
        wire = outbox.wire(office.db, outbox.rows(office.db)[0].id)
        assert b"x.org" not in wire and len(outbox.rows(office.db)[0].recipients) == 3

    work(office.app(), script)


def test_a_sender_of_another_server_is_pointed_out_once(office: Office) -> None:
    server = Server(kind="smtp", host="smtp.example.org", user="me@example.org")
    incoming = Server(kind="imap", host="imap.example.org", user="me@example.org")

    def change(old: Any) -> Any:
        account = Account(name="net", email=ME, incoming=incoming, outgoing=server)
        mine = tuple(replace(one, account=account.id) for one in old.identities)
        return replace(old, accounts=(*old.accounts, account), identities=mine)

    office.settings(change)

    async def script(clerk: Clerk) -> None:
        for n in range(2):
            await clerk.press("m", *"a@x.org", "tab", "ctrl+r", "f", *"work", "enter", "tab", "tab", *"S", "tab", *"T")
            await to_review(clerk)
            await clerk.press("y")
            if n == 0:
                await clerk.until(lambda: "does not belong to" in clerk.text)
                await clerk.press("y")
            else:
                assert "does not belong to" not in clerk.text
            await clerk.until(lambda n=n: len(outbox.rows(office.db)) == n + 1)  # type: ignore[misc]

    work(office.app(), script)


def test_the_marks_of_all_that_was_passed_on(office: Office) -> None:
    from core.sending import file_sent

    async def script(clerk: Clerk) -> None:
        await clerk.press("x", "x", "f")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        clerk.app.screen.query_one("#field-to Input", Input).value = "x@x.org"
        await to_review(clerk)
        await sent(clerk, office)

    work(office.app(), script)
    row = outbox.rows(office.db)[0]
    file_sent(office.db, row, office.account)
    flags = office.db.read("SELECT flags FROM placement p JOIN folder f ON f.id = p.folder WHERE f.path = 'Inbox'")
    assert all(value & Flag.FORWARDED for (value,) in flags) and len(flags) == 2
    assert messages.by_message_id(office.db, row.message_id)
