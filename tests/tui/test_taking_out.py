"""Printing, saving as files, copying: what leads out of the mailbox."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from msgspec.structs import replace

from core.mail_files import read_files
from tests.depth import examples
from tests.tui.office import Clerk, Office, mail, work
from tui.clipboard import SCREEN_PIECE, parts_of, sequence


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written into anybody's home."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office(tmp_path)
    made.put(mail(1, "Lunch", body="At one?\n"), mail(2, "../Dinner", html="<p>At <a href='https://e.example/x'>eight</a></p>"))
    made.put(mail(3, "Supper", body="Late\n" * 2))
    return made


def printer(office: Office, out: Path, form: str, status: int = 0) -> None:
    """A printer that writes into a file."""
    script = f"import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read()); sys.exit({status})"
    command = f"'{sys.executable}' -c '{script}' '{out}'"
    office.settings(lambda old: replace(old, print=replace(old.print, command=command, format=form)))


@pytest.mark.parametrize("form", ["pdf", "text"])
def test_to_the_printer(office: Office, tmp_path: Path, form: str) -> None:
    out = tmp_path / "paper"
    printer(office, out, form)

    async def script(clerk: Clerk) -> None:
        await clerk.press("p")
        assert "Printer" in clerk.text and "PDF file" in clerk.text and "HTML file" in clerk.text
        await clerk.press("enter")
        await clerk.until(lambda: "Printed with" in clerk.footer)

    work(office.app(), script)
    data = out.read_bytes()
    assert data.startswith(b"%PDF-") if form == "pdf" else b"Supper" in data and b"Late" in data


def test_a_printer_that_fails_says_so(office: Office, tmp_path: Path) -> None:
    printer(office, tmp_path / "paper", "text", status=3)

    async def script(clerk: Clerk) -> None:
        await clerk.press("p", "enter")
        await clerk.until(lambda: "did not print it: 3" in clerk.footer)
        office.settings(lambda old: replace(old, print=replace(old.print, command="no-such-printer -d hall")))
        clerk.app.desk.settings = clerk.app.wiring.settings()
        await clerk.press("p", "enter")
        await clerk.until(lambda: "no program no-such-printer to print with" in clerk.footer)

    work(office.app(), script)


def test_into_files_and_never_over_one(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    async def script(clerk: Clerk) -> None:
        clerk.app.desk.remember("save-folder", str(folder))
        await clerk.settle()
        for count in (1, 2):
            await clerk.press("p")
            await clerk.type("html")
            await clerk.press("enter")
            await clerk.until(lambda: clerk.main.prompt.display)
            await clerk.press("enter")
            await clerk.until(lambda count=count: len(list(folder.iterdir())) == count)  # type: ignore[misc]
        await clerk.press("x", "x", "x")
        await clerk.app.do_command(f"print {folder}/all.html")
        await clerk.until((folder / "all.html").exists)
        await clerk.app.do_command(f"print {folder}/all.doc")

    with pytest.raises(Exception, match="print-ending"):
        work(office.app(), script)
    assert sorted(path.name for path in folder.iterdir()) == ["Supper (2).html", "Supper.html", "all.html"]
    both = (folder / "all.html").read_text()
    assert both.count("<article>") == 3 and "https://e.example/x" in both
    assert both.index("Lunch") < both.index("Supper")


def test_as_eml_and_mbox(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    stored = office.db.value("SELECT count(*) FROM message")

    async def into(clerk: Clerk) -> None:
        await clerk.until(lambda: clerk.main.prompt.display)
        await clerk.press("enter")

    async def script(clerk: Clerk) -> None:
        clerk.app.desk.remember("save-folder", str(folder))
        await clerk.settle()
        await clerk.press("E")
        await into(clerk)
        await clerk.until((folder / "Supper.eml").exists)
        await clerk.press("x", "x", "x", "E", "enter")
        await into(clerk)
        await clerk.until((folder / "mail.mbox").exists)
        await clerk.press("E")
        await clerk.type("each")
        await clerk.press("enter")
        await into(clerk)
        await clerk.until((folder / "Supper (2).eml").exists)

    work(office.app(), script)
    assert sorted(path.name for path in folder.iterdir()) == [
        "Dinner.eml", "Lunch.eml", "Supper (2).eml", "Supper.eml", "mail.mbox"
    ]  # fmt: skip
    assert (folder / "Supper.eml").read_bytes() == mail(3, "Supper", body="Late\n" * 2)
    assert len(list(read_files(folder / "mail.mbox"))) == stored == 3


def test_the_clipboard(office: Office) -> None:
    written: list[str] = []

    async def script(clerk: Clerk) -> None:
        driver: Any = clerk.app._driver
        kept = driver.write
        driver.write = lambda data: written.append(data) if "]52;" in data else kept(data)
        await clerk.press("j", "enter")
        await clerk.until(lambda: "At eight" in clerk.text)
        await clerk.press("y")
        assert "Sender" in clerk.text and "Link 1" in clerk.text
        await clerk.press("enter")
        assert "in the clipboard" in clerk.footer
        await clerk.app.do_command("yank link")
        await clerk.app.do_command("yank sender")
        await clerk.app.do_command("yank nonsense")
        assert "no “nonsense”" in clerk.footer

    work(office.app(), script)
    said = [base64.b64decode(one.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() for one in written]
    assert said[0].startswith("At eight") and said[1:] == ["https://e.example/x", "ana@example.net"]


def test_of_a_conversation_it_is_the_message_under_the_cursor(office: Office) -> None:
    office.put(mail(4, "Re: Supper", body="Early then\n", parent=3))
    written: list[str] = []

    async def script(clerk: Clerk) -> None:
        driver: Any = clerk.app._driver
        kept = driver.write
        driver.write = lambda data: written.append(data) if "]52;" in data else kept(data)
        await clerk.press("enter")
        assert "Late" in clerk.text and "Early then" in clerk.text
        await clerk.press("J")
        await clerk.app.do_command("yank text")
        await clerk.app.do_command("yank what")

    work(office.app(), script)
    said = [base64.b64decode(one.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() for one in written]
    assert said[0] == "Early then" and "Late" in said[1] and "Early then" in said[1]


def test_long_text_is_copied_in_parts(tmp_path: Path) -> None:
    office = Office(tmp_path)
    text = "".join(f"{n:070}\n" for n in range(2_000))
    office.put(mail(1, "Long", body=text))
    written: list[str] = []

    async def script(clerk: Clerk) -> None:
        driver: Any = clerk.app._driver
        kept = driver.write
        driver.write = lambda data: written.append(data) if "]52;" in data else kept(data)
        await clerk.press("enter", "y", "enter")
        assert "Part 1 of 2 is in the clipboard" in clerk.footer
        await clerk.press("y")
        assert "The next part: 2 of 2" in clerk.text
        await clerk.press("enter")
        assert "in the clipboard" in clerk.footer

    work(office.app(), script)
    whole = b"".join(base64.b64decode(one.removeprefix("\x1b]52;c;").removesuffix("\x07")) for one in written)
    assert whole.decode().split() == text.split() and all(len(one) < 100_000 for one in written)


@given(st.text(max_size=300), st.integers(4, 50))
@trying(max_examples=examples(100))
def test_parts_are_the_whole(text: str, most: int) -> None:
    parts = parts_of(text, most)
    assert "".join(parts) == text and all(len(one.encode("utf-8", "replace")) <= most for one in parts)


def test_gnu_screen_gets_it_in_pieces() -> None:
    said = sequence("x" * 1000, {"STY": "1.pts"})
    pieces = said.split("\x1bP")[1:]
    assert all(piece.endswith("\x1b\\") and len(piece) <= SCREEN_PIECE + 2 for piece in pieces)
    assert "".join(piece.removesuffix("\x1b\\") for piece in pieces) == sequence("x" * 1000, {})
    assert sequence("x", {"STY": "1", "TMUX": "y"}) == "\x1b]52;c;eA==\x07"
