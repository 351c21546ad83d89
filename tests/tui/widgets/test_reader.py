from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from textual import on
from textual.pilot import Pilot

from core.cells import cell_len
from core.rendered import Line, Link, Page, Span
from core.text import render_text
from tests.tui.demo import sheet
from tests.tui.pilot import HOSTILE, PartsApp, drive, lines_of, screen_text
from tui.styles import looks_of
from tui.widgets.finding import find_in, find_lines
from tui.widgets.reader import Reader
from tui.widgets.sheet import AttachmentLine, Sheet, human_size

QUOTES = "Own words.\n\n> first quote\n> of two lines\n\nMore words.\n\n> second quote\n\nThe end.\n"


class ReaderApp(PartsApp):
    """The reader alone, its messages kept."""

    def __init__(self) -> None:
        self.reader = Reader()
        super().__init__(self.reader)
        self.told: list[Any] = []

    def on_mount(self) -> None:
        self.reader.focus()

    @on(Reader.LinkChosen)
    @on(Reader.AttachmentChosen)
    def keep(self, event: Any) -> None:
        self.told.append(event)


def text_sheet(body: str, key: int = 1, **changes: Any) -> Sheet:
    plain = Sheet(key, (("From", "Ana"),), lambda width: render_text(body, width), subject="Subject")
    return replace(plain, **changes)


def numbered(count: int) -> str:
    return "\n".join(f"line {number}" for number in range(count))


def shown(reader: Reader) -> list[str]:
    return [line.rstrip() for line in lines_of(reader)]


def test_a_message_is_shown_with_its_headers_notices_and_attachments() -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        app.reader.show(sheet(3))
        await pilot.pause()
        return shown(app.reader)

    app = ReaderApp()
    lines = drive(app, script)
    assert lines[0].strip().startswith("日本語")
    assert any(line.strip().startswith("From") and "李小龍" in line for line in lines)
    assert any("2 remote images" in line for line in lines)
    assert any("report.pdf" in line and "123 KB" in line for line in lines)
    assert any(line.strip() == "Hello," for line in lines)


def test_all_headers_on_a_key_and_back() -> None:
    async def script(pilot: Pilot[None]) -> tuple[str, str]:
        app.reader.show(sheet(3))
        await pilot.press("H")
        full = "\n".join(shown(app.reader))
        await pilot.press("H")
        return full, "\n".join(shown(app.reader))

    app = ReaderApp()
    full, usual = drive(app, script)
    assert "X-Mailer" in full and "Received" in full
    assert "X-Mailer" not in usual


def test_many_recipients_do_not_fill_the_screen() -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        everybody = ", ".join(f"person{n}@example.org" for n in range(400))
        app.reader.show(text_sheet("body", headers=(("From", "Ana"), ("To", everybody))))
        await pilot.pause()
        return shown(app.reader)

    app = ReaderApp()
    lines = drive(app, script)
    assert lines[4].endswith("…")
    assert "body" in [line.strip() for line in lines]


def test_keys_scroll_by_lines_and_pages() -> None:
    async def script(pilot: Pilot[None]) -> list[int]:
        app.reader.show(text_sheet(numbered(500)))
        tops = []
        for keys in ("j", "k", "space", "minus", "ctrl+d", "ctrl+u", "G", "g g"):
            await pilot.press(*keys.split())
            tops.append(app.reader.scroll_offset.y)
        return tops

    app = ReaderApp()
    tops = drive(app, script, size=(80, 20))
    assert tops == [1, 0, 19, 0, 10, 0, 503 - 20, 0]


def test_the_place_in_each_message_is_remembered() -> None:
    async def script(pilot: Pilot[None]) -> tuple[str, str]:
        app.reader.show(text_sheet(numbered(500), key=1))
        await pilot.press("space", "space", "j")
        before = shown(app.reader)[0]
        app.reader.show(text_sheet("short", key=2))
        await pilot.pause()
        assert app.reader.scroll_offset.y == 0
        app.reader.show(text_sheet(numbered(500), key=1))
        await pilot.pause()
        return before, shown(app.reader)[0]

    app = ReaderApp()
    before, after = drive(app, script)
    assert before == after != ""


