"""Mails in a digest and files in an archive: read where they are, one below the other or one by one."""

from __future__ import annotations

from pathlib import Path

from tests.core.test_archive import zipped
from tests.core.test_digests import digest, letter
from tests.tui.office import Clerk, Office, mail, work
from tests.tui.test_attachments import WHOLE, look_at, read
from tui.screens.file import MailFileScreen


def test_a_digest_is_read_one_mail_below_the_other(tmp_path: Path) -> None:
    office = Office(tmp_path)
    page = letter("Second topic", "<p>Its <b>page</b> <a href='https://two.example/'>there</a></p>", html=True)
    first, third = letter("First topic", "See https://one.example/\n"), letter("\u202eThird [topic]", "The last one.\n")
    third.add_attachment(b"x", maintype="application", subtype="octet-stream", filename="a.bin")
    office.put(digest(first, page, third, footer="_____\nlist@example.org\n"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await clerk.until(lambda: "Its page there[2]" in clerk.text)
        words = "Topics of today", "First topic", "See https://one.example/[1]", "Second topic", "Third [topic]", "1 file in it"
        places = [clerk.text.rindex(word) for word in (*words, "The last one.", "_____")]
        assert places == sorted(places) and "Ana <ana@example.net> · Sat" in clerk.text
        await clerk.press("slash")
        await clerk.type("last one\n")
        await clerk.until(lambda: len(clerk.main.reader.hits) == 1)
        await clerk.press("v", "enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, MailFileScreen) and "First topic" in clerk.text)

    work(office.app(), script, (80, 50))


def test_files_in_an_archive_are_shown_and_saved_one_by_one(tmp_path: Path) -> None:
    files = {"letters/": b"", "letters/one.txt": b"Dear Ana\n", "../../.bashrc": b"echo\n", "t.csv": b"name;n\nAna;12\n"}
    inner = zipped({"deep.txt": b"deep down\n"})
    office = Office(tmp_path)
    office.put(mail(1, files=[("all.zip", zipped({**files, "inner.zip": inner})), ("bad.zip", b"PK\x03\x04 and no more")]))
    target = tmp_path / "saved"
    target.mkdir()

    async def script(clerk: Clerk) -> None:
        await look_at(clerk, 1)
        await clerk.until(lambda: "4 files" in clerk.text)
        assert "letters/one.txt" in clerk.text and "2026-11-22" in clerk.text
        await clerk.press("enter")
        assert "Dear Ana" in await read(clerk)
        await clerk.press("escape", "j")
        await clerk.until(lambda: "it is saved under the last part only" in clerk.text)
        await clerk.press("j", "enter")
        assert "Ana   12" in await read(clerk)
        await clerk.press("escape", "j", "enter")
        await clerk.until(lambda: "deep.txt" in clerk.text)
        await clerk.press("escape")
        await clerk.until(lambda: "inner.zip" in clerk.text)
        await clerk.press("S", "ctrl+u")
        await clerk.type(str(target))
        await clerk.press("enter")
        await clerk.until(lambda: len(list(target.glob(WHOLE))) == 4)
        assert {path.name: path.read_bytes() for path in target.glob(WHOLE)} == {
            "one.txt": b"Dear Ana\n", "bashrc": b"echo\n", "t.csv": files["t.csv"], "inner.zip": inner,
        }  # fmt: skip
        await clerk.press("escape")
        await clerk.until(lambda: "2 files" in clerk.text)
        await clerk.press("j", "enter")
        await clerk.until(lambda: "This archive cannot be read" in clerk.text)

    work(office.app(), script)
