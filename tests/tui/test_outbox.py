"""The outbox on the screen: sendings to many, the order, and mail that did not reach everybody."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.address import Address
from core.aftermath import read_reports
from core.draft import Draft
from core.sending import file_sent, queue
from core.settings.file import load
from core.store import batches, drafts, outbox
from tests.core.test_reports import DSN, RECEIPT
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.compose import ComposeScreen

BOB, ANA = Address("Bob", "bob@example.net"), Address("Ana", "ana@example.net")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.put(mail(1, "Lunch"))
    return made


def put(office: Office, subject: str, *to: Address, later: int = 0, batch: int | None = None) -> outbox.Outgoing:
    draft = Draft(to=to or (BOB,), subject=subject, body="x\n")
    row = queue(office.db, load(office.home.settings_file), draft, not_before=int(time.time()) + later if later else 0)
    with office.db.write():
        office.db.run("UPDATE outbox SET batch = ? WHERE id = ?", (batch, row.id))
    return row


def taken(office: Office, row: outbox.Outgoing, **answers: tuple[int, str]) -> None:
    """A server takes a mail, but for those named by the part before the @."""
    outbox.trying(office.db, row.id, "smtp.example.org")
    outbox.sending(office.db, row.id)
    told = {to: answers.get(to.partition("@")[0], (250, "ok")) for to in row.recipients}
    outbox.finish(office.db, row.id, "sent", answers=told)
    file_sent(office.db, outbox.get(office.db, row.id), load(office.home.settings_file).accounts[0])


def test_a_sending_to_many(office: Office) -> None:
    batch = batches.begin(office.db, "Newsletter")
    rows = [put(office, f"To {n}", batch=batch) for n in range(3)]
    batches.start(office.db, batch)
    taken(office, rows[0])

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "o")
        assert "Newsletter" in clerk.text and "1 of 3 sent" in clerk.text
        assert "To 1" not in clerk.text, "one line for all of them"
        await clerk.press("p")
        assert "paused" in clerk.text and batches.get(office.db, batch).state == "paused"
        assert "Nothing more of it goes until you let it go on." in clerk.text
        await clerk.press("p")
        assert batches.get(office.db, batch).state == "running"
        await clerk.press("d", "n")
        assert batches.get(office.db, batch).waiting == 2
        await clerk.press("d")
        assert "2 have not been sent yet" in clerk.text
        await clerk.press("y")
        assert "stopped" in clerk.text and "2 cancelled" in clerk.text
        await clerk.press("d")
        assert "Nothing waits to be sent." in clerk.text

    work(office.app(), script)


def test_of_a_sending_to_many_the_end_is_told_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batches.begin(office.db, "Newsletter")
    rows = [put(office, f"To {n}", batch=batch) for n in range(3)]
    batches.start(office.db, batch)
    single = put(office, "Alone")

    async def script(clerk: Clerk) -> None:
        app, said = clerk.app, list[str]()
        monkeypatch.setattr(app, "say", lambda words, **more: said.append(words))
        monkeypatch.setattr(type(app), "_is_answering", False)
        for row in rows:
            assert not said, "the keys stay readable while they go out"
            taken(office, row)
            app._heard({"event": "outbox", "state": "sent", "id": row.id})
        assert said == ["Newsletter: 3 of 3 sent"]
        monkeypatch.setattr(type(app), "_is_answering", True)
        for _n in range(9):
            app._heard({"event": "outbox", "state": "sent", "id": single.id})
        monkeypatch.setattr(type(app), "_is_answering", False)
        await clerk.until(lambda: not app._news_waiting)
        assert said.count("Sent.") == 1, "once, however many go out while the footer has something else to say"

    work(office.app(), script)


def test_the_order(office: Office) -> None:
    for name in ("First", "Second", "Third"):
        put(office, name, later=600)

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "o", "j", "j", "K")
        assert [row.subject for row in outbox.rows(office.db)] == ["First", "Third", "Second"]
        await clerk.press("J")
        assert [row.subject for row in outbox.rows(office.db)] == ["First", "Second", "Third"]

    work(office.app(), script)


def test_some_did_not_get_it(office: Office) -> None:
    taken(office, put(office, "Party", ANA, BOB), bob=(550, "no such user"))

    async def script(clerk: Clerk) -> None:
        await clerk.until(lambda: "1 not delivered" in clerk.footer)
        await clerk.press("g", "o")
        assert "Party" in clerk.text and "bob@example.net: 550 no such user" in clerk.text
        await clerk.press("e")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        composer = clerk.app.screen
        assert isinstance(composer, ComposeScreen) and composer.draft.to == (BOB,)
        assert [one.subject for one in outbox.troubled(office.db)] == ["Party"], "until something takes its place"
        await clerk.press("escape", "escape", "P")
        await clerk.until(lambda: clerk.app.screen is clerk.main)
        assert office.folder("Drafts").total == 1, "what the outbox no longer shows is a draft"
        assert outbox.troubled(office.db) == []

    work(office.app(), script)


@pytest.mark.parametrize("state", ["failed", "sent"])
def test_what_is_written_again_and_thrown_away_stays_in_the_outbox(office: Office, state: str) -> None:
    row = put(office, "Party", ANA, BOB)
    if state == "sent":
        taken(office, row, bob=(550, "no such user"))
    else:
        outbox.trying(office.db, row.id, "smtp.example.org")
        outbox.finish(office.db, row.id, "failed")
    before = outbox.get(office.db, row.id)

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "o", "e")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert "stays in the outbox until this is sent or kept" in clerk.text
        await clerk.press("!", "escape", "escape", "d", "y")
        await clerk.until(lambda: clerk.app.screen is clerk.main)
        assert "stays in the outbox" in clerk.footer
        assert outbox.get(office.db, row.id) == before and drafts.all_drafts(office.db) == []
        await clerk.press("g", "o")
        assert "Party" in clerk.text
        await clerk.press("e")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        await clerk.press("!", "escape", "escape", "y")
        await clerk.until(lambda: clerk.app.screen is clerk.main and len(outbox.rows(office.db, all=True)) == 2)
        assert [one.id for one in (*outbox.open_rows(office.db), *outbox.troubled(office.db))] == [row.id + 1]

    work(office.app(), script)


def test_what_became_of_a_message(office: Office) -> None:
    row = put(office, "Party", ANA, BOB)
    taken(office, row)

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "s", "enter")
        assert "accepted by smtp.example.org" in clerk.text
        office.put(RECEIPT.format(id=row.message_id, what="displayed").replace("\n", "\r\n").encode(), folder="Other")
        office.put(
            DSN.format(id=row.message_id, envelope="x", action="failed", status="5.1.1", final=ANA.addr, original="", n=1)
            .replace("\n", "\r\n").encode(), folder="Other",
        )  # fmt: skip
        assert read_reports(office.db, 0) == 2
        await clerk.press("z", "s")
        assert "not delivered, says MAILER-DAEMON@mx.example.net: 5.1.1" in clerk.text
        assert "opened, says bob@example.net" in clerk.text
        await clerk.press("escape", "q")
        assert "⊘" in clerk.text

    work(office.app(), script, size=(120, 24))