def test_another_width_wraps_anew_and_stays_near() -> None:
    async def script(pilot: Pilot[None]) -> None:
        words = "\n\n".join(f"{n} " + "word " * 60 for n in range(100))
        app.reader.show(text_sheet(words))
        await pilot.pause()
        app.reader.scroll_to(y=300, animate=False)
        await pilot.pause()
        before = app.reader.scroll_offset.y / app.reader.virtual_size.height
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert {cell_len(line) for line in lines_of(app.reader)} == {49}
        after = app.reader.scroll_offset.y / app.reader.virtual_size.height
        assert abs(before - after) < 0.03
        app.reader.max_width = 30
        await pilot.pause()
        assert max(cell_len(line.rstrip()) for line in lines_of(app.reader)[1:-1]) <= 31

    app = ReaderApp()
    drive(app, script)


def test_quotes_fold_and_unfold() -> None:
    async def script(pilot: Pilot[None]) -> list[str]:
        app.reader.show(text_sheet(QUOTES))
        states = []
        for keys in ("", "z a", "z a", "z M", "z R"):
            await pilot.press(*keys.split())
            states.append("\n".join(shown(app.reader)))
        return states

    app = ReaderApp()
    plain, one, again, none, back = drive(app, script)
    assert "first quote" in plain and plain == again == back
    assert "first quote" not in one and "2 quoted lines" in one and "second quote" in one
    assert "quote" in none and "second quote" not in none and "1 quoted line" in none


def test_words_are_found_marked_and_walked_through() -> None:
    async def script(pilot: Pilot[None]) -> list[int]:
        app.reader.show(text_sheet(numbered(200) + "\nÉcole ÉCOLE ecole"))
        assert app.reader.find("ecole") == 3
        assert app.reader.hit == 0
        hits = []
        for key in ("n", "n", "n", "N"):
            await pilot.press(key)
            hits.append(app.reader.hit)
        top = app.reader.scroll_offset.y
        assert top <= app.reader.hits[0][0][0] < top + app.reader.size.height
        assert app.reader.find("line 150") == 1
        assert app.reader.find("nowhere") == 0
        return hits

    app = ReaderApp()
    assert drive(app, script) == [1, 2, 0, 2]


def test_words_in_folded_quotes_are_found_too() -> None:
    async def script(pilot: Pilot[None]) -> int:
        app.reader.show(text_sheet(QUOTES))
        await pilot.press("z", "M")
        return app.reader.find("second quote")

    app = ReaderApp()
    assert drive(app, script) == 1


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Release the release", "RELEASE", [(0, 7), (12, 19)]),
        ("café CAFE", "cafe", [(0, 4), (5, 9)]),
        ("cafe\u0301s", "café", [(0, 5)]),
        ("日本語の件名", "件名", [(4, 6)]),
        ("straße", "strasse", [(0, 6)]),
        ("aaaa", "aa", [(0, 2), (2, 4)]),
        ("text", "", []),
        ("", "x", []),
    ],
)
def test_finding(text: str, wanted: str, found: list[tuple[int, int]]) -> None:
    assert find_in(text, wanted) == found


@pytest.mark.parametrize(
    ("body", "wanted", "found"),
    [
        ("One two three four five six seven eight.", "four five six", ["four five", "six"]),
        ("> One two three four five six seven eight.", "four five six", ["four", "five six"]),
        ("> One two three four\n> five six seven eight.", "four five", ["four", "five"]),
        ("- One two three four five six seven", "three four five", ["three four", "five"]),
        ("https://example.org/0123456789/abcdefghij/klmnopqrst", "456789/abcde", ["45", "6789/abcde"]),
        ("日本語の文章には空白がありません。改行はどこでもできます。", "どこでもでき", ["どこでも", "でき"]),
        ("Ein Maß Bier, das ist ein Café in München", "maß bier das", []),
        ("Ein Glas und dann noch Café Österreich", "noch cafe österr", ["noch", "Café Österr"]),
        ("The end.\n\nBegin", "end. begin", []),
        ("Mine\n> Yours", "mine yours", []),
    ],
)
def test_words_are_found_over_the_ends_of_lines(body: str, wanted: str, found: list[str]) -> None:
    lines = render_text(body, 26 if body.startswith("https") else 24).lines
    hits = find_lines(lines, lambda text: find_in(text, wanted))
    assert [lines[y].text[start:end].strip() for hit in hits for y, start, end in hit] == found
    assert len(hits) <= 1


