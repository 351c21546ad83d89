"""Mail on paper: text, HTML that cannot act, PDF with what the fonts have."""

from __future__ import annotations

import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.errors import CorreioError
from core.mail_files import read_files
from core.mbox import pieces
from core.printer import pdf_of
from core.printing import Labels, PrintLine, Printout, as_html, as_text, printout
from core.printing_fonts import fonts
from core.printing_worker import Paper, make
from core.rendered import Link, Page
from core.text import render_text

LABELS = Labels("Page {page} of {pages}", "{n} signs are missing", "{n} more lines")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=y>&amp;\u2028</pre></style>'
NOWHERE = ("/nowhere",)


def one(text: str = "Hello\n> quoted\n", title: str = "Lunch") -> Printout:
    return printout(title, (("From", "Ana <ana@example.net>"), ("Date", "today")), render_text(text, 80), "Links")


def test_text() -> None:
    said = as_text([one(), one("Second\n")], LABELS).decode()
    assert said.startswith("Lunch\n\nFrom  Ana <ana@example.net>\nDate  today\n-----")
    assert said.count("\f") == 1 and "\n> quoted\n" in said and said.endswith("Second\n")


def test_links_have_their_targets() -> None:
    page = Page(render_text("see here", 80).lines, (Link(1, "here", "https://example.net/a"), Link(2, "https://b", "https://b")))
    found = printout("x", (), page, "Links")
    assert [line.text for line in found.lines][-2:] == ["Links", "[1] https://example.net/a"]


def test_long_mail_is_cut_with_a_word() -> None:
    found = printout("x", (), render_text("a\n" * 50, 80), "Links", most=10)
    assert len(found.lines) == 10 and found.left_out == 40
    assert "40 more lines" in as_text([found], LABELS).decode()


class Tags(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_html_cannot_act() -> None:
    made = Printout(HOSTILE, (("From", HOSTILE), (HOSTILE, "x")), (PrintLine(HOSTILE, 9), PrintLine(HOSTILE, 0, True)))
    data = as_html([made, made], LABELS).decode()
    tags = Tags()
    tags.feed(data)
    assert tags.found == {"html", "head", "meta", "title", "style", "body", "article", "h1", "table", "tr", "th", "td", "pre",
                          "span", "b"}  # fmt: skip
    assert not tags.attributes & {"src", "href", "onerror", "onclick"} and "default-src 'none'" in data
    assert data.count("<article>") == 2 and "counter(page)" in data and "size:A4" in data
    assert "size:letter" in as_html([made], LABELS, "letter").decode()


def drawn(pdf: bytes) -> bytes:
    """The page contents of a PDF, unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return b"\n".join(_unpacked(one) for one in streams)


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def test_pdf_without_any_font_says_what_is_missing() -> None:
    made = make(Paper((one("Grüße 日本 🎉\n", "Ü"), one("x\n" * 120)), LABELS, folders=NOWHERE))
    assert made.data.startswith(b"%PDF-") and made.pages == 4
    assert made.missing == "日本🎉"
    page = drawn(made.data)
    assert "Grüße".encode("latin-1") in page and b"3 signs are missing" in page
    assert b"Page 1 of 4" in page and b"Page 4 of 4" in page


def test_pdf_with_fonts() -> None:
    found = fonts()
    if not any(ord("λ") in font.signs for font in found):
        pytest.skip("this machine has no font with Greek letters")
    made = make(Paper((one("λόγος and русский\n"),), LABELS))
    assert made.missing == "" and b"/FontFile2" in made.data


def test_broken_fonts_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "DejaVuSansMono.ttf").write_bytes(b"\0\1\0\0" + b"\xff" * 100)
    (tmp_path / "freemono.ttf").mkdir()
    made = make(Paper((one(),), LABELS, folders=(str(tmp_path),)))
    assert made.pages == 1


ODD = ["\u05e9\u05dc\u05d5\u05dd 12 abc", "\u200f\u202e x", "e\u0301" * 50, "a" * 5000, "\ud800", "\x00\x1b"]


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_printed(text: str) -> None:
    line = PrintLine(text.encode("utf-8", "replace").decode())
    assert make(Paper((Printout("x", (), (line,)),), LABELS)).pages >= 1


def test_another_process_makes_it() -> None:
    assert pdf_of(Paper((one(),), LABELS, folders=NOWHERE)).pages == 1
    with pytest.raises(CorreioError) as caught:
        pdf_of(Paper((one("x\n" * 90_000),), LABELS, folders=NOWHERE), seconds=0.01)
    assert caught.value.id == "pdf-slow"


def test_an_mbox_comes_back_as_it_was(tmp_path: Path) -> None:
    mails = [
        b"From: a@example.net\r\nSubject: One\r\n\r\nFrom here\r\n>From there\r\n>>From\r\nend",
        b"From: b@example.net\n\nTwo\n",
    ]
    path = tmp_path / "mail.mbox"
    path.write_bytes(b"".join(pieces((raw, sender, 0) for raw, sender in zip(mails, ["a@example.net", "b x"], strict=True))))
    assert path.read_bytes().startswith(b"From a@example.net Thu Jan  1 00:00:00 1970\n")
    found = [found.raw for found in read_files(path)]
    assert [raw.rstrip(b"\n").replace(b"\r\n", b"\n") for raw in found if raw] == [
        raw.replace(b"\r\n", b"\n").rstrip(b"\n") for raw in mails
    ]
