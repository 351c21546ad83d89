"""The screens as text, to be looked at by people: tests/snapshots. CORREIO_UPDATE_SNAPSHOTS=1 writes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from core.flags import Flag
from tests.terminal.terminal import Terminal
from tests.tui.office import ME, Office, mail

Run = Callable[..., Terminal]
TEXT = """Hello,

the branch is ready; https://example.org/branch/7 has the diff. Tell me what you think of the names, and whether we can
release on Friday.

On Monday, Rui wrote:
> I would rather wait until Friday, since the tests are slow.
>
>> Can we release today?

Fine, then Friday it is. 日本語もあります。

--\x20
Ana Sousa
Lisboa
"""


@pytest.fixture
def office(correio_home: Path) -> Office:
    """A mailbox with a little of everything."""
    made = Office(correio_home.parent)
    made.put(mail(1, "Release on Friday?", body=TEXT, files=[("plan.pdf", b"x" * 4000)]))
    made.put(mail(2, "Your statement for May", sender="Banco Azul <no-reply@azul.example>", X_Priority="1"), flags=Flag.SEEN)
    made.put(mail(3, "jantar sábado", sender="João Nunes <joao@familia.example>"), flags=Flag.SEEN | Flag.ANSWERED)
    made.put(mail(4, "Re: Release on Friday?", parent=1, sender="Rui Barros <rui@example.net>", to=f"{ME}, ana@example.net"))
    made.put(mail(5, "灯台写真展のご案内", sender="田中 由紀 <yuki@example.jp>"), flags=Flag.FLAGGED)
    html = '<h1>Three lights</h1><p>A <b>lost</b> whale, see <a href="https://example.org/w">the story</a>.</p><img src="https://e.x/t.gif">'
    made.put(mail(6, "The Tide Table Weekly", sender="The Tide Table <news@tide.example>", html=html), flags=Flag.SEEN)
    made.put(mail(7, "[PATCH 0/3] chart: fix the soundings", sender="Priya Raman <priya@list.example>"), folder="Lists/charts")
    made.put(mail(8, "Old things"), folder="Archive", flags=Flag.SEEN)
    return made


def begin(run: Run, columns: int, rows: int) -> Terminal:
    return run(columns=columns, rows=rows).wait_for("The Tide Table").wait_for("keys")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 30), (170, 40)])
def test_the_list(terminal: Run, office: Office, columns: int, rows: int) -> None:
    shown = begin(terminal, columns, rows)
    shown.press("j", "j").wait_for("Release on Friday?")
    if columns == 170:
        shown.wait_for("2 messages")
    shown.snapshot(f"list-{columns}x{rows}")


def test_the_reader(terminal: Run, office: Office) -> None:
    shown = begin(terminal, 80, 24).press("j", "j", "enter").wait_for("the branch is ready")
    shown.snapshot("reader-80x24")
    shown.press("z", "M").wait_for("quoted lines").snapshot("reader-folded-80x24")
    shown.press("q", "g", "g", "enter").wait_for("the story").snapshot("reader-html-80x24")


def test_the_folders(terminal: Run, office: Office) -> None:
    shown = begin(terminal, 80, 24).press("shift+tab").wait_for("▾ me")
    shown.snapshot("folders-80x24")


def test_searching_and_selecting(terminal: Run, office: Office) -> None:
    shown = begin(terminal, 80, 24).type("/release").wait_for("2 found")
    shown.snapshot("search-80x24")
    shown.press("enter", "x", "x").wait_for("2 selected").snapshot("selected-80x24")


def test_pickers_and_hints(terminal: Run, office: Office) -> None:
    begin(terminal, 80, 24).press("s").wait_for("Move to").snapshot("move-80x24")
    shown = begin(terminal, 80, 24)
    shown.press("g").wait_for("All inboxes").snapshot("which-key-80x24")
    shown.press("i").wait_gone("All inboxes").press("?").wait_for("Moving about").snapshot("help-80x24")


def test_writing(terminal: Run, office: Office) -> None:
    office.settings(lambda old: replace(old, compose=replace(old.compose, undo_send_seconds=110)))  # to be seen in the outbox
    shown = begin(terminal, 80, 24).press("j", "j", "R").wait_for("Re: Release")
    shown.type("Friday is fine.").wait_for("Friday is fine.").snapshot("compose-80x24")
    shown.press("ctrl+x").wait_for("Ready to send?").snapshot("review-80x24")
    shown.press("y").wait_for("goes out").press("g", "o").wait_for("Outbox").wait_for("Until then")
    shown.snapshot("outbox-80x24", (r" +in \d+ s", " in N s"), (r"\w{3} \d+ \w{3} \d{4}, \d\d:\d\d", "DATE"))


def test_a_question_and_a_sentence(terminal: Run, office: Office) -> None:
    begin(terminal, 80, 24).press("D").wait_for("for ever?").snapshot("question-80x24")
    shown = begin(terminal, 80, 24).press("d").wait_for("takes it back")
    shown.snapshot("archived-80x24")


def test_attachments(terminal: Run, correio_home: Path) -> None:
    lines = ("FN:Ana Sousa", "ORG:Farol", "EMAIL;TYPE=work:ana@farol.example", "TEL;TYPE=cell:+351 21 000")
    card = "\r\n".join(("BEGIN:VCARD", *lines, "END:VCARD", "")).encode()
    table = "date;station;height\r\n2019-06-08;Leixões;1,81\r\n2019-06-09;Leixões;12,40\r\n".encode()
    files = [("tides.csv", table), ("ana.vcf", card), ("invoice.pdf.exe", b"MZ"), ("../../a name with ☃.txt", b"x" * 5000)]
    Office(correio_home.parent).put(mail(1, "Papers for Friday", files=files))
    shown = terminal().wait_for("Papers for Friday").press("v").wait_for("4 files")
    shown.press("j", "j").wait_for("It is a program").snapshot("attachments-80x24")
    shown.press("k", "enter").wait_for("Organisation").snapshot("card-80x24")
    shown.press("q").wait_for("4 files").press("k", "enter").wait_for("station").snapshot("table-80x24")
