"""One message in a list: trees, two lines, and signs that need no colour."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from core.cells import cell_len
from core.flags import Flag, Mark
from tests.tui.pilot import HOSTILE, PartsApp, drive, lines_of
from tests.tui.sources import NOW, MadeList, children, row
from tui.glyphs import ASCII, UNICODE
from tui.styles import PLAIN_LOOKS
from tui.theme import load_theme
from tui.widgets.list_row import RowPainter
from tui.widgets.list_window import Entry
from tui.widgets.message_list import MessageList


def painter(width: int = 80, *, ascii: bool = False, lines: int = 1) -> RowPainter:
    return RowPainter(width, PLAIN_LOOKS, ASCII if ascii else UNICODE, NOW, lines=lines)


def text_of(entry: Entry, width: int = 80, line: int = 0, **how: Any) -> str:
    return "".join(segment.text for segment in painter(width, **how).paint(entry, line=line))


def entry(child: bool = False, opened: bool = False, **changes: Any) -> Entry:
    one = row(8, **{"total": 1, "unread": 0, "flags": Flag(0), "marks": Mark(0), "people": "Ana", "snippet": "", **changes})
    return Entry(one, one.key, child=child, opened=opened)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_both_lines_are_exactly_as_wide_as_they_should_be(text: str) -> None:
    full = {"people": text, "subject": text, "snippet": text, "tags": (text, "work"), "marks": Mark(1 + 2 + 16 + 512)}
    for width in (*range(60), 79, 80, 92, 119, 120, 160, 240):
        for ascii in (False, True):
            for one in (entry(total=12, **full), entry(child=True, branch="|" * 20 + "L", **full)):
                assert cell_len(text_of(one, width, ascii=ascii)) == width
                for line in (0, 1):
                    assert cell_len(text_of(one, width, line, lines=2, ascii=ascii)) == width


def test_the_tree_has_its_real_shape() -> None:
    shapes = ["+", "|+", "||L", "|L", "L"]
    texts = [text_of(entry(child=True, subject=f"Words {n}", branch=one)) for n, one in enumerate(shapes)]
    starts = [text.index("Words") for text in texts]
    guides = [text[25:start].rstrip() for text, start in zip(texts, starts, strict=True)]
    assert [guide.lstrip() for guide in guides] == ["├─", "│ ├─", "│ │ └─", "│ └─", "└─"]
    plain = [text_of(entry(child=True, subject="W", branch=one), ascii=True) for one in shapes]
    assert [text[21 : text.index(" W")].strip() for text in plain] == ["|-", "| |-", "| | `-", "| `-", "`-"]


def test_a_deep_tree_leaves_room_for_the_words() -> None:
    deep = text_of(entry(child=True, subject="Words that can be read", branch=" " * 23 + "+"))
    assert "…" in deep and "├─ Words that" in deep


def test_a_subject_is_not_repeated_below_its_conversation() -> None:
    below = {"child": True, "branch": "L", "subject": "Re: Release"}
    assert "Release" not in text_of(entry(repeats=True, snippet="Yes, on Friday.", **below))
    assert "└─ Yes, on Friday." in text_of(entry(repeats=True, snippet="Yes, on Friday.", **below))
    assert "Re: Release" in text_of(entry(repeats=True, **below)), "where no words are known"
    assert "▸ Release" in text_of(entry(total=3, subject="Re: AW: Release"))
    assert "Re: Release" in text_of(entry(subject="Re: Release"))


def test_names_that_have_no_room_are_left_out_once() -> None:
    def names(people: str, **how: Any) -> str:
        return text_of(entry(people=people, total=18), 79, **how)[3:19].rstrip()

    assert names("Tushar, …, Mimi, James") == "Tushar, … (18)", "not: Tushar, …,…"
    assert names("Tianjia, …, Mimi, James") == "Tianjia, … (18)", "not: Tianjia, ……"
    assert names("Ana, …, Mimi, James") == "Ana, …, Mi… (18)"
    assert names("Matthew, James") == "Matthew, J… (18)"
    assert names("Tushar, …, Mimi, James", ascii=True) == "Tushar, ... (18)"


def test_first_words_stand_behind_the_subject_where_there_is_room() -> None:
    one = {"subject": "Release", "snippet": "Shall we do it on Friday?"}
    assert "Release — Shall we do it" in text_of(entry(**one))
    assert "Release - Shall we do it" in text_of(entry(**one), ascii=True)
    assert "Shall" not in text_of(entry(**one), 40)
    assert "Shall" not in text_of(entry(total=3, opened=True, **one)), "its messages are shown below"


def test_on_two_lines_the_name_stands_above_the_subject() -> None:
    one = entry(people="Ana Sousa", subject="Release", snippet="Shall we?", marks=Mark.ATTACHMENT)
    above, below = (text_of(one, 60, line, lines=2) for line in (0, 1))
    assert above.startswith("   Ana Sousa ") and "📎" in above and "Sep" in above
    assert below.startswith("   Release — Shall we? ") and "📎" not in below
    assert "Sep" in text_of(one, 36, 0, lines=2), "there is room for the date"
    below = [entry(child=True, subject="Re: it", branch=one) for one in ("|+", "|L")]
    shapes = [[text_of(one, 60, line, lines=2)[3:9] for line in (0, 1)] for one in below]
    assert shapes == [["│ ├─ A", "│ │  R"], ["│ └─ A", "│    R"]]


def test_every_mark_has_a_sign() -> None:
    marks = {Mark.ENCRYPTED: "🔒", Mark.SIGNED: "✒", Mark.COMMENT: "❝", Mark.HIGH: "!", Mark.ATTACHMENT: "📎", Mark.MUTED: "∅"}
    for mark, sign in marks.items():
        assert sign in text_of(entry(marks=mark)) and sign not in text_of(entry())
    plain = {Mark.ENCRYPTED: " E ", Mark.SIGNED: " S ", Mark.COMMENT: ' " '}
    for mark, sign in plain.items():
        assert sign in text_of(entry(marks=mark, subject="x"), ascii=True)
    assert " # " in text_of(entry(tags=("work",)), 60), "where the words of tags have no room"
    assert " work " in text_of(entry(tags=("work",)), 90)
    everything = text_of(entry(marks=Mark(1 + 4 + 16 + 512), flags=Flag(2 + 4)), 80)
    assert all(sign in everything for sign in "🔒❝!⚑📎↩")


def test_what_is_marked_as_deleted_is_struck_through_and_signed() -> None:
    looks = load_theme("mono").looks
    one = entry(flags=Flag.DELETED, unread=1, subject="Release", snippet="Shall we?")
    segments = RowPainter(80, looks, UNICODE, NOW).paint(one)
    struck = "".join(segment.text for segment in segments if segment.style is not None and segment.style.strike)
    assert "Ana" in struck and "Release" in struck and "   " not in struck
    assert " ✗ " in text_of(one) and " D " in text_of(one, ascii=True)
    whole = RowPainter(80, looks, UNICODE, NOW).paint(entry(flags=Flag.DELETED, total=4))
    assert not any(segment.style is not None and segment.style.strike for segment in whole), "others of it may stay"


def test_a_list_on_two_lines_moves_by_messages() -> None:
    async def script(pilot: Pilot[None]) -> None:
        message_list.clock = lambda: NOW
        message_list.show_source(MadeList([row(n) for n in range(100)]), children)
        message_list.focus()
        message_list.lines = 2
        await pilot.pause()
        assert message_list.page_lines == 10
        await pilot.press("j")
        assert message_list.place[0] == 2
        await pilot.click(MessageList, offset=(10, 9))
        assert message_list.place[0] == 5, "the fifth one is on the lines 8 and 9"
        await pilot.press("space")
        assert message_list.place[0] == 14
        shown = lines_of(message_list)
        assert all(cell_len(line) == 60 for line in shown) and not shown[20].strip(" ▐")

    message_list = MessageList()
    drive(PartsApp(message_list), script, size=(60, 21))
