from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui import translation
from tui.actions import message
from tui.dates import clock_there, full_date, list_date
from tui.translation import N_, _, ngettext, pgettext, set_language

NOW = 1_760_000_000
"""Thursday 9 October 2025, 08:53:20 UTC."""


def catalogue(path: Path, texts: dict[str, str]) -> None:
    """Write a compiled catalogue (the MO format of GNU gettext)."""
    entries = sorted((key.encode(), value.encode()) for key, value in texts.items())
    start = 7 * 4 + 16 * len(entries)
    keys, values, tables = b"", b"", ([], [])  # type: ignore[var-annotated]
    all_keys = b"".join(key + b"\0" for key, _value in entries)
    for key, value in entries:
        tables[0].append((len(key), start + len(keys)))
        tables[1].append((len(value), start + len(all_keys) + len(values)))
        keys, values = keys + key + b"\0", values + value + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0)
    body = b"".join(struct.pack("<2I", *pair) for table in tables for pair in table)
    path.parent.mkdir(parents=True)
    path.write_bytes(head + body + keys + values)


@pytest.fixture
def portuguese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    texts = {
        "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n",
        "Archive": "Arquivar",
        "yesterday": "ontem",
        "Oct": "out",
        "{count} mail\0{count} mails": "{count} carta\0{count} cartas",
        "verb\x04Archive": "Arquivar agora",
    }
    catalogue(tmp_path / "pt" / "LC_MESSAGES" / "correio.mo", texts)
    monkeypatch.setattr(translation, "FOLDER", tmp_path)
    set_language("pt_BR", "pt")
    yield
    set_language("en")


@pytest.mark.usefixtures("portuguese")
def test_text_is_shown_in_the_language_spoken() -> None:
    assert _("Archive") == "Arquivar"
    assert ngettext("{count} mail", "{count} mails", 1) == "{count} carta"
    assert ngettext("{count} mail", "{count} mails", 3) == "{count} cartas"
    assert pgettext("verb", "Archive") == "Arquivar agora"
    assert _("not translated") == "not translated"
    assert _("") == ""


@pytest.mark.usefixtures("portuguese")
def test_what_was_declared_at_import_is_translated_when_shown() -> None:
    assert message.Archive.title == N_("Archive") == "Archive"
    assert message.Archive.shown_title() == "Arquivar"
    assert list_date(NOW - 86_400, NOW) == "ontem"


def test_english_is_spoken_where_there_is_no_catalogue() -> None:
    set_language("tlh")
    assert _("Archive") == "Archive"


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (0, "08:53"),
        (8 * 3600, "00:53"),
        (9 * 3600, "yesterday"),
        (32 * 3600, "yesterday"),
        (33 * 3600, "7 Oct"),
        (280 * 86_400, "2 Jan"),
        (282 * 86_400, "2024-12-31"),
        (NOW, "1970-01-01"),
        (-86_400, "2025-10-10"),
    ],
)
def test_dates_in_lists(ago: int, shown: str) -> None:
    assert list_date(NOW - ago, NOW) == shown


@pytest.mark.usefixtures("utc")
def test_dates_by_a_pattern_and_in_full() -> None:
    assert list_date(NOW, NOW, "%d.%m.%y") == "09.10.25"
    assert full_date(NOW) == "Thu 9 Oct 2025, 08:53"
    assert full_date(NOW, 0) == "Thu 9 Oct 2025, 08:53"
    assert full_date(NOW, -300) == "Thu 9 Oct 2025, 08:53 (03:53 UTC-5 where it was written)"
    assert full_date(NOW, 570) == "Thu 9 Oct 2025, 08:53 (18:23 UTC+9:30 where it was written)"
    assert clock_there(NOW + 43_200, 570) == "Fri 06:23 UTC+9:30"


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
