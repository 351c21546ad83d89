from __future__ import annotations

from core.source_text import MOST_SOURCE, render_source
from tests.core.test_clean import is_safe


def test_a_source_is_shown_as_it_came_with_its_control_characters_to_be_seen() -> None:
    page = render_source(b"From: a\r\nSubject: \x1b[2J\r\n\r\n\xffx\r\n", 40)
    assert [line.text for line in page.lines] == ["From: a", "Subject: ␛[2J", "", "\ufffdx"]
    assert all(is_safe(line.text) for line in page.lines)


def test_nothing_is_written_into_a_source() -> None:
    page = render_source(b'\r\n<a href=3D"https://example.org/">x</a>\r\nhttps://example.com/\r\n', 60)
    assert [line.text for line in page.lines][1:] == ['<a href=3D"https://example.org/">x</a>', "https://example.com/"]
    assert not page.links
    prose = ["Lines of so many words that a page of seventy cells has to break each of them once.",
             "They belong together for people who read them, and in a source they are two lines."]  # fmt: skip
    lines = [line.text for line in render_source("\r\n".join(prose).encode(), 70).lines]
    assert len(lines) == 4 and lines[2].startswith("They belong")


def test_a_source_without_end_is_shown_in_part() -> None:
    assert render_source(b"x" * (MOST_SOURCE + 1), 80).notices == ("text-too-long",)
    assert render_source(b"x" * 100, 80).notices == ()
