"""The composer and the review screen: what is typed is never lost, and what goes out is what was shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.widgets import TextArea

from core.draft import Attachment, Draft
from core.settings import Identity, Server
from core.store import drafts, outbox
from tests.tui.office import ME, Clerk, Office, mail, work
from tui.screens.compose import ComposeScreen
from tui.screens.review import ReviewScreen
from tui.widgets.address_field import AddressField


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Mail from two people, and two addresses of one's own, one with a signature."""
    made = Office(tmp_path)
    other = Identity(account=made.account.id, address="work@example.com", name="Me At Work", signature="Regards\nMe")
    made.settings(lambda old: replace(old, identities=(*old.identities, other)))
    made.put(mail(1, "Lunch", body="Soup or salad?\n-- \nAna\n"))
    made.put(mail(2, "Report", sender="Rui Barros <rui@example.net>", to=f"work@example.com, {ME}", Cc="Zoë <zoe@example.net>"))
    return made


def field(clerk: Clerk, name: str) -> str:
    return clerk.app.screen.query_one(f"#field-{name}", AddressField).value


def body(clerk: Clerk) -> str:
    return clerk.app.screen.query_one("#body", TextArea).text


def stored(office: Office) -> list[Draft]:
    return [Draft.from_json(one.data) for one in drafts.all_drafts(office.db)]


def composing(clerk: Clerk) -> bool:
    return isinstance(clerk.app.screen, ComposeScreen)


def reviewing(clerk: Clerk) -> bool:
    return isinstance(clerk.app.screen, ReviewScreen)


async def to_review(clerk: Clerk) -> None:
    await clerk.press("escape", "escape")
    assert reviewing(clerk), clerk.text


