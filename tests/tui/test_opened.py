"""A message made ready for the reader: which of its forms is shown, and what stands where there is nothing to read."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.text import MIMEText
from pathlib import Path

import pytest

from core.html import render_html
from core.reading import open_body
from core.rendered import Page
from tests.tui.office import Office
from tui.opened import Opened


def opened(office: Office, text: str, html: str = "") -> Opened:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "ana@example.net", "me@example.org", "<1@example.net>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    office.put(message.as_bytes())
    id = int(office.db.value("SELECT max(id) FROM message"))
    return Opened(open_body(office.db, id), lambda html, width, names: render_html(html, width, names))


NEWS = f"<html><style>{'p { margin: 0 } ' * 99}</style><title>x</title><p>{'Words of news and more. ' * 30}</p></html>"
FEW = f"<html><style>{'p { margin: 0 } ' * 99}</style><!-- {'a comment ' * 99}--><p>Thanks!</p></html>"


@pytest.mark.parametrize(
    ("text", "html", "form"),
    [
        ("Your program shows no HTML: https://news.example/1\n", NEWS, "html"), ("Thanks!\n", FEW, "plain"),
        ("Words of news and more. " * 15, NEWS, "plain"), ("x\n", "<style>" * 14_000 + "<" * 90_000, "plain"),
    ],
)  # fmt: skip
def test_a_plain_part_that_says_next_to_nothing_gives_way(tmp_path: Path, text: str, html: str, form: str) -> None:
    assert opened(Office(tmp_path), text, html).shown_form == form


@pytest.mark.parametrize(
    ("text", "html", "form", "lines"),
    [
        ("", "", "plain", ["(no text)"]),
        ("\n \n", "<p>Words</p>", "html", ["Words"]),
        ("Plain\n", "<p>Words</p>", "plain", ["Plain"]),
        ("", "<p style='display:none'>x</p>", "html", ["(no text)"]),
    ],
)
def test_what_is_shown(tmp_path: Path, text: str, html: str, form: str, lines: list[str]) -> None:
    shown = opened(Office(tmp_path), text, html)
    assert shown.shown_form == form
    assert [line.text for line in shown.page(60).lines] == lines


def test_a_line_stands_between_two_texts(tmp_path: Path) -> None:
    office = Office(tmp_path)
    message = EmailMessage()
    message["From"], message["Message-ID"] = "ana@example.net", "<2@example.net>"
    message.set_content("One\n")
    message.make_mixed()
    message.attach(MIMEText("Two\n"))
    office.put(message.as_bytes())
    page = Opened(open_body(office.db, int(office.db.value("SELECT max(id) FROM message"))), lambda *_: Page()).page(60)
    assert [line.text for line in page.lines] == ["One", "", "Two"]
