"""Links in the reader: shown with their true target before anything is opened."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.tui.office import Clerk, Office, mail, work
from tui import browser
from tui.screens.link import LinkQuestion
from tui.screens.picker import Picker
from tui.widgets.choice_list import ChoiceList

LYING = "https://xn--80ak6aa92e.test/login"
PAGE = f"""<p>Go to <a href="https://a.example/1">the first</a>, <a href="https://a.example/2?n=1">the second</a>,
<a href="{LYING}">https://www.bank.example/</a>, <a href="mailto:ana@example.net?subject=Hello">write</a>
<a href="https://a.example/\u202e[bold]\x1b[2J">odd</a>"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Somebody with a mail full of links."""
    made = Office(tmp_path)
    made.put(mail(1, "Links", html=PAGE), mail(2, "One", html='<a href="https://b.example/">only</a>'), mail(3, "None"))
    return made


@pytest.fixture
def opened(office: Office, tmp_path: Path) -> Path:
    """What the browser was told to open, one line each."""
    program, told = tmp_path / "my browser", tmp_path / "opened"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" >> "{told}.part"\nmv "{told}.part" "{told}"\n')
    program.chmod(0o700)
    office.settings(lambda old: replace(old, ui=replace(old.ui, browser=f"'{program}' --new-window")))
    return told


async def read(clerk: Clerk, subject: str) -> None:
    """Open a mail by its subject."""
    await clerk.press("g", "g")
    while clerk.subject != subject:
        await clerk.press("j")
    await clerk.press("enter")
    await clerk.until(lambda: clerk.main.reader.page.lines)


def test_a_link_is_shown_in_full_and_opened_by_argument_vector(office: Office, opened: Path) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Links")
        await clerk.press("o", "2", "enter")
        assert isinstance(clerk.app.screen, LinkQuestion)
        assert "https://a.example/2?n=1" in clerk.text and "Text: the second" in clerk.text
        assert "y opens it (my browser)" in clerk.text and not opened.exists()
        await clerk.press("y")
        await clerk.until(opened.exists)
        assert opened.read_text().splitlines() == ["2", "--new-window", "https://a.example/2?n=1"]

    work(office.app(), script)


def test_a_number_is_that_of_the_link(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Links")
        await clerk.press("o", "1")
        assert isinstance(clerk.app.screen, Picker)
        shown = clerk.app.screen.query_one(ChoiceList)
        assert shown.choices[0].value.number == 1 and len(shown.choices) > 1
        await clerk.press("escape")
        assert isinstance(clerk.app.screen, type(clerk.main))

    work(office.app(), script)


def test_a_lying_link_is_told_at_the_question_in_the_text_and_above_it(office: Office, opened: Path) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Links")
        await clerk.until(lambda: "A link shows www.bank.example, but leads to аррӏе.test." in clerk.text)
        assert "[3 → аррӏе.test]" in " ".join(line.text for line in clerk.main.reader.page.lines)
        await clerk.press("o", "3", "enter")
        text = " ".join(clerk.text.replace("│", " ").split())
        assert "Its text shows www.bank.example, but it leads to аррӏе.test." in text
        assert "аррӏе.test is not apple.test: its letters only look like it." in text
        assert "аррӏе.test is the same as xn--80ak6aa92e.test." in text and LYING in text
        await clerk.press("n")
        assert not opened.exists()

    work(office.app(), script, size=(100, 40))


def test_without_a_browser_a_link_is_copied(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    async def script(clerk: Clerk) -> None:
        copied: list[str] = []
        clerk.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await read(clerk, "One")
        await clerk.press("o")
        assert "y or c copies it" in clerk.text
        await clerk.press("y")
        assert copied == ["https://b.example/"] and "Copied: https://b.example/" in clerk.footer

    work(office.app(), script)


def test_hostile_addresses_are_shown_and_copied_clean(office: Office, opened: Path) -> None:
    async def script(clerk: Clerk) -> None:
        copied: list[str] = []
        clerk.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await read(clerk, "Links")
        await clerk.press("o", "5", "enter", "c")
        assert len(copied) == 1 and copied[0].isascii() and copied[0].isprintable()
        assert copied[0].startswith("https://a.example/[bold]")

    work(office.app(), script)


def test_a_mailto_link_begins_a_mail(office: Office, opened: Path) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "Links")
        await clerk.press("o", "4", "enter")
        assert "y opens it (a new mail)" in clerk.text
        await clerk.press("y")
        assert type(clerk.app.screen).__name__ == "ComposeScreen" and "Hello" in clerk.text
        assert not opened.exists()

    work(office.app(), script)


def test_a_message_without_links_says_so(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await read(clerk, "None")
        await clerk.press("o")
        assert "There are no links in this message." in clerk.footer

    work(office.app(), script)


@pytest.mark.parametrize(
    ("setting", "environ", "command"),
    [
        ("firefox --private-window", {}, ["firefox", "--private-window"]),
        ("", {"BROWSER": "nowhere-at-all:sh"}, ["sh"]),
        ("", {"BROWSER": "'"}, ["lynx"]),
        ("", {}, ["lynx"]),
        ("", {"DISPLAY": ":0"}, ["sensible-browser"]),
    ],
)
def test_which_browser(setting: str, environ: dict[str, str], command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(browser.sys, "platform", "linux")
    there = ("sh", "lynx", "sensible-browser", "links")
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}" if name in there else None)
    assert browser.browser_command(setting) == command


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["%s", "last"], ["{}", "last"]),
        (["--url=%s"], ["--url={}"]),
        (["first"], ["first", "{}"]),
        (["-c", "run %s"], ["-c", "run %s", "{}"]),
    ],
)
def test_an_address_is_a_word_of_its_own_and_no_part_of_a_script(words: list[str], told: list[str], tmp_path: Path) -> None:
    program, heard = tmp_path / "browser", tmp_path / "heard"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{heard}"\n')
    program.chmod(0o700)
    os.mkfifo(heard)
    target = "$(exit 1); `exit 2`"
    browser.open_with([str(program), *words], target, nullcontext())
    assert heard.read_text().splitlines() == [word.format(target) for word in told]
