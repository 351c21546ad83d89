"""Images stand where HTML has them: those of the mail itself, and remote ones that were loaded."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.remote_images import Loaded
from core.html import render_html
from core.html_images import place_of
from core.picture_size import PictureSize
from core.rendered import Line, Span
from tests.pictures import stripes
from tests.tui.office import Clerk, Office, WithoutEngine, mail, work
from tui.app import Correio
from tui.pictured import Drawn, with_pictures
from tui.screens.attachments import AttachmentsScreen

FAR = "https://img.harbour.example/far.png"
HTML = f"""<p>First.</p><p><img src="cid:Near%40x" alt="Near"></p><p>Second.</p><img src="{FAR}" alt="Far" width=600><p>Third.</p>
<img src="cid:icon@x" alt="icon">"""
SHADES = "@" * 20


class Network(WithoutEngine):
    """A network with one image in it."""

    def load_images(self, addresses: Sequence[str], *, plain: bool) -> list[Loaded]:
        """It is there."""
        return [Loaded(one, stripes(160, 160), PictureSize("image/png", 160, 160)) for one in addresses]


def letter(number: int, subject: str, answers: str = "") -> bytes:
    """A mail with two images of its own and one from elsewhere."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ana <ana@example.net>", "me@example.org", subject
    message["Message-ID"], message["Date"] = f"<{number}@example.net>", f"Sun, 9 Jun 2019 10:0{number}:00 +0000"
    if answers:
        message["In-Reply-To"] = answers
    message.set_content(HTML, subtype="html")
    message.add_related(stripes(160, 160), "image", "png", cid="<near@x>", filename="near.png")
    message.add_related(stripes(16, 16), "image", "png", cid="<icon@x>", filename="icon.png")
    message.add_attachment(stripes(20, 20), "image", "png", filename="below.png")
    return message.as_bytes()


def lines(clerk: Clerk, n: int = 0) -> list[str]:
    """The lines of a message that say something."""
    laid = clerk.main.reader.laid.all  # empty until it is read
    return [line.text.strip() for line in laid[n].page.lines if line.text.strip()] if n < len(laid) else []


def places(found: list[str]) -> list[int]:
    """Where images begin among lines."""
    return [n for n, line in enumerate(found) if line.startswith(SHADES) and not found[n - 1].startswith("@")]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A home without colours."""
    made = Office(tmp_path)
    made.settings(lambda old: replace(old, ui=replace(old.ui, theme="mono")))
    return made


def test_images_stand_at_their_places(office: Office) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    office.put(letter(1, "Boats"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await clerk.until(lambda: lines(clerk))
        before = lines(clerk)
        await clerk.press("I")
        await clerk.until(lambda: SHADES in lines(clerk))
        found = lines(clerk)
        assert found[:3] == ["First.", "[Near]", SHADES], "twenty cells of eight pixels"
        assert found.index("below.png") > found.index("Third."), "what is only attached stands at the end"
        assert "icon.png" not in found, "of icons the words are enough"
        assert [found[n - 1] for n in places(found)] == ["[Near]", "below.png"]
        await clerk.press("z", "i", "enter")
        await clerk.until(lambda: len(places(lines(clerk))) == 3)
        found = lines(clerk)
        assert [found[n - 1] for n in places(found)] == ["[Near]", "[Far 160×160]", "below.png"]
        await clerk.press("I")
        await clerk.until(lambda: SHADES not in lines(clerk))
        assert lines(clerk) == [line.replace("[Far]", "[Far 160×160]") for line in before]
        await clerk.press("v")
        await clerk.until(lambda: isinstance(clerk.app.screen, AttachmentsScreen))
        assert "4 files" in clerk.text and "far.png" in clerk.text
        await clerk.press("G")
        assert not clerk.app.screen.has_stored_file  # type: ignore[attr-defined]
        await clerk.press("enter")
        await clerk.until(lambda: "160 × 160" in clerk.text and "@@@@" in clerk.text)

    work(Correio(Network(office.home)), script, size=(100, 60))


def test_in_a_conversation_too(office: Office) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    office.put(letter(1, "Boats"), letter(2, "Re: Boats", "<1@example.net>"))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        await clerk.until(lambda: clerk.main.reader.conversation is not None and lines(clerk, 0) and lines(clerk, 1))
        n = clerk.main.reader.here
        await clerk.press("I")
        await clerk.until(lambda: SHADES in lines(clerk, n))
        assert lines(clerk, n)[:3] == ["First.", "[Near]", SHADES]
        assert SHADES not in lines(clerk, 1 - n)

    work(office.app(), script, size=(100, 60))


def test_another_width_makes_them_anew(office: Office) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    office.put(mail(1, "Boats", files=[("wide.png", stripes(800, 80))]))

    def widest(clerk: Clerk) -> int:
        return max((len(line.text) for line in clerk.main.reader.page.lines if len(set(line.text)) == 1), default=0)

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "I")
        await clerk.until(lambda: widest(clerk) > 60)
        before = widest(clerk)
        await clerk.pilot.resize_terminal(40, 60)
        await clerk.until(lambda: 30 < widest(clerk) < 40)
        await clerk.pilot.resize_terminal(100, 60)
        await clerk.until(lambda: widest(clerk) == before)

    work(office.app(), script, size=(100, 60))


def test_where_pictures_go() -> None:
    here = Drawn(place_of("cid:<A@x>"), "a.png", (Line((Span("####"),)),))
    other = Drawn(place_of("cid:b@x"), "b.png", (Line((Span("++++"),)),))
    remote = Drawn(place_of("//h.example/c.png"), "", (Line((Span("...."),)),))

    def shown(html: str) -> list[str]:
        return [line.text for line in with_pictures(render_html(html, 60), (here, other, remote)).lines]

    quoted = '<blockquote type=cite><p>words <img src="cid:a@x" alt="it"> more</p></blockquote>'
    assert shown(quoted) == ["> words [it] more", "####", "", "b.png", "++++"]
    line = with_pictures(render_html(quoted, 60), (here,)).lines[1]
    assert line.quote == 1 and line.block == render_html(quoted, 60).lines[0].block, "it folds with the quotation"
    row = "<tr><td>{}</td><td>two</td><td>three</td></tr>"
    table = f"<table border=1>{row.format('<img src=cid:a@x alt=it>')}{row.format('b')}</table><p>end</p>"
    found = shown(table)
    assert found.index("####") > next(n for n, text in enumerate(found) if text.startswith("b ")), "no table is torn apart"
    assert shown("<p>Words</p>") == ["Words", "", "a.png", "####", "", "b.png", "++++"]
    assert "...." in shown('<img src="https://h.example/c.png" width=300 height=300>')
