"""PDF files shown in place, by the real pdftotext."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.attachment_text import MOST_PAGES
from core.rendered import Page
from tests.tui.office import Clerk, Office, mail, work
from tui.file_page import FilePage
from tui.files import File, known
from tui.screens.file import FileScreen

needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
LINE = "Please pay within thirty days to the account that stands on our paper, and name the number of the invoice. "


def pdf(pages: int = 2, password: str = "") -> bytes:
    """An invoice: a table, a paragraph, further pages."""
    from fpdf import FPDF

    made = FPDF()
    made.set_font("Helvetica", size=11)
    if password:
        made.set_encryption(owner_password=password, user_password=password)
    made.add_page()
    for item, pieces, price in (("Item", "Pieces", "Price"), ("Rope, ten metres", "2", "40.00"), ("Anchor", "1", "120.50")):
        made.cell(90, 8, item)
        made.cell(40, 8, pieces, align="R")
        made.cell(40, 8, price, align="R", new_x="LMARGIN", new_y="NEXT")
    made.multi_cell(0, 6, LINE * 3)
    for n in range(2, pages + 1):
        made.add_page()
        made.cell(0, 10, f"Page {n}")
    return bytes(made.output())


def shown(data: bytes, width: int = 78) -> tuple[list[str], tuple[str, ...]]:
    """The lines of a PDF in the viewer, and what is said above them."""

    def no_html(html: str, width: int, names: Mapping[str, str]) -> Page:
        raise AssertionError

    page = FilePage(known(File("a.pdf", "application/pdf", len(data)), data), data, "pdf", no_html)
    return [line.text for line in page.page(width).lines], page.notices


@needs_pdftotext
def test_in_place_with_its_columns(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.put(mail(1, "Invoice", files=[("invoice.pdf", pdf())]))

    async def script(clerk: Clerk) -> None:
        await clerk.press("v")
        await clerk.until(lambda: "invoice.pdf" in clerk.text)
        await clerk.press("enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, FileScreen) and "Anchor" in clerk.text)
        lines = [line.strip() for line in clerk.text.splitlines()]
        head = next(line for line in lines if line.startswith("Item"))
        anchor = next(line for line in lines if line.startswith("Anchor"))
        assert head.split() == ["Item", "Pieces", "Price"] and anchor.split() == ["Anchor", "1", "120.50"]
        assert abs(len(head) - len(anchor)) <= 1 and len(head) > 40, "prices end below each other"
        assert "Page 2" in lines and any(set(line) == {"─"} for line in lines[:-3])
        assert any(line.startswith("Please pay within thirty days") for line in lines)

    work(office.app(), script, (90, 40))


@needs_pdftotext
def test_what_cannot_be_read_says_so() -> None:
    whole = pdf()
    assert shown(whole)[1] == ()
    assert shown(pdf(password="harbour")) == ([], ("This PDF cannot be read: it is damaged, or locked.",))
    assert "damaged, or locked" in shown(b"%PDF-1.4\nnothing else")[1][0]
    lines, notices = shown(pdf(MOST_PAGES + 2))
    assert f"Page {MOST_PAGES}" in lines and f"Page {MOST_PAGES + 1}" not in lines
    assert notices == ("This PDF cannot be read to its end: it is damaged, locked with a password, or very long.",)


def test_without_the_program_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert shown(b"%PDF-1.4") == (
        [], ("Install pdftotext (poppler-utils) to read PDF files here, or open it with another program.",)
    )  # fmt: skip
