"""What comes with mail cannot write to the terminal nor do anything, wherever it is shown: a real store, a real terminal."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.errors import ServerRefused
from core.flags import Flag
from core.store import accounts, folders, notices, outbox
from tests.terminal.leaks import CANARY
from tests.terminal.terminal import Terminal
from tests.tnef_files import winmail
from tests.tui.office import NOW, Office, mail

Run = Callable[..., Terminal]
EVIL = (
    "[/x][bold][@click=app.quit]Q[/]"
    "\x1b]0;CANARY\x07\x1b[2J\x1b[31;41;7;5m\x1bP+qCANARY\x1b\\\x9b31m\x9d0;CANARY\x9c\x90CANARY\x9c"
    "\u202egnp.exe\u2066\u2069\u200f\U000e0041\x00\x08\x0e\x0f\x7f\rX"
)
"""Markup that would act, sequences that would act, characters that would deceive."""
STRANGE = b"\x1b[31;41;7;5m"
"""A sequence of it that Correio itself never sends."""
MARK = "[/x][bold]"
"""How it begins; that much of it is shown as it is."""


def word(text: str) -> str:
    """An encoded word of RFC 2047, whatever is in it."""
    return f"=?utf-8?b?{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode()}?="


def evil_mail(number: int) -> bytes:
    """A mail that is hostile in every place that is shown."""
    name = base64.b64encode(f"{MARK}{EVIL}.txt".encode()).decode()
    head = (
        f"From: {word(EVIL + 'sender')} <evil{number}@example.net>\r\nTo: {word(EVIL)} <me@example.org>\r\n"
        f"Cc: {word(EVIL)} <cc@example.net>\r\nSubject: {word(MARK + 'subject' + EVIL)}\r\n"
        f"Date: Sat, 8 Jun 2019 08:0{number}:00 +0000\r\nMessage-ID: <{number}@example.net>\r\n"
        f"List-Post: <mailto:list@example.net>\r\nX-Evil: {EVIL}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    )
    html = (
        f'<p>{EVIL} html <a href="https://example.net/&#27;]0;CANARY&#7;{EVIL}">{EVIL} link</a>'
        f'<img src="https://example.net/track.png" alt="{EVIL}"><title>{EVIL}</title>'
        f'<a href="https://{EVIL}@evil{EVIL}.test/{EVIL}">https://bank.example/{EVIL}</a><img src="//t{EVIL}.test/x" width=300>'
    )
    parts = (
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        f"--c\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"{MARK} body {EVIL}\r\n> {EVIL} quoted\r\nhttps://example.net/{EVIL} end\r\n-- \r\n{EVIL}\r\n"
        f"--c\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n--c--\r\n"
        f"--b\r\nContent-Type: application/{EVIL}; name={word(EVIL)}\r\n"
        f'Content-Disposition: attachment; filename="=?utf-8?b?{name}?="\r\n\r\ndata\r\n--b--\r\n'
    )
    return (head + parts).encode("utf-8", "replace")


@pytest.fixture
def office(correio_home: Path) -> Office:
    """Hostile mail in folders with hostile names, hostile tags, and servers that answer in the same way."""
    made = Office(correio_home.parent)
    made.put(evil_mail(1), evil_mail(2), mail(900, "A plain one", sender=f"{MARK} <plain@example.net>"))
    evil_folder = f"{MARK}folder{EVIL}".replace("/", "").replace("\x00", "")
    with made.db.write():
        target = folders.ensure(made.db, made.row, evil_folder)
    made.put(evil_mail(3), folder=target.path)
    refusal = ServerRefused("mail-refused", server=f"smtp{EVIL}", code=550, answer=f"no {EVIL}")
    with made.db.write():
        for (placement,) in made.db.read("SELECT id FROM placement"):
            made.db.run("INSERT INTO keyword (placement, name, server, shown) VALUES (?, ?, 1, 1)", (placement, f"{MARK}{EVIL}"))
        notices.add(made.db, refusal, made.row)
    accounts.set_state(made.db, made.row, "error", refusal)
    id = outbox.queue(
        made.db, account=made.row, message_id="x@example.org", sender="me@example.org", recipients=["a@example.net"],
        subject=f"{MARK}out{EVIL}", shown=EVIL, wire=b"", copy=b"", not_before=NOW,
    )  # fmt: skip
    outbox.sending(made.db, id)
    outbox.finish(made.db, id, "failed", reason=refusal, answers={f"a{EVIL}": (550, EVIL)})
    return made


@pytest.mark.parametrize("columns", [80, 170])
def test_no_forbidden_byte_reaches_the_terminal(terminal: Run, office: Office, columns: int) -> None:
    shown = terminal(columns=columns, rows=30).wait_for("A plain one").wait_for(f"{MARK}subject")
    start = shown.raw.find(b"Correio")  # what Textual asks of a terminal comes before the first picture

    def clean(surface: str) -> None:
        assert shown.process.poll() is None, surface
        assert not shown.leaks(STRANGE, since=start), surface

    clean("the list, the tree, the footer")
    for surface, keys, text in (
        ("the reader", ["j", "enter"], "body"),
        ("all headers", ["H"], "X-Evil"),
        ("HTML", ["H", "e"], "html"),
        ("the images of the network", ["z", "i"], "this once"),
        ("the links", ["escape this once", "o"], "Open a link"),
        ("a link that lies", ["2", "enter"], "leaves it"),
        ("the source", ["n leaves it", "e"], "=?utf-8?b?"),
        ("the link", ["e", "o"], "leaves it"),
        ("the attachments", ["escape leaves it", "v"], "1 file"),
        ("the folder picker", ["q 1 file", "s"], "Move to"),
        ("an answer", ["escape Move to", "R"], "quoted"),
        ("the review screen", ["ctrl+x"], "Ready to send?"),
        ("an answer left", ["d"], MARK),
        ("a forwarded mail", ["f"], "Forwarded message"),
        ("completion", [*"evil"], "evil1@example.net"),
        ("after it", ["ctrl+x", "d", "y", "q"], "A plain one"),
        ("the outbox", ["g", "o"], "550"),
        ("the search", ["q", "slash", *"quoted"], "Search: quoted"),
        ("selecting", ["enter", "x", "F"], "flagged"),
        ("the folder with the name", ["q", "q Search: quoted", "c", *"folder", "enter"], "[x][bold]folder"),
        ("help", ["question_mark"], "Moving about"),
        ("the palette", ["q", "ctrl+p"], "type a few letters"),
    ):
        for key in keys:
            name, _, gone = key.partition(" ")
            shown.press({"slash": "/", "question_mark": "?"}.get(name, name))
            if gone:  # with the next key on its heels, Escape would be Alt and that key
                shown.wait_gone(gone)
        shown.wait_for(text)
        clean(surface)
    shown.press("escape")
    for row in range(1, 12):
        shown.click(columns // 2, row).click(5, row)
    shown.press("ctrl+l").wait_for("keys")
    clean("clicking everywhere")


def evil_files() -> bytes:
    """A mail with files of all kinds, hostile in and out."""
    contents = (
        ("text/plain", f"{MARK} words {EVIL}"), ("text/html", f"<p>{EVIL} html <b>{MARK}</b>"),
        ("text/csv", f"{EVIL},{MARK}\r\n1,{EVIL}\r\n"), ("text/calendar", f"BEGIN:VCALENDAR\r\nSUMMARY:{EVIL}\r\nEND:VCALENDAR"),
        ("text/vcard", f"BEGIN:VCARD\r\nFN:{MARK}{EVIL}\r\nEMAIL:{EVIL}@x\r\nNOTE:{EVIL}\r\nEND:VCARD\r\n"),
        ("message/rfc822", evil_mail(8).decode("utf-8", "replace")),
        ("application/x-pdf", f"%PDF {EVIL}"), ("image/png", EVIL),
    )  # fmt: skip
    pieces = [b"Subject: A parcel\r\nDate: Sat, 8 Jun 2019 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"]
    pieces.append(b'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n')
    for n, (kind, text) in enumerate((*contents, ("application/ms-tnef", ""))):
        data = text.encode("utf-8", "replace") if text else winmail([(f"{n}{EVIL}.txt", EVIL.encode("utf-8", "replace"))])
        head = f'--outer\r\nContent-Type: {kind}; charset=utf-8; name="{word(f"{n}{EVIL}")}"\r\n'
        head += "Content-Disposition: attachment\r\n"
        encoded = kind != "message/rfc822"
        pieces.append(f"{head}{'Content-Transfer-Encoding: base64' if encoded else 'X-Y: z'}\r\n\r\n".encode())
        pieces.append((base64.encodebytes(data) if encoded else data) + b"\r\n")
    return b"".join((*pieces, b"--outer--\r\n"))


def test_files_cannot_write_to_the_terminal(terminal: Run, correio_home: Path) -> None:
    office = Office(correio_home.parent)
    office.put(evil_files())
    office.settings(lambda old: replace(old, ui=replace(old.ui, graphics="blocks")))  # the terminal is not asked
    shown = terminal(columns=100, rows=30).wait_for("A parcel")
    start = shown.raw.find(b"Correio")
    shown.press("v").wait_for("9 files")
    said = ("words", "html", "1", "CALENDAR|title", "Mail", "body", "pdftotext|cannot be read", "no image|Pillow", "1 file")
    for n, text in enumerate(said):
        shown.press("enter").wait_gone("9 files").wait_for(re.compile(text))
        assert not shown.leaks(STRANGE, since=start), n
        if n == 5:
            shown.press("v").wait_for("1 file").press("q").wait_gone("1 file")
        shown.press("q").wait_for("9 files")
        shown.press("j")
    assert shown.process.poll() is None and not shown.leaks(STRANGE, since=start)


def test_a_saved_file_stays_where_it_is_told_to_go(terminal: Run, office: Office, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    shown = terminal(columns=150).wait_for("A plain one").press("j", "enter").wait_for("body")
    shown.press("S").wait_for("Save into").press("ctrl+u").type(str(target)).press("enter").wait_for("Saved as")
    saved = [path.name for path in target.iterdir()]
    assert len(saved) == 1 and saved[0].isprintable() and CANARY.decode() in saved[0]
    assert not shown.leaks(since=len(shown.raw) // 2)


def test_a_piped_program_cannot_write_to_the_terminal(terminal: Run, office: Office) -> None:
    shown = terminal().wait_for("A plain one").press("j", "|").wait_for("Pipe")
    shown.type("cat").press("enter").wait_for("What the program wrote")
    assert not shown.leaks(since=shown.raw.find(b"Correio"))
    shown.press("q").wait_for("A plain one")


def test_answers_have_no_forged_header(terminal: Run, office: Office) -> None:
    shown = terminal().wait_for("A plain one").press("j", "r").wait_for("Subject")
    shown.press("ctrl+x").wait_for("Ready to send?").press("y").wait_for("goes out in")
    wire = outbox.wire(office.db, max(row.id for row in outbox.rows(office.db)))
    head = wire.partition(b"\r\n\r\n")[0]
    assert b"\x1b" not in head and b"\x00" not in wire and b"\nX: " not in head


def test_flags_of_hostile_mail_can_be_changed(terminal: Run, office: Office) -> None:
    shown = terminal().wait_for("A plain one").press("j", "F").wait_for("1 message flagged")
    shown.press("u").wait_for("As it was before")
    assert not office.db.value("SELECT 1 FROM placement WHERE flags & ?", (int(Flag.FLAGGED),))