def test_both_pieces_of_what_is_found_are_marked_and_count_once() -> None:
    async def script(pilot: Pilot[None]) -> list[list[str]]:
        app.reader.show(text_sheet("\n> " + "word " * 14 + "the long phrase that is looked for\n\nlong phrase"))
        await pilot.press("z", "M")
        assert app.reader.find("long phrase that") == 1
        await pilot.pause()
        look = looks_of(app.reader).bare("hit-here")
        strips = [app.reader.render_line(y) for y in range(8)]
        return [[one.text for one in strip if one.style and one.style.bgcolor == look.bgcolor] for strip in strips]

    app = ReaderApp()
    assert [found for found in drive(app, script, size=(90, 20)) if found] == [["long phrase"], ["that"]]


def test_links_are_given_to_the_terminal_only_when_harmless() -> None:
    spans = [Span(target, "link", target) for target in ("https://example.org/", "javascript:alert(1)", "file:///etc/passwd")]

    def lay_out(width: int) -> Page:
        links = tuple(Link(n + 1, span.text, span.link) for n, span in enumerate(spans))
        return Page((Line(tuple(spans)),), links)

    async def script(pilot: Pilot[None]) -> list[str | None]:
        app.reader.show(text_sheet("", lay_out=lay_out))
        await pilot.pause()
        links = [segment.style.link for segment in app.reader.render_line(3) if segment.style]
        await pilot.click(Reader, offset=(5, 3))
        await pilot.pause()
        return [link for link in links if link]

    app = ReaderApp()
    assert drive(app, script) == ["https://example.org/"]
    assert [event.link.number for event in app.told] == [1]


def test_attachments_can_be_clicked() -> None:
    async def script(pilot: Pilot[None]) -> None:
        app.reader.show(text_sheet("x", attachments=(AttachmentLine(7, "a.pdf", "application/pdf", 5),)))
        await pilot.pause()
        await pilot.click(Reader, offset=(5, 2))
        await pilot.pause()

    app = ReaderApp()
    drive(app, script)
    assert [event.number for event in app.told] == [7]


def test_many_attachments_leave_room_for_the_text() -> None:
    files = tuple(AttachmentLine(n, f"{n}.pdf", "PDF", 1000) for n in range(1, 13))

    async def script(pilot: Pilot[None]) -> tuple[list[str], list[str], list[str]]:
        found = []
        for some, keys in ((files[:5], ()), (files, ()), (files, ("H",))):
            app.reader.show(text_sheet("x", attachments=some, files_key="v"))
            await pilot.press(*keys)
            found.append([one.line.text for one in app.reader.laid.shown if one.attachment])
        return found[0], found[1], found[2]

    app = ReaderApp()
    few, many, all_of_them = drive(app, script)
    assert len(few) == 5 and len(all_of_them) == 12
    assert len(many) == 4 and many[2].endswith("3 3.pdf  PDF, 1 KB") and many[3].endswith("9 more files, 9 KB · v lists all")


def test_a_long_type_does_not_take_the_room_of_the_name() -> None:
    async def script(pilot: Pilot[None]) -> str:
        app.reader.show(text_sheet("x", attachments=(AttachmentLine(1, "the name of a file.bin", "application/" + "x" * 80, 9),)))
        await pilot.pause()
        return next(one.line.text for one in app.reader.laid.shown if one.attachment)

    app = ReaderApp()
    line = drive(app, script)
    assert "the name of a file.bin  application/xxx" in line and line.endswith("…, 9 B")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (999_499, "999 KB"),
        (3_400_000, "3.4 MB"),
        (999_949_999, "999.9 MB"),
        (15_000_000_000, "15.0 GB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert human_size(size) == text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("size", [(100, 30), (20, 5)])
def test_hostile_text_is_only_text(text: str, size: tuple[int, int]) -> None:
    async def script(pilot: Pilot[None]) -> Sequence[str]:
        app.reader.show(
            text_sheet(
                "body",
                subject=text,
                headers=((text, text), ("From", text * 20)),
                all_headers=((text, text),),
                attachments=(AttachmentLine(1, text, text, 1),),
                notices=(text,),
            )
        )
        await pilot.pause()
        first = lines_of(app.reader)
        await pilot.press("H")
        return [*first, *lines_of(app.reader)]

    app = ReaderApp()
    lines = drive(app, script, size=size)
    assert all(line.replace("\u200d", "").isprintable() for line in lines)
    assert {cell_len(line) for line in lines} == {size[0] - 1}, "the last column is the scroll bar's"
    assert app.return_code in (None, 0)


def test_without_a_message_it_says_why() -> None:
    async def script(pilot: Pilot[None]) -> str:
        app.reader.show(None)
        app.reader.empty_text = "Fetching …"
        await pilot.pause()
        return screen_text(app)

    app = ReaderApp()
    assert "Fetching …" in drive(app, script)
