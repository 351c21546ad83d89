"""Writing in the composer: formats, images, the editor's own commands, spelling."""

from __future__ import annotations

import asyncio
import dataclasses
import email
import email.policy
import random
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events
from textual.widgets.text_area import Selection

from core import operations
from core.draft import Draft, Options
from core.store import drafts, outbox
from tests.core.test_picture_privacy import PHOTOS
from tests.pictures import png
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.compose import ComposeScreen
from tui.screens.preview import PreviewScreen
from tui.screens.review import ReviewScreen
from tui.widgets.address_field import AddressField
from tui.widgets.editor import Editor
from tui.widgets.recipient_lines import LINES


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An HTML mail from Ana; no spelling unless a test asks for it."""
    made = Office(tmp_path)
    made.settings(lambda old: replace(old, compose=replace(old.compose, spelling="off")))
    made.put(mail(1, "Plan", body="Soup or salad?\n", html="<p>Soup or <b>salad</b>?</p><script>x</script>"))
    return made


def rich(office: Office) -> None:
    office.settings(lambda old: replace(old, compose=replace(old.compose, format="markdown")))


def editor(clerk: Clerk) -> Editor:
    return clerk.app.screen.query_one(Editor)


async def new(clerk: Clerk, text: str = "") -> Editor:
    await clerk.press("m")
    await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
    found = editor(clerk)
    clerk.app.screen.set_focus(found)
    found.load_text(text)
    await clerk.settle()
    return found


async def send(clerk: Clerk, office: Office) -> Any:
    await clerk.press("ctrl+x")
    await clerk.press("y", "y")
    await clerk.until(lambda: outbox.rows(office.db))
    wire = outbox.wire(office.db, outbox.rows(office.db)[0].id)
    return email.message_from_bytes(wire, policy=email.policy.default)


def test_formats_by_key(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        text = await new(clerk, "one two\nthree")
        text.selection = Selection((0, 4), (0, 7))
        await clerk.press("ctrl+t", "b")
        assert "plain text" in clerk.text, "it is asked whether it is to be rich text"
        await clerk.press("y")
        assert text.text == "one **two**\nthree" and clerk.app.screen.draft.rich and "Rich text" in clerk.text
        await clerk.press("ctrl+t", "b")
        assert text.text == "one two\nthree"
        text.move_cursor((1, 0))
        await clerk.press("ctrl+t", "h")
        assert text.text == "one two\n# three"
        text.selection = Selection((0, 0), (1, 7))
        await clerk.press("ctrl+t", "u")
        assert text.text == "- one two\n- # three"
        await clerk.press("ctrl+t", "u", "ctrl+z", "ctrl+z", "ctrl+z")
        assert text.text == "one two\nthree"
        text.selection = Selection((1, 0), (1, 5))
        await clerk.press("ctrl+t", "l", *"example.org", "enter")
        assert text.text == "one two\n[three](https://example.org)"
        text.selection = Selection((0, 0), (0, 3))
        await clerk.press("ctrl+t", "k", *"red large", "enter")
        assert text.text.startswith("[one]{red large} two")
        await clerk.press("ctrl+t", "m")
        assert not clerk.app.screen.draft.rich and "Plain text" in clerk.footer
        text.move_cursor((1, 3))
        composer = clerk.app.screen
        composer.change(dataclasses.replace(composer.current(), body=f"{text.text}\n\n-- \nThe other signature\n"))
        assert "other signature" in text.text and text.cursor_location == (1, 3), "one writes on where one was"

    work(office.app(), script)


def test_an_answer_in_rich_text_keeps_the_original(office: Office) -> None:
    rich(office)

    async def script(clerk: Clerk) -> None:
        await clerk.press("r")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert "The original follows" in clerk.text and ">" not in editor(clerk).text
        await clerk.type("**Soup**")
        await clerk.press("ctrl+t", "p")
        assert isinstance(clerk.app.screen, PreviewScreen)
        await clerk.until(lambda: "Soup or salad?" in clerk.text)
        assert "**Soup**" not in clerk.text
        await clerk.press("ctrl+t", "m")
        assert "**Soup**" in clerk.text and "> Soup or salad?" in clerk.text
        await clerk.press("q")
        await clerk.until(lambda: drafts.all_drafts(office.db))
        made = await send(clerk, office)
        html = made.get_body(("html",)).get_content()
        assert "<strong>Soup</strong>" in html and "<b>salad</b>" in html and "script" not in html
        assert "> Soup or salad?" in made.get_body(("plain",)).get_content()

    work(office.app(), script)


def test_a_preview_that_is_laid_out_late_changes_nothing(office: Office) -> None:
    asked, go_on = threading.Event(), threading.Event()

    async def script(clerk: Clerk) -> None:
        render, loop = clerk.app.render_html, threading.get_ident()

        def late(html: str, width: int, names: Any) -> Any:
            if threading.get_ident() != loop:  # an answer from before may be shown when it is asked for again
                asked.set()
                assert go_on.wait(60)
            return render(html, width, names)

        clerk.app.render_html = late
        preview = PreviewScreen(Draft(body="**Soup**", options=Options(format="markdown")))
        clerk.app.push_screen(preview)
        await asyncio.to_thread(asked.wait, 60)
        preview.other_form()
        await clerk.pilot.pause()
        assert "**Soup**" in clerk.text
        go_on.set()
        await clerk.settle()
        assert "**Soup**" in clerk.text
        go_on.clear()
        preview.other_form()
        await clerk.press("q")
        go_on.set()
        await clerk.settle()
        assert clerk.app._exception is None and preview.gone

    work(office.app(), script)


def test_a_forwarded_mail_in_rich_text_goes_below_as_it_was(office: Office) -> None:
    rich(office)

    async def script(clerk: Clerk) -> None:
        await clerk.press("f")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert "The original follows" in clerk.text and not editor(clerk).text.strip()
        await clerk.type("bob@example.net")
        await clerk.press("enter")
        made = await send(clerk, office)
        assert made["Subject"] == "Fwd: Plan"
        html = made.get_body(("html",)).get_content()
        assert "From: Ana Sousa" in html and "<b>salad</b>" in html and "script" not in html
        assert "> Soup or salad?" in made.get_body(("plain",)).get_content()

    work(office.app(), script)


def test_the_review_screen_shows_its_way_out_on_a_narrow_screen(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("r")
        await clerk.press("ctrl+x")
        await clerk.until(lambda: "postpone" in clerk.footer)
        words = [clerk.footer.index(one) for one in ("y send", "e edit", "P postpone", "d throw away", "? keys")]
        assert words == sorted(words)

    work(office.app(), script)


def test_the_original_can_be_answered_line_by_line(office: Office) -> None:
    rich(office)

    async def script(clerk: Clerk) -> None:
        await clerk.press("r")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        await clerk.press("ctrl+o", "t")
        assert "> Soup or salad?" in editor(clerk).text and "The original follows" not in clerk.text
        made = await send(clerk, office)
        assert made.get_body(("html",)).get_content().count("<blockquote") == 1

    work(office.app(), script)


def test_an_image_in_the_text(office: Office, tmp_path: Path) -> None:
    noise = random.Random(1).randbytes
    (tmp_path / "small one.png").write_bytes(png(20, 10))
    heavy = bytearray(png(1200, 900))
    heavy[-12:-12] = (400_000).to_bytes(4, "big") + b"teXt" + noise(400_000) + b"\0\0\0\0"
    (tmp_path / "heavy.png").write_bytes(bytes(heavy))
    rich(office)

    async def script(clerk: Clerk) -> None:
        text = await new(clerk)

        async def ask_for(name: str) -> None:
            await clerk.press("ctrl+t", "g")
            await clerk.until(lambda: "Image:" in clerk.text)
            await clerk.press("ctrl+u")
            await clerk.type(str(tmp_path / name))
            await clerk.press("enter")

        await ask_for("small one.png")
        await clerk.until(lambda: text.text == "![small one](<small one.png>)")
        (tmp_path / "small one.png").unlink()
        await ask_for("heavy.png")
        await clerk.until(lambda: "heavy.png is heavy" in clerk.text and "1000 × 750" in clerk.text)
        await clerk.press(*"1000", "enter")
        await clerk.until(lambda: "heavy.png)" in text.text)
        text.insert(f"\n![typed]({tmp_path}/typed.png)")
        (tmp_path / "typed.png").write_bytes(png(3, 3))
        await clerk.until(lambda: len(clerk.app.screen.draft.images) == 3)
        (tmp_path / "typed.png").unlink()
        clerk.app.screen.query_one("#field-to").value = "ana@example.net"
        made = await send(clerk, office)
        found = {part.get_filename(): part.get_content() for part in made.walk() if part.get_content_maintype() == "image"}
        assert found["small one.png"] == png(20, 10) and found["typed.png"] == png(3, 3)
        assert len(found["heavy.png"]) < 100_000, "made smaller"

    work(office.app(), script)


def test_finding_and_replacing(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        text = await new(clerk, "Soup\nsalad soup\nend")
        await clerk.press("ctrl+f", *"soup", "enter")
        assert text.selection == Selection((0, 0), (0, 4))
        await clerk.press("ctrl+o", "n")
        assert text.selection == Selection((1, 6), (1, 10))
        await clerk.press("ctrl+o", "n")
        assert text.selection == Selection((0, 0), (0, 4)), "round the end"
        text.move_cursor((0, 0))
        await clerk.press("ctrl+o", "r", "ctrl+u", *"soup", "enter")
        await clerk.press(*"tea", "enter")
        assert text.text == "tea\nsalad tea\nend" and "2 places changed" in clerk.footer
        await clerk.press("ctrl+o", "u")
        assert text.text == "Soup\nsalad soup\nend"
        await clerk.press("ctrl+o", "r", "ctrl+u", *"Soup", "enter")
        await clerk.press(*"Tea", "enter")
        await clerk.until(lambda: text.text == "Tea\nsalad soup\nend")  # a large letter means itself
        await clerk.press("ctrl+f", "ctrl+u", *"nowhere", "enter")
        assert "Not found" in clerk.footer

    work(office.app(), script)


def test_the_lines_of_a_quotation_stay_whole(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        text = await new(clerk, f"> {'x' * 35} {'y' * 36}\n{'x ' * 40}")
        await clerk.until(lambda: text.wrapped_document.height == 3)

    work(office.app(), script)


def test_quotations_and_paragraphs(office: Office, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("from a file\n")

    async def script(clerk: Clerk) -> None:
        text = await new(clerk, "> one\n> two\n>\n> three\n\nmine\n-- \nMe")
        await clerk.press("ctrl+o", "j")
        assert text.text.startswith("> one two\n>\n"), "flowed text has long lines"
        await clerk.press("ctrl+o", "d")
        assert text.text.startswith("> three\n\nmine")
        await clerk.press("ctrl+o", "q")
        assert text.text == "\nmine\n-- \nMe"
        await clerk.press("ctrl+o", "i", "ctrl+u")
        await clerk.type(str(tmp_path / "words.txt"))
        await clerk.press("enter")
        assert text.text == "from a file\n\nmine\n-- \nMe"

    work(office.app(), script)


def test_a_very_long_answer(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        text = await new(clerk, "\n".join(f"> line {n} of what somebody wrote" for n in range(20_000)))
        text.move_cursor((10_000, 0))
        await clerk.press("enter", "up", *"mine", "ctrl+o", "d", "ctrl+z")
        assert text.document.get_line(10_000) == "mine" and text.document.line_count == 20_001
        await clerk.press("ctrl+f", *"line 19999", "enter")
        assert text.cursor_location[0] == 20_000
        text.move_cursor((10_001, 0))
        await clerk.press("ctrl+o", "q")
        assert text.document.line_count == 10_002

    work(office.app(), script)


@pytest.mark.skipif(shutil.which("hunspell") is None, reason="hunspell is not installed")
def test_spelling(office: Office) -> None:
    office.settings(lambda old: replace(old, compose=replace(old.compose, spelling="en_US")))

    async def script(clerk: Clerk) -> None:
        text = await new(clerk, "A mistke here\n> mistkes of others\nhttp://mistke.example\n-- \nMistke")
        await clerk.press("space")
        await clerk.until(lambda: text._misspelt)
        assert list(text._misspelt) == [" A mistke here"]
        await clerk.press("ctrl+o", "s")
        await clerk.until(lambda: "is not in the dictionary" in clerk.text)
        await clerk.press(*"mistake", "enter")
        assert text.document.get_line(0) == " A mistake here"
        await clerk.until(lambda: "No word is misspelt" in clerk.footer)

    work(office.app(), script)


def test_no_program_for_spelling(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.settings(lambda old: replace(old, compose=replace(old.compose, spelling="xx_YY")))

    async def script(clerk: Clerk) -> None:
        await new(clerk, "A mistke")
        await clerk.press("ctrl+o", "s")
        await clerk.until(lambda: "no dictionary xx_YY" in clerk.footer)

    work(office.app(), script)


def test_several_mails_are_written_at_once(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        for word in ("First", "Second"):
            text = await new(clerk, word)
            await clerk.press("end", *" more", "ctrl+n")
            assert clerk.app.screen is clerk.main
        assert "2 open drafts" in clerk.footer or "Put aside" in clerk.footer
        await clerk.press("j", "enter", "g", "w")
        assert "Messages being written" in clerk.text
        begun = [line.split()[1:3] for line in clerk.text.splitlines() if "just now" in line]
        assert begun == [["Second", "more"], ["First", "more"]]
        await clerk.press("down", "enter")
        text = editor(clerk)
        assert text.text == "First more" and isinstance(clerk.app.screen, ComposeScreen)
        await clerk.press("ctrl+z")
        assert text.text != "First more", "with all that can be undone"
        await clerk.until(lambda: len(drafts.all_drafts(office.db)) == 2)
        await clerk.press("ctrl+x", "d", "y")
        await clerk.until(lambda: clerk.app.screen is clerk.main)
        await clerk.press("g", "w")
        assert editor(clerk).text == "Second more"
        await clerk.press("ctrl+n")
        clerk.app.leave()
        await clerk.until(lambda: office.folder("Drafts").total == 1)

    work(office.app(), script)
    kept = [Draft.from_json(one.data).body for one in drafts.all_drafts(office.db)]
    assert kept == ["Second more"] and office.folder("Drafts").total == 1


def test_a_draft_that_another_program_changed(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await new(clerk, "Mine")
        await clerk.press("x", "ctrl+o", "k")
        await clerk.until(lambda: "Kept in Drafts" in clerk.footer)
        row = drafts.all_drafts(office.db)[0]
        with office.db.write():
            operations.expunge(office.db, [(office.folder("Drafts").id, row.message)], actor="sync")
        office.put(mail(7, "Theirs"), folder="Drafts")
        await clerk.press("y", "ctrl+o", "k")
        await clerk.until(lambda: "Another program has changed this draft" in clerk.footer)
        assert office.folder("Drafts").total == 2, "both are there"
        await clerk.press("z", "ctrl+o", "k")
        await clerk.until(lambda: "Kept in Drafts" in clerk.footer)
        assert office.folder("Drafts").total == 2, "and ours is replaced, not piled up"

    work(office.app(), script)


def test_recipients_are_pieces(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        to = clerk.app.screen.query_one("#field-to", AddressField)
        cc = clerk.app.screen.query_one("#field-cc", AddressField)
        await clerk.type("rui@example.net,")
        assert [one.addr for one in to.people] == ["rui@example.net"] and to.input.value == ""
        clerk.app.post_message(events.Paste("Zoë\tzoe@münchen.example\nAna <ana@example.net>\nnobody"))
        await clerk.until(lambda: len(to.people) == 3)
        assert to.input.value == "nobody" and "3 recipients" in clerk.text
        await clerk.press("ctrl+u", "backspace")
        assert to.has_recipient and "remove" in clerk.footer
        await clerk.press("c")
        assert [one.addr for one in cc.people] == ["ana@example.net"] and to.has_recipient
        await clerk.press("left", "x")
        assert [one.addr for one in to.people] == ["zoe@münchen.example"]
        await clerk.press("e")
        assert to.input.value == "Zoë <zoe@münchen.example>" and not to.people
        await clerk.press("tab")
        assert len(to.people) == 1 and "Zoë <zoe@münchen.example>" in clerk.text
        await clerk.press("tab", "tab", *"Hi", "tab", *"Text")
        made = await send(clerk, office)
        assert made["To"] == "Zoë <zoe@xn--mnchen-3ya.example>" and made["Cc"] == "Ana <ana@example.net>"

    work(office.app(), script)


def test_many_recipients_leave_room_for_the_text(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("m")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        to = clerk.app.screen.query_one("#field-to", AddressField)
        clerk.app.post_message(events.Paste(", ".join(f"Person {n} <p{n}@example.net>" for n in range(200))))
        await clerk.until(lambda: len(to.people) == 200 and "Person\xa0199" in clerk.text)
        assert "more)" in clerk.text and "Person\xa01," not in clerk.text, "the last ones, where one types on"
        await clerk.press("backspace", *["left"] * 30)
        assert "Person\xa0169" in clerk.text and "Person\xa0199" not in clerk.text
        await clerk.press("tab", "tab", "tab")
        await clerk.until(lambda: "Person\xa00," in clerk.text)
        assert to.size.height <= LINES + 1 and editor(clerk).size.height >= 8, "and the first ones when one writes on"
        await clerk.press(*"Hi", "tab", *"Text", "ctrl+x")
        assert "To (200)" in clerk.text
        await clerk.press("y", "b")
        await clerk.until(lambda: outbox.rows(office.db))
        row = outbox.rows(office.db)[0]
        assert row.shown.endswith("Person 7 … (200)")
        outbox.sending(office.db, row.id)
        outbox.finish(office.db, row.id, "failed", answers=dict.fromkeys(row.recipients, (552, "too large")))
        await clerk.press("g", "o")
        assert "p0@example.net, p1@example.net, p2@example.net and 197 others: 552 too large" in " ".join(clerk.text.split())

    work(office.app(), script)


def test_the_address_book_completes(office: Office, tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.mkdir()
    (book / "1.vcf").write_text("BEGIN:VCARD\nFN:Berta Neves\nEMAIL:berta@example.com\nEND:VCARD\n")
    office.settings(lambda old: replace(old, contacts=replace(old.contacts, folder=str(book))))

    async def script(clerk: Clerk) -> None:
        await clerk.press("m", "x", "y")
        await clerk.until(lambda: clerk.app._book)
        await clerk.press("ctrl+u", *"ne")
        assert "berta@example.com" in clerk.text
        await clerk.press("ctrl+u", *"be", "right")
        to = clerk.app.screen.query_one("#field-to", AddressField)
        assert to.value == "Berta Neves <berta@example.com>" and to.people, "the ghost was taken"

    work(office.app(), script)


def test_several_files_and_what_photos_tell(office: Office, tmp_path: Path) -> None:
    for name in ("a.txt", "b, c.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "photo.jpg").write_bytes(PHOTOS["jpeg"])

    async def script(clerk: Clerk) -> None:
        await new(clerk, "Here they are.")
        await clerk.app.do_command(f"attach-files {tmp_path}/a.txt, {tmp_path}/photo.jpg")
        await clerk.until(lambda: "photo.jpg tells where it was taken" in clerk.text)
        held: list[Any] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clerk.app.desk, "look_up", lambda *asked: held.append(asked))
            await clerk.press("enter")
        composer = clerk.app.screen
        assert composer.copying == 1 and not composer.draft.attachments, "it is copied while one types on"
        composer.query_one("#field-to").value = "ana@example.net"
        await clerk.press("ctrl+x")
        await clerk.until(lambda: isinstance(clerk.app.screen, ReviewScreen))
        await clerk.press("y")
        assert "still being copied" in clerk.footer and isinstance(clerk.app.screen, ReviewScreen)
        for asked in held:
            clerk.app.desk.look_up(*asked)
        await clerk.until(lambda: len(composer.draft.attachments) == 2 and not composer.copying)
        assert "photo.jpg" in clerk.text, "the review shows it"
        await clerk.press("e")
        await clerk.app.do_command(f"attach-files {tmp_path}/b*")
        await clerk.until(lambda: len(clerk.app.screen.draft.attachments) == 3)
        made = await send(clerk, office)
        files = {part.get_filename(): part.get_payload(decode=True) for part in made.iter_attachments()}
        assert sorted(files) == ["a.txt", "b, c.txt", "photo.jpg"]
        assert b"SECRET" not in files["photo.jpg"] and files["photo.jpg"].startswith(b"\xff\xd8")

    work(office.app(), script)
