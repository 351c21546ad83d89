"""The forms of a message: plain text, HTML, source, and a copy for the browser."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.store import reading_choices
from tests.core.test_picture_size import png
from tests.tui.office import Clerk, Office, mail, work
from tui.html_copies import HtmlCopies

HTML = '<p>as <b>HTML</b> <script>alert(1)</script><img src="cid:boat@x"><img src="https://t.example/o.gif" width=1>'


def with_picture(raw: bytes) -> bytes:
    """A mail that brings its picture along."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ana <ana@example.net>", "me@example.org", "Picture"
    message["Message-ID"], message["Date"] = "<p@example.net>", "Sun, 9 Jun 2019 10:00:00 +0000"
    message.set_content("as text")
    message.add_alternative(HTML, subtype="html")
    message.get_payload()[1].add_related(png(6, 4), "image", "png", cid="<boat@x>", filename="boat.png")  # type: ignore[union-attr]
    return message.as_bytes()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Mail of two senders, as text and HTML."""
    made = Office(tmp_path)
    other = "Rui Barros <rui@harbour.example>"
    made.put(mail(1, "One", body="as text", html=HTML), mail(2, "Two", body="as text", html=HTML))
    made.put(mail(3, "Other", body="as text", html=HTML, sender=other), mail(4, "Only text", body="as text"))
    made.put(with_picture(b""))
    return made


async def read(clerk: Clerk, subject: str) -> None:
    """Open a mail by its subject."""
    if clerk.main.pane == "reader":
        await clerk.press("q")
    await clerk.press("g", "g")
    while clerk.subject != subject:
        await clerk.press("j")
    await clerk.press("enter")
    await clerk.until(lambda: clerk.main.reader.page.lines and clerk.main.reader.sheet.subject == subject)


def text(clerk: Clerk) -> str:
    """The text of the message."""
    return "\n".join(line.text for line in clerk.main.reader.page.lines)


def test_the_choice_is_kept_for_the_sender(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "One")
        assert text(clerk) == "as text"
        said: list[str] = []
        clerk.app.say = lambda text, **more: said.append(text)  # type: ignore[method-assign]
        await clerk.press("e")
        await clerk.until(lambda: text(clerk).startswith("as HTML"))
        assert said == ["HTML, for all mail of ana@example.net"]
        await clerk.press("e")
        assert "Subject: One" in text(clerk)
        await read(clerk, "Two")
        await clerk.until(lambda: text(clerk).startswith("as HTML"))
        await read(clerk, "Other")
        assert text(clerk) == "as text"
        await read(clerk, "Only text")
        assert text(clerk).startswith("as text")
        await read(clerk, "Two")
        await clerk.until(lambda: text(clerk).startswith("as HTML"))
        await clerk.press("e", "e")
        await clerk.until(lambda: reading_choices.of(office.db, "ana@example.net").form == "plain")

    work(office.app(), script, size=(120, 40))


def test_an_attached_image_bears_its_name(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Picture")
        await clerk.press("e")
        await clerk.until(lambda: text(clerk) == "as HTML [boat.png]")

    work(office.app(), script)


def test_the_browser_gets_a_copy_that_loads_nothing(office: Office, tmp_path: Path) -> None:
    program, told = tmp_path / "browser", tmp_path / "told"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{told}.part"\nmv "{told}.part" "{told}"\n')
    program.chmod(0o700)
    office.settings(lambda old: replace(old, ui=replace(old.ui, browser=str(program))))

    async def script(clerk: Clerk) -> Path:
        await read(clerk, "Picture")
        await clerk.press("z", "b")
        await clerk.until(told.exists)
        path = Path(told.read_text().strip().removeprefix("file://"))
        assert path.parent == office.home.state / "browser"
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        page = path.read_text()
        assert "as <b>HTML</b>" in page and "data:image/png;base64," in page and "<title>Picture</title>" in page
        assert "script>" not in page and "t.example" not in page and "default-src 'none'" in page
        return path

    copy = work(office.app(), script)
    assert not copy.exists()


def test_without_html_it_says_so_and_without_browser_it_saves(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tui.browser.shutil.which", lambda name: None)
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Only text")
        await clerk.press("z", "b")
        assert "There is no HTML in this message." in clerk.footer
        await read(clerk, "One")
        await clerk.press("z", "b")
        assert "over SSH without a display there is none" in " ".join(clerk.text.replace("│", " ").split())
        assert not (office.home.state / "browser").exists()
        await clerk.press("ctrl+u")
        await clerk.type(str(tmp_path))
        await clerk.press("enter")
        assert f"Savedas{tmp_path}" in "".join(clerk.footer.split()), "the path may go over two lines"
        assert "default-src 'none'" in (tmp_path / "message.html").read_text()

    work(office.app(), script)


def test_copies_that_another_run_left_go(tmp_path: Path) -> None:
    import os

    copies = HtmlCopies(tmp_path)
    old, young, other = tmp_path / "message-1.html", tmp_path / "message-2.html", tmp_path / "mine.html"
    for path in (old, young, other):
        path.write_text("x")
    for path in (old, other):
        os.utime(path, (1, 1))
    mine = copies.write("a\ud800ü")
    assert [path.exists() for path in (old, young, other, mine)] == [False, True, True, True]
    assert mine.read_text("utf-8") == "a?ü"
    copies.clear()
    assert not mine.exists()
