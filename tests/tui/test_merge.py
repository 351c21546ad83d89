"""Mail merge on the screen: a table, each message looked through, errors before anything is queued, then all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from core.settings import Server
from core.settings.gateway import Gateway
from core.store import batches, drafts, outbox
from tests.core.test_merge import book
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.merge import MergeScreen
from tui.screens.review import ReviewScreen


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.put(mail(1, "Lunch"))
    (tmp_path / "people.csv").write_text("name;email;code\nAna;ana@example.net;A1\nBob;;B2\nEve;eve@example.net;E5\n")
    (tmp_path / "book").mkdir()
    book(tmp_path / "book")
    server = Server(kind="smtp", host="smtp.example.org", per_day=1, auth=False)
    made.settings(
        lambda old: replace(
            old, contacts=replace(old.contacts, folder=str(tmp_path / "book")),
            accounts=tuple(replace(one, outgoing=server) for one in old.accounts),
        )
    )  # fmt: skip
    return made


async def write(clerk: Clerk, body: str = "Your code: {code|none}.") -> None:
    """A message with placeholders, on its way to many."""
    await clerk.press("m", "tab", "tab", "tab")
    await clerk.type("For {name}")
    await clerk.press("enter")
    await clerk.type(body)
    await clerk.press("ctrl+x")
    await clerk.until(lambda: isinstance(clerk.app.screen, ReviewScreen))
    await clerk.press("m")
    await clerk.until(lambda: isinstance(clerk.app.screen, MergeScreen))


async def table(clerk: Clerk, text: str) -> None:
    """The line at the bottom is answered."""
    await clerk.until(lambda: isinstance(clerk.app.focused, Input))
    assert isinstance(clerk.app.focused, Input)
    clerk.app.focused.value = ""
    await clerk.type(text)
    await clerk.press("enter")


def test_the_story(office: Office, tmp_path: Path) -> None:
    async def script(clerk: Clerk) -> None:
        await write(clerk)
        await table(clerk, str(tmp_path / "people.csv"))
        await clerk.until(lambda: "3 rows" in clerk.text and "2 mails · 1 row cannot be sent" in clerk.text)
        await clerk.until(lambda: "For Ana" in clerk.text and "Your code: A1." in clerk.text)
        await clerk.press("e")
        await clerk.until(lambda: "This row has no address" in clerk.text)
        await clerk.press("right")
        await clerk.until(lambda: "For Eve" in clerk.text and "eve@example.net" in clerk.text)
        await clerk.press("left", "K")
        await clerk.until(lambda: "For Ana" in clerk.text)
        await clerk.press("y", "n")
        assert outbox.rows(office.db) == []
        await clerk.press("y")
        await clerk.until(lambda: "2 mails go out, to 2 recipients in all" in " ".join(clerk.text.split()))
        await clerk.until(lambda: "1 row is left out" in clerk.text)
        await clerk.until(lambda: "takes 1 a day" in " ".join(clerk.text.split()))
        await clerk.press("y")
        await clerk.until(lambda: batches.unseen(office.db))
        [batch] = batches.unseen(office.db)
        assert (batch.name, batch.total) == ("For {name}", 2)
        await clerk.until(lambda: "shows or stops them" in clerk.footer)
        await clerk.until(lambda: drafts.all_drafts(office.db) == [])  # the draft has gone with them
        await clerk.press("g", "o")
        await clerk.until(lambda: "0 of 2 sent" in clerk.text)

    work(office.app(), script)
    assert [row.subject for row in outbox.rows(office.db)] == ["For Ana", "For Eve"]


def test_contacts_and_a_group(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await write(clerk, "Hello {first_name|you}.")
        await table(clerk, "@choir")
        await clerk.until(lambda: "For Ana Sousa" in clerk.text and "2 mails" in clerk.text)
        await clerk.press("a")
        await clerk.until(lambda: "4 mails" in clerk.text)  # each address of each
        await clerk.press("f")
        await table(clerk, "/nowhere.csv")
        await clerk.until(lambda: "No such file" in clerk.footer)
        await clerk.press("escape")
        await clerk.until(lambda: not isinstance(clerk.app.screen, MergeScreen))

    work(office.app(), script)
    assert outbox.rows(office.db) == []


def test_to_a_group(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.type("zoe@x.example")
        await clerk.press("escape", "escape")
        await clerk.press("B")
        await clerk.until(lambda: "Choir" in clerk.text and "Committee" in clerk.text)
        assert "Everybody in the address book" in clerk.text
        await clerk.type("commi")
        await clerk.press("enter")
        await clerk.until(lambda: "1 address into" in clerk.text)  # who is there already stays
        await clerk.press("enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, ReviewScreen))
        assert isinstance(clerk.app.screen, ReviewScreen)
        assert [one.addr for one in clerk.app.screen.draft.bcc] == ["bob@x.example"]
        await clerk.press("B")
        await clerk.type("fam")
        await clerk.press("enter", "down", "enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, ReviewScreen) and clerk.app.screen.draft.to)
        assert [one.addr for one in clerk.app.screen.draft.to] == ["zoe@x.example", "ana@work.example"]

    work(office.app(), script)


def test_files_as_links_and_phones_before_sending(office: Office, tmp_path: Path) -> None:
    sms = Gateway(name="s", address="{number}@sms.example.com", price="0.1", currency="EUR")
    office.settings(lambda old: replace(old, gateways=(sms,), links=replace(old.links, command="cat {file}")))

    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.type("32475123456@SMS")
        await clerk.press("tab", "tab", "tab")
        await clerk.type("Hi")
        await clerk.press("enter")
        await clerk.type("At one?")
        await clerk.press("escape", "escape")
        await clerk.until(lambda: "1 SMS of 7 letters in 1 part" in clerk.text and "Cost: 0.1 EUR" in clerk.text)
        await clerk.press("l")
        await table(clerk, f"{tmp_path}/people.csv, {tmp_path}/people.csv")
        await clerk.until(lambda: isinstance(clerk.app.screen, ReviewScreen))
        review = clerk.app.screen
        assert isinstance(review, ReviewScreen)
        await clerk.until(lambda: review.draft.attachments)
        await clerk.until(lambda: [(one.name, one.link) for one in review.draft.attachments] == [("people.csv", True)] * 2)
        await clerk.until(lambda: "as a link" in clerk.text)

    work(office.app(), script)