def test_people_are_completed_from_past_mail(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.type("so")
        assert "ana@example.net" in clerk.text
        await clerk.press("tab")
        assert field(clerk, "to") == "Ana Sousa <ana@example.net>"
        await clerk.type("ru")
        await clerk.press("enter")
        assert field(clerk, "to") == "Ana Sousa <ana@example.net>, Rui Barros <rui@example.net>"
        await clerk.press("tab")
        assert clerk.app.focused is clerk.app.screen.query_one("#field-cc Input")

    work(office.app(), script)


def test_an_address_that_is_typed_whole_stays_as_it_is(office: Office) -> None:
    office.put(mail(3, sender="Other Ana <ana@example.network>"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.type("ana@example.net")
        assert "Other Ana" in clerk.text
        await clerk.press("tab")
        assert field(clerk, "to") == "ana@example.net", "Tab goes on"
        await clerk.press("shift+tab")
        await clerk.press("backspace", "e")
        await clerk.type("w")
        await clerk.press("down", "tab")
        assert field(clerk, "to") == "Other Ana <ana@example.network>", "what was chosen with an arrow is taken"

    work(office.app(), script)


def test_the_order_of_the_fields(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        seen = []
        for _n in range(6):
            seen.append(clerk.app.focused.id or clerk.app.focused.parent.parent.id)
            await clerk.press("tab")
        assert seen == ["field-to", "field-cc", "field-bcc", "field-subject", "body", "field-to"]
        await clerk.press("enter", "enter", "enter", "enter")
        assert clerk.app.focused.id == "field-subject" or clerk.app.focused.id == "body"

    work(office.app(), script)


def test_what_is_typed_is_in_the_store_soon(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.type("half a na")
        await clerk.until(lambda: stored(office))
        assert stored(office)[0].typed == (("to", "half a na"),)
        await clerk.press("tab", "tab", "tab")
        await clerk.type("Hello")
        await clerk.press("tab")
        await clerk.type("Text [/x] and more")
        await clerk.until(lambda: stored(office)[0].body == "Text [/x] and more")
        assert len(stored(office)) == 1 and stored(office)[0].subject == "Hello"

    work(office.app(), script)


def test_nothing_written_leaves_nothing(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", "escape", "escape")
        assert clerk.main is clerk.app.screen and not stored(office)
        await clerk.press("r", "escape", "escape", "d")
        assert clerk.main is clerk.app.screen and not stored(office), "an answer nobody wrote into goes without a question"

    work(office.app(), script)


def test_sending_and_taking_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.type("zoë@münchen.example")
        await clerk.press("tab", "tab", "tab")
        await clerk.type("Grüße")
        await clerk.press("tab")
        await clerk.type("One line")
        await clerk.press("ctrl+x")
        assert reviewing(clerk) and "zoë@münchen.example" in clerk.text
        await clerk.press("y")
        await clerk.until(lambda: outbox.rows(office.db))
        sent = outbox.rows(office.db)[0]
        assert sent.state == "waiting" and sent.subject == "Grüße" and sent.recipients == ("zoë@xn--mnchen-3ya.example",)
        assert "10 seconds" in clerk.footer and "1 mail waiting" in clerk.footer
        await clerk.press("u")
        await clerk.until(lambda: composing(clerk))
        assert body(clerk) == "One line" and field(clerk, "to") == "zoë@münchen.example"
        assert not outbox.rows(office.db) and len(stored(office)) == 1, "and safe in the store"
        assert "Not sent: taken out of the outbox" in clerk.text
        await clerk.press("escape", "escape", "P")
        await clerk.until(lambda: composing(clerk) is False and office.folder("Drafts").total == 1)
        assert "It is not sent; it is in Drafts." in clerk.footer, "though nobody has changed a word of it"

    work(office.app(), script)


def test_what_is_missing_is_said(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", "tab", "tab", "tab", "tab")
        await clerk.type("Text")
        await to_review(clerk)
        await clerk.press("y")
        assert "There is no recipient. t adds one." in clerk.footer
        await clerk.press("t")
        await clerk.type("somebody")
        await clerk.press("enter", "y")
        assert "no address yet: somebody" in clerk.footer
        await clerk.press("t", "ctrl+u")
        await clerk.type("so")
        await clerk.press("tab", "enter", "y")
        assert "no subject" in clerk.text
        await clerk.press("n", "s")
        await clerk.type("A subject")
        await clerk.press("enter")
        assert "A subject" in clerk.text and "Ana Sousa <ana@example.net>" in clerk.text
        await clerk.press("c", *"rui", "tab", "enter", "b", *"zoe", "tab", "enter", "q")
        assert composing(clerk) and field(clerk, "cc").startswith("Rui") and "zoe" in field(clerk, "bcc")

    work(office.app(), script)


def test_files(office: Office, tmp_path: Path) -> None:
    for name in ("report.txt", "reading.txt"):
        (tmp_path / name).write_text(name)

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab")
        await clerk.type("Files")
        await to_review(clerk)
        await clerk.press("a", "ctrl+u")
        await clerk.type(f"{tmp_path}/rep")
        await clerk.press("tab", "backspace", "enter")
        assert "report.txt" in clerk.text, "a name is completed"
        await clerk.press("a", *"nothing.txt", "enter")
        assert "There is no file" in clerk.footer
        await clerk.press("a", *"reading.txt", "enter")
        assert [one.name for one in clerk.app.screen.draft.attachments] == ["report.txt", "reading.txt"]
        await clerk.press("D", *"reading", "enter")
        assert "reading.txt" not in clerk.text and "1 file is left" in clerk.footer
        await clerk.press("y")
        await clerk.until(lambda: outbox.rows(office.db))
        assert b"report.txt" in outbox.wire(office.db, outbox.rows(office.db)[0].id)

    work(office.app(), script)


def test_a_mail_that_cannot_be_built_comes_back(office: Office, tmp_path: Path) -> None:
    gone = tmp_path / "gone.txt"
    gone.write_text("here")

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", *"Files", "tab", *"Precious")
        await to_review(clerk)
        await clerk.press("a", "ctrl+u")
        await clerk.type(str(gone))
        await clerk.press("enter")
        gone.unlink()
        await clerk.press("y")
        await clerk.until(lambda: composing(clerk) and "cannot be read" in clerk.footer)
        assert body(clerk) == "Precious" and len(stored(office)) == 1 and not outbox.rows(office.db)

    work(office.app(), script)


def test_the_sender_can_be_chosen(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", *"Hi", "tab", *"Text")
        await to_review(clerk)
        await clerk.press("f", *"work", "enter")
        assert "Me At Work <work@example.com>" in clerk.text
        await clerk.press("y")
        await clerk.until(lambda: outbox.rows(office.db))
        assert outbox.rows(office.db)[0].sender == "work@example.com"

    work(office.app(), script)


def test_an_answer_comes_from_the_address_the_mail_went_to(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("R")
        assert "work@example.com" in clerk.text.splitlines()[1]
        assert field(clerk, "to").startswith("Rui Barros") and field(clerk, "cc") == "Zoë <zoe@example.net>"
        assert field(clerk, "subject") == "Re: Report" and body(clerk).endswith("-- \nRegards\nMe\n")
        await clerk.type("Thanks")
        assert "> The text of mail 2.\n" in body(clerk) and "\nThanks\n" in body(clerk), "below the quotation"
        await to_review(clerk)
        await clerk.press("y")
        await clerk.until(lambda: outbox.rows(office.db))
        assert b"In-Reply-To: <2@example.net>" in outbox.wire(office.db, outbox.rows(office.db)[0].id)

    work(office.app(), script)


def test_forward_and_redirect(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "f")
        assert field(clerk, "subject").startswith("Fwd: Report") and "The text of mail 2." in body(clerk)
        await clerk.type("rui")
        await clerk.press("tab")
        await to_review(clerk)
        await clerk.press("y")
        await clerk.until(lambda: len(outbox.rows(office.db)) == 1)
        await clerk.press("b", *"sousa", "tab", "enter")
        await clerk.until(lambda: len(outbox.rows(office.db)) == 2)
        wire = outbox.wire(office.db, outbox.rows(office.db)[1].id)
        assert b"Resent-To: Ana Sousa <ana@example.net>" in wire and b"The text of mail 2." in wire
        await clerk.press("L")
        assert "mailing list" in clerk.footer
        await clerk.press("f")
        await to_review(clerk)
        await clerk.press("P")
        await clerk.until(lambda: clerk.app.screen is clerk.main)
        assert office.folder("Drafts").total == 1, "what was chosen to go on is reviewed and kept, also with no word added"

    work(office.app(), script)


def test_postponed_and_gone_on_with(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"half", "tab", "tab", "tab", *"Later", "tab", *"Begun")
        await to_review(clerk)
        await clerk.press("P")
        await clerk.until(lambda: "Kept in Drafts." in clerk.footer)
        assert office.folder("Drafts").total == 1
        await clerk.press("g", "d", "enter")
        assert composing(clerk) and field(clerk, "to") == "half" and body(clerk) == "Begun"
        await clerk.press("tab", "tab", "tab", "tab", "end")
        await clerk.type(" again")
        await clerk.press("ctrl+x", "t", "ctrl+u", *"so", "tab", "enter", "P")
        await clerk.until(lambda: clerk.app.screen is clerk.main)
        assert office.folder("Drafts").total == 1 and len(stored(office)) == 1, "one draft, not two"
        await clerk.press("enter")
        assert body(clerk) == "Begun again"
        await clerk.press("ctrl+x", "y")
        await clerk.until(lambda: outbox.rows(office.db))
        assert office.folder("Drafts").total == 0 and not stored(office)

    work(office.app(), script)


def test_a_draft_of_another_program_is_gone_on_with(office: Office) -> None:
    office.put(mail(5, "From my phone", sender=ME, to="ana@example.net", body="Typed with thumbs"), folder="Drafts")

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "d", "enter")
        await clerk.until(lambda: composing(clerk))
        assert "Typed with thumbs" in body(clerk) and field(clerk, "to") == "ana@example.net"
        await clerk.type("More. ")
        await to_review(clerk)
        await clerk.press("P")
        await clerk.until(lambda: "Kept in Drafts." in clerk.footer)
        assert office.folder("Drafts").total == 1

    work(office.app(), script)


def test_throwing_away_asks(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", *"Hi")
        await clerk.until(lambda: stored(office))
        await to_review(clerk)
        await clerk.press("d")
        assert "Throw this message away?" in clerk.text
        await clerk.press("n")
        assert reviewing(clerk)
        await clerk.press("d", "y")
        await clerk.until(lambda: not stored(office))
        assert clerk.app.screen is clerk.main

    work(office.app(), script)


def test_leaving_with_an_open_composer_keeps_the_text(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", *"Hi", "tab", *"Unsaved words")
        await clerk.pilot.press("ctrl+q")
        await clerk.pilot.pause()

    app = office.app()
    work(app, script)
    assert [one.body for one in stored(office)] == ["Unsaved words"] and office.folder("Drafts").total == 1


def test_a_full_disk_does_not_lose_the_text(office: Office) -> None:
    def limit(pages: int) -> Any:
        return lambda db: db.read(f"PRAGMA max_page_count = {pages}")

    async def script(clerk: Clerk) -> None:
        clerk.app.desk.write(limit(1), hurry=False)
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", *"Big", "tab")
        clerk.app.screen.query_one("#body", TextArea).insert("long " * 40_000)
        await clerk.until(lambda: "The disk is full" in clerk.footer)
        await clerk.press("ctrl+x", "P")
        await clerk.until(lambda: composing(clerk) and "The disk is full" in clerk.footer)
        await clerk.press("ctrl+q")
        await clerk.until(lambda: "Leave all the same?" in clerk.text)
        await clerk.press("n")
        assert composing(clerk) and len(body(clerk)) >= 200_000
        clerk.app.desk.write(limit(1_000_000), hurry=False)
        await clerk.press("ctrl+x", "P")
        await clerk.until(lambda: "Kept in Drafts." in clerk.footer)
        assert len(stored(office)[0].body) >= 200_000

    work(office.app(), script)


def test_the_outbox_screen(office: Office) -> None:
    from core.errors import ServerRefused

    async def script(clerk: Clerk) -> None:
        for subject in ("First", "Second", "Third"):
            await clerk.press("m", *"so", "tab", "tab", "tab", "tab", *subject, "tab", *"Text", "ctrl+x", "y")
        await clerk.until(lambda: len(outbox.rows(office.db)) == 3)
        first, second, _third = outbox.rows(office.db)
        refusal = ServerRefused("mail-refused", server="smtp.example.net", code=550, answer="no thanks")
        outbox.sending(office.db, first.id)
        outbox.finish(office.db, first.id, "failed", reason=refusal, answers={"ana@example.net": (550, "no thanks")})
        outbox.sending(office.db, second.id)
        outbox.finish(office.db, second.id, "uncertain")
        await clerk.press("g", "o")
        assert "First  Ana Sousa" in clerk.text and "not sent" in clerk.text and "550 no thanks" in clerk.text
        await clerk.press("j", "y")
        assert "arrive twice" in clerk.text
        await clerk.press("n", "a")
        await clerk.until(lambda: len(outbox.rows(office.db)) == 2)
        await clerk.press("G", "d")
        await clerk.until(lambda: len(outbox.rows(office.db)) == 1 and office.folder("Drafts").total == 1)
        await clerk.press("g", "g", "y")
        assert outbox.rows(office.db)[0].state == "queued"
        await clerk.press("e")
        await clerk.until(lambda: composing(clerk))
        assert field(clerk, "subject") == "First" and not outbox.rows(office.db)

    work(office.app(), script)


def test_what_a_crash_left_is_in_drafts(office: Office) -> None:
    from core import drafting
    from core.settings.file import load

    settings = load(office.home.settings_file)
    drafting.save(office.db, settings, Draft(subject="Left behind", body="words"), None)

    async def script(clerk: Clerk) -> None:
        await clerk.until(lambda: "1 unfinished message is in Drafts." in clerk.footer)
        assert office.folder("Drafts").total == 1

    work(office.app(), script)


def test_a_forgotten_file_is_asked_for(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", "tab")
        await clerk.type("The report is attached")
        await to_review(clerk)
        await clerk.press("y")
        assert "no subject" in clerk.text
        await clerk.press("y")
        assert "says “attached”, and no file is attached" in " ".join(clerk.text.split())
        await clerk.press("n", "s")
        await clerk.type("A report")
        await clerk.press("enter", "y")
        assert "no file is attached" in " ".join(clerk.text.split())
        await clerk.press("y")
        assert not composing(clerk)

    work(office.app(), script)


def test_a_mail_that_the_server_would_refuse_is_asked_about(office: Office, tmp_path: Path) -> None:
    from core.store import quota
    from core.store.quota import UNKNOWN_LIMIT

    large = tmp_path / "film.mp4"
    with large.open("wb") as file:
        file.truncate(UNKNOWN_LIMIT * 3 // 4)

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", *"ana", "tab", "tab", "tab", "tab", "tab")
        await clerk.type("Hello")
        await to_review(clerk)
        review = clerk.app.screen
        assert isinstance(review, ReviewScreen)
        review._change(subject="Film", attachments=(Attachment("film.mp4", path=str(large)),))
        await clerk.press("y")
        await clerk.until(lambda: "most servers take no more than 52.4 MB" in " ".join(clerk.text.replace("│", " ").split()))
        await clerk.press("n")
        server = Server(kind="smtp", host="smtp.example.org", user="me")
        clerk.app.desk.settings = replace(
            clerk.app.desk.settings, accounts=(replace(clerk.app.desk.settings.accounts[0], outgoing=server),)
        )
        quota.put_limit(office.db, server.id, 10_000_000)
        await clerk.press("y")
        await clerk.until(lambda: "example.org takes no more than 10.0 MB" in " ".join(clerk.text.replace("│", " ").split()))

    work(office.app(), script)
