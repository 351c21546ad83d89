"""Files are called what people call them."""

from __future__ import annotations

import pytest

from tests.core.test_clean import is_safe
from tests.tui.pilot import HOSTILE
from tui.file_words import LONGEST, type_words

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("type", "name", "words"),
    [
        ("text/plain", "notes.txt", "text"), ("application/pdf", "", "PDF"), ("application/octet-stream", "plan.pdf", "PDF"),
        ("image/png", "sea.png", "image (PNG)"), ("image/svg+xml", "a.svg", "text"), ("image/x-icon", "i.ico", "image (ICON)"),
        (SHEET, "", "Excel table"), ("application/zip", "a.XLSX", "Excel table"),
        ("application/vnd.ms-word", "a.docm", "Word document with macros"), ("application/zip", "", "archive (ZIP)"),
        ("application/x-tar", "", "archive (TAR)"), ("application/octet-stream", "logs.tar.gz", "archive (GZ)"),
        ("text/csv", "t.csv", "table (CSV)"), ("text/html", "", "web page"), ("text/calendar", "m.ics", "calendar"),
        ("message/rfc822", "", "mail"), ("application/ms-tnef", "winmail.dat", "Outlook's container"),
        ("application/pdf", "invoice.pdf.exe", "program (EXE)"), ("application/octet-stream", "data", "file"),
        ("application/octet-stream", "data.bin", "file (BIN)"), ("audio/mpeg", "song.mp3", "sound (MP3)"),
        ("application/x-odd", "odd.bin", "application/x-odd"), ("", "", "file"),
        ("message/delivery-status", "", "delivery report"), ("message/disposition-notification", "", "read receipt"),
    ],
)  # fmt: skip
def test_what_a_file_is(type: str, name: str, words: str) -> None:
    assert type_words(type, name) == words


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_types_and_names_are_words(text: str) -> None:
    for words in (type_words(text, "a"), type_words(f"application/{text}", f"a.{text}"), type_words(f"image/{text}", text)):
        assert is_safe(words) and len(words) <= LONGEST
