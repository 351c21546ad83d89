"""The list of attachments: everything that came with a mail looked at, opened, saved and deleted."""

from __future__ import annotations

import re
import stat
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from core.detaching import FIELD
from core.flags import Flag
from core.rendered import Page
from core.store import bodies
from tests.pictures import stripes
from tests.tnef_files import winmail
from tests.tui.office import Clerk, Office, mail, work
from tui import file_page
from tui.actions import attachment
from tui.file_page import FilePage
from tui.files import File
from tui.screens.attachments import AttachmentsScreen
from tui.screens.file import FileScreen, MailFileScreen
from tui.screens.picture import PictureScreen

CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Sousa\nEMAIL;TYPE=work:ana@farol.example\nEND:VCARD\n"
ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1@x\r\nDTSTAMP:20190601T000000Z\r\n"
    "DTSTART:20190608T100000Z\r\nSUMMARY:Lunch\r\nLOCATION:Farol\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def parcel() -> bytes:
    """A mail with one file of each kind."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ana <ana@farol.example>", "me@example.org", "Everything"
    made["Message-ID"], made["Date"] = "<all@farol.example>", "Sat, 08 Jun 2019 10:00:00 +0000"
    made.set_content("See the files.\n")
    made.add_attachment("Some words in a file.\n", filename="notes.txt")
    made.add_attachment("<h1>Title</h1><p>Page <b>text</b></p>", subtype="html", filename="page.html")
    made.add_attachment("name,amount\nAna,12\nRui,3\n", subtype="csv", filename="table.csv")
    made.add_attachment(CARD, subtype="vcard", filename="ana.vcf")
    made.add_attachment(ICS, subtype="calendar", filename="lunch.ics")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Rui <rui@farol.example>", "The mail inside"
    inner.set_content("Inner text.\n")
    inner.add_attachment(b"deep down\n", maintype="application", subtype="octet-stream", filename="deep.txt")
    made.add_attachment(inner)
    box = winmail([("inside.txt", b"from Outlook\n"), ("b.bin", b"\0\1")])
    made.add_attachment(box, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    made.add_attachment(b"\0\1\2", maintype="application", subtype="x-odd", filename="odd.bin")
    return made.as_bytes()


WHOLE = "[!.]*"  # not one that is being written


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.put(parcel())
    return made


def shown(clerk: Clerk) -> str:
    reader = clerk.app.screen.reader  # type: ignore[attr-defined]
    return "\n".join(one.line.text for one in reader.laid.shown)


async def look_at(clerk: Clerk, n: int) -> Any:
    """Open the list and view the n-th file."""
    await clerk.press("v")
    await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
    await clerk.press(*["j"] * (n - 1), "enter")


async def read(clerk: Clerk) -> str:
    await clerk.until(lambda: isinstance(clerk.app.screen, FileScreen) and clerk.app.screen.reader.has_message)
    return shown(clerk)


def test_the_list_tells_names_types_and_sizes(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: "winmail.dat" in clerk.text)
        for words in ("Everything", "8 files", "The mail inside.eml", "text/plain, about 22 bytes"):
            assert words in clerk.text
        for name, columns in {
            "notes.txt": r"text +22 B", "ana.vcf": r"contact +\d\d B", "winmail.dat": r"Outlook's container +\d\d\d B",
        }.items():  # fmt: skip
            line = next(line for line in clerk.text.splitlines() if name in line)
            assert re.fullmatch(rf" \d {re.escape(name)} +{columns}", line.rstrip()), line
        assert "view" in clerk.footer and "to Documents" in clerk.footer
        await clerk.press("q")
        assert clerk.app.screen is clerk.main

    work(office.app(), script, (100, 24))


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, ["notes.txt", "text/plain, 22 B", "Some words in a file."]), (2, ["Title", "Page text"]),
        (3, ["name  amount", "Ana       12"]), (4, ["Ana Sousa", "Mail, work", "ana@farol.example"]),
        (5, ["Lunch", "Where      Farol"]),
        (6, ["The mail inside", "Rui <rui@farol.example>", "Inner text.", "deep.txt"]),
    ],
)  # fmt: skip
def test_in_place(office: Office, n: int, words: list[str]) -> None:
    async def script(clerk: Clerk) -> None:
        await look_at(clerk, n)
        text = await read(clerk)
        for word in words:
            assert word in text
        await clerk.press("escape")
        assert isinstance(clerk.app.screen, AttachmentsScreen)

    work(office.app(), script)


def test_what_is_cut_says_how_to_come_by_the_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(file_page, "MOST_CHARACTERS", 100)
    data = b"words and words\n" * 20
    page = FilePage(File("a.txt", "text/plain", len(data), data=data), data, "text", lambda *_: Page())
    page.rest_words = "X saves it."
    found = page.page(72)
    assert found.notices == ("text-too-long",) and found.lines[-1].text == "This is not all of it. X saves it."
    office = Office(tmp_path)
    office.put(mail(1, body="a line\n" * 30_000))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await clerk.until(lambda: "its beginning is shown. | gives all of it to a" in clerk.text)
        await clerk.press("G")
        await clerk.until(lambda: "This is not all of it. | gives all of it to a program, E saves it." in clerk.text)

    work(office.app(), script, (90, 24))


def test_the_files_of_files(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await look_at(clerk, 6)
        await read(clerk)
        assert isinstance(clerk.app.screen, MailFileScreen)
        await clerk.press("e")
        await clerk.until(lambda: "Content-Type:" in clerk.text and "Source" in clerk.footer)
        await clerk.press("e")
        await clerk.until(lambda: "Content-Type:" not in clerk.text and "Plain text" in clerk.footer)
        await clerk.press("v")
        await clerk.until(lambda: "deep.txt" in clerk.text and "1 file" in clerk.text)
        assert "delete" not in clerk.footer, "only stored mail can be changed"
        await clerk.press("enter")
        assert "deep down" in await read(clerk)
        await clerk.press("q", "q", "q", "j", "enter")
        await clerk.until(lambda: "inside.txt" in clerk.text and "2 files" in clerk.text)
        await clerk.press("enter")
        assert "from Outlook" in await read(clerk)
        await clerk.press("q", "j", "enter")
        await clerk.until(lambda: "b.bin cannot be shown here." in clerk.footer)

    work(office.app(), script)


def test_left_before_it_is_there(office: Office) -> None:
    """What is laid out in a thread comes when nobody waits for it any more."""

    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        files = clerk.app.screen
        for _ in range(7):
            await clerk.pilot.press("enter")
            await clerk.until(lambda: clerk.app.screen is not files)
            await clerk.pilot.press("q")
            await clerk.until(lambda: clerk.app.screen is files)
            await clerk.pilot.press("j")
        await clerk.pilot.press("g", "g", "enter", "q")  # the list perhaps before the file's bytes have been read
        await clerk.until(lambda: clerk.app.screen in (files, clerk.main))
        await clerk.settle()
        assert clerk.app._exception is None

    work(office.app(), script)


def test_finding_words_in_a_file(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await look_at(clerk, 1)
        await read(clerk)
        await clerk.type("/words\n")
        await clerk.until(lambda: clerk.app.screen.reader.hits)  # type: ignore[attr-defined]
        await clerk.until(lambda: "1 hit" in clerk.footer)

    work(office.app(), script)


def test_an_image(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    office = Office(tmp_path)
    office.put(mail(1, "Stripes", files=[("stripes.png", stripes(20, 20)), ("broken.png", b"\x89PNG\r\n\x1a\nno")]))
    office.settings(lambda old: with_ui(old, theme="mono"))

    async def script(clerk: Clerk) -> None:
        await look_at(clerk, 1)
        await clerk.until(lambda: "@@@@@@@@@@@@@@@@@@@@" in clerk.text)
        assert isinstance(clerk.app.screen, PictureScreen) and "20 × 20" in clerk.text
        assert clerk.text.count("@" * 20) == 5, "two rows of pixels in a line"
        await clerk.press("q", "j", "enter")
        await clerk.until(lambda: "This image is damaged" in clerk.text or "This is no image" in clerk.text)

    work(office.app(), script)


@pytest.mark.parametrize("wanted", ["ask", "always", "never"])
def test_images_below_the_text(tmp_path: Path, wanted: str) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    office = Office(tmp_path)
    office.put(mail(1, "Stripes", body="The text.\n", files=[("stripes.png", stripes(20, 20)), ("words.txt", b"no image")]))
    office.settings(lambda old: with_ui(old, theme="mono", images=wanted))

    def text(clerk: Clerk) -> str:
        return "\n".join(one.line.text for one in clerk.main.reader.laid.shown)

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await clerk.until(lambda: "The text." in text(clerk))
        assert ("1 image · I shows it" in text(clerk)) is (wanted == "ask")
        if wanted == "never":
            assert clerk.app._pictures is None
        if wanted != "always":
            await clerk.press("I")
        await clerk.until(lambda: "@" * 20 in text(clerk))
        assert text(clerk).index("The text.") < text(clerk).index("@" * 20) and "1 image" not in text(clerk)
        await clerk.press("I")
        if wanted != "always":
            await clerk.until(lambda: "@" * 20 not in text(clerk))

    work(office.app(), script)


def test_deleted_from_one_message_of_a_conversation(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.put(mail(1, "Plans", files=[("a.txt", b"one")]), flags=Flag.SEEN)
    office.put(mail(2, "Re: Plans", parent=1, files=[("b.txt", b"two")]))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "v")
        await clerk.until(lambda: "b.txt" in clerk.text and isinstance(clerk.app.screen, AttachmentsScreen))
        await clerk.press("d", "y")
        await clerk.until(lambda: "1 attachment deleted" in clerk.footer)
        await clerk.press("q")
        await clerk.until(lambda: clerk.app.screen is clerk.main and "An attachment was deleted" in clerk.text)
        assert len(clerk.main.reading.thread) == 2, "it is still in its conversation"

    work(office.app(), script)
    assert [folder.total for folder in (office.folder("Inbox"),)] == [2]


def test_saving_one_and_all_and_nothing_is_overwritten(office: Office, tmp_path: Path) -> None:
    place, documents = tmp_path / "place", tmp_path / "papers"
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    office.settings(lambda old: with_ui(old, documents=str(documents)))

    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        await clerk.press("s", "ctrl+u")
        await clerk.type(f"{place}\n")
        await clerk.until(lambda: (place / "notes (2).txt").exists())
        assert (place / "notes.txt").read_text() == "mine"
        await clerk.app.do(attachment.SaveAll, str(place))
        await clerk.until(lambda: len(list(place.glob(WHOLE))) == 10)
        await clerk.press("w")
        await clerk.until(lambda: (documents / "notes.txt").exists())
        await clerk.press("W")
        await clerk.until(lambda: (documents / "odd.bin").exists())
        assert {stat.S_IMODE(one.stat().st_mode) for one in documents.glob(WHOLE)} == {0o600}
        await clerk.app.do(attachment.Save, f"{tmp_path}/no/where")
        await clerk.until(lambda: "There is no folder" in clerk.footer)

    work(office.app(), script)


def test_names_stay_inside_the_folder(tmp_path: Path) -> None:
    names = ["../../escape.txt", "/etc/passwd", "-rf", ".bashrc", "a\u202egnp.exe", "x" * 400 + ".txt", "CON", "a\nb", "~/x"]
    office = Office(tmp_path)
    raw = mail(1, "Hostile", files=[(f"n{n}", str(n).encode()) for n in range(len(names))])
    for n, name in enumerate(names):
        value = "".join(f"%{byte:02X}" for byte in name.encode())
        raw = raw.replace(b'filename="n%d"' % n, b"filename*=utf-8''" + value.encode())
    office.put(raw)
    place = tmp_path / "place"
    place.mkdir()

    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: f"{len(names)} files" in clerk.text)
        assert "\u202e" not in clerk.text
        await clerk.app.do(attachment.SaveAll, str(place))
        await clerk.until(lambda: len(list(place.glob(WHOLE))) == len(names))

    before = set(tmp_path.iterdir())
    work(office.app(), script)
    assert set(tmp_path.iterdir()) == before and len(list(place.iterdir())) == len(names)
    assert all(not path.name.startswith((".", "-", "~")) and len(path.name.encode()) < 256 for path in place.iterdir())


def viewer(tmp_path: Path) -> tuple[str, Path]:
    """A command that opens files: it notes what it was given."""
    told = tmp_path / "told"
    script = tmp_path / "viewer.py"
    script.write_text(
        "import os, sys, stat\npath = sys.argv[-1]\nhere = os.stat(path)\nfolder = os.stat(os.path.dirname(path))\n"
        f"text = open(path).read()\nopen({str(told)!r} + '.new', 'w').write(repr((sys.argv[1:], stat.S_IMODE(here.st_mode),"
        f" stat.S_IMODE(folder.st_mode), text)))\nos.rename({str(told)!r} + '.new', {str(told)!r})\n"
    )
    return f"{sys.executable} {script} --option", told


def test_opened_with_another_program(office: Office, tmp_path: Path) -> None:
    command, told = viewer(tmp_path)
    office.settings(lambda old: with_ui(old, opener=command))

    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        await clerk.press("o")
        await clerk.until(told.exists)
        argv, mode, folder, text = eval(told.read_text())
        assert (argv[0], mode, folder, text) == ("--option", 0o600, 0o700, "Some words in a file.\n")
        path = Path(argv[1])
        assert path.name == "notes.txt" and path.is_relative_to(office.home.cache) and path.exists()
        clerk.app.opened_path = path  # type: ignore[attr-defined]

    app = office.app()
    work(app, script)
    assert not app.opened_path.exists(), "it is gone when Correio is"  # type: ignore[attr-defined]
    assert not list(office.home.cache.glob("lent-*"))


def test_what_a_mailcap_program_writes_is_read_here(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mailcap = tmp_path / "mailcap"
    script_of = "import sys, pathlib; print(pathlib.Path(sys.argv[1]).read_text().upper(), end=str())"
    (tmp_path / "shout.py").write_text(script_of)
    mailcap.write_text(f"text/plain; {sys.executable} {tmp_path}/shout.py %s; copiousoutput\ntext/csv; cat %s | wc\n")
    monkeypatch.setenv("MAILCAPS", str(mailcap))

    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        await clerk.press("o")
        assert "SOME WORDS IN A FILE." in await read(clerk)
        await clerk.press("q", "j", "j", "o")
        await clerk.until(lambda: "is not run: it needs a shell" in clerk.footer)
        assert not list(office.home.cache.glob("lent-*/*"))

    work(office.app(), script)


def test_pages_and_programs_are_asked_about(office: Office, tmp_path: Path) -> None:
    command, told = viewer(tmp_path)
    office.settings(lambda old: with_ui(old, opener=command))
    office.put(mail(9, "Danger", files=[("invoice.pdf.exe", b"MZ"), ("plain.pdf", b"#!/bin/sh\nrm -rf ~\n")]))

    async def script(clerk: Clerk) -> None:
        await clerk.until(lambda: clerk.subject == "Danger")
        await clerk.press("v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        assert "It is a program" in clerk.text
        for keys, words in ((["o"], "invoice.pdf.exe is a program"), (["j", "o"], "plain.pdf is a program")):
            await clerk.press(*keys)
            await clerk.until(lambda words=words: words in clerk.text)
            await clerk.press("n")
        await clerk.press("q", "j", "v", "j", "o")
        await clerk.until(lambda: "a browser may load things" in " ".join(clerk.text.split()))
        assert not told.exists()
        await clerk.press("y")
        await clerk.until(told.exists)

    work(office.app(), script)


def test_piped_to_a_program(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        await clerk.type(f"|{sys.executable} -c 'print(open(0).read().upper())'\n")
        assert "SOME WORDS IN A FILE." in await read(clerk)

    work(office.app(), script)


def test_deleted_with_a_note_and_taken_back(office: Office) -> None:
    def stored() -> bytes:
        (message,) = (row[0] for row in office.db.read("SELECT message FROM placement WHERE hidden = 0"))
        return bodies.raw(office.db, message) or b""

    before = stored()

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        await clerk.press("d")
        await clerk.until(lambda: "Delete notes.txt from this message" in clerk.text)
        await clerk.press("n")
        assert stored() == before
        await clerk.press("d", "y")
        await clerk.until(lambda: "1 attachment deleted" in clerk.footer)
        assert "7 files" in clerk.text and FIELD.encode() in stored() and b"Name: notes.txt" in stored()
        await clerk.press("q")
        await clerk.until(lambda: "An attachment was deleted from this message." in clerk.text)
        await clerk.press("q", "u")
        await clerk.until(lambda: stored() == before)
        await clerk.until(lambda: "The attachment is back in its message" in clerk.footer)
        await clerk.press("v", "D", "y")
        await clerk.until(lambda: "8 attachments deleted" in clerk.footer)
        assert "This message has no attachments." in clerk.text and stored().count(FIELD.encode()) == 8

    work(office.app(), script)


def test_an_attachment_clicked_in_the_reader(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        reader = clerk.main.reader
        reader.post_message(reader.AttachmentChosen(reader, 3))
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        assert clerk.app.screen.current.name == "table.csv"  # type: ignore[attr-defined]

    work(office.app(), script)


def test_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    office = Office(tmp_path)
    raw = mail(1, "Bad", files=[("a.bin", b"x" * 100), ("b.bin", b"whole"), ("c.bin", b"odd")])
    head, middle, tail = raw.partition(b"eHh4")
    raw = head + b"!!" + middle + tail
    cut = raw.rindex(b"Content-Transfer-Encoding: base64")
    office.put(raw[:cut] + raw[cut:].replace(b"base64", b"rot13", 1))

    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: "Its encoding is damaged" in clerk.text)
        await clerk.press("j")
        assert "encod" not in clerk.text
        await clerk.press("j")
        assert "encoded in a way that nobody knows" in clerk.text

    work(office.app(), script)


def with_ui(settings: Any, **values: object) -> Any:
    from msgspec.structs import replace

    return replace(settings, ui=replace(settings.ui, **values))
