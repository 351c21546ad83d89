"""A settings file broken in many ways: each time one sentence that names the line and what to do, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings.file import load, save
from core.settings.keys import put
from tui.sentences import sentence

WHOLE = """\
# my settings
[ui]
reader_width = 80
theme = "night"

[[credential]]
name = "work"
method = "ask"

[[account]]
id = "0000aaaa"
name = "work"
email = "maria@example.org"
keep = "days:31"

[account.incoming]
id = "0000bbbb"
kind = "imap"
host = "imap.example.org"
port = 993
security = "tls"
user = "maria"
credential = "work"

[[identity]]
id = "0000cccc"
account = "0000aaaa"
address = "maria@example.org"
"""

BREAKS = [
    ('theme = "night"', 'theme = "night', 4),
    ("[ui]", "[ui", 2),
    ("reader_width = 80", "reader_width = 80 90", 3),
    ("reader_width = 80", 'reader_width = "wide"', 3),
    ("reader_width = 80", "reader_width = -5", 3),
    ("reader_width = 80", "reader_widht = 80", 3),
    ("reader_width = 80", "reader_width = 80\nreader_width = 81", 4),
    ("[ui]", "[iu]", 2),
    ('method = "ask"', 'method = "asks"', 8),
    ('method = "ask"', 'method = "command"', 6),
    ('method = "ask"', 'password = "hidden words"', 8),
    ('id = "0000aaaa"', 'id = "xyz"', 11),
    ('id = "0000aaaa"\n', "", 10),
    ('name = "work"\nemail', 'name = "a/b"\nemail', 12),
    ('name = "work"\nemail', "email", 10),
    ('email = "maria@example.org"', 'email = "maria"', 13),
    ('keep = "days:31"', 'keep = "a while"', 14),
    ('kind = "imap"', 'kind = "smtp"', 18),
    ('host = "imap.example.org"', 'host = "imap example"', 19),
    ("port = 993", "port = 99999", 20),
    ('security = "tls"', 'security = "ssl"', 21),
    ('user = "maria"\n', "", 16),
    ('credential = "work"', 'credential = "home"', 23),
    ('account = "0000aaaa"', 'account = "0000dddd"', 27),
    ('id = "0000cccc"', 'id = "0000aaaa"', 26),
    ('address = "maria@example.org"', 'address = "maria at example"', 28),
    ("[account.incoming]", "[[account.incoming]]", 16),
]


def test_the_whole_file_is_in_order(tmp_path: Path) -> None:
    file = tmp_path / "correio.toml"
    file.write_text(WHOLE)
    assert load(file).account("work").incoming is not None


@pytest.mark.parametrize(("old", "new", "line"), BREAKS)
def test_each_break_has_its_sentence_and_line(old: str, new: str, line: int, tmp_path: Path) -> None:
    file = tmp_path / "correio.toml"
    assert old in WHOLE
    file.write_text(WHOLE.replace(old, new, 1))
    before = file.read_text()
    with pytest.raises(SettingsError) as caught:
        load(file)
    words = sentence(caught.value)
    assert f"correio.toml, line {line}:" in words, words
    assert words.endswith((".", "?", ".org")) and "{" not in words and "hidden words" not in words
    for change in (lambda: put(file, "ui.theme", "day"), lambda: save(file, lambda settings: settings)):
        with pytest.raises(SettingsError):
            change()
    assert file.read_text() == before


def test_the_sentences_differ() -> None:
    assert len(BREAKS) >= 20
