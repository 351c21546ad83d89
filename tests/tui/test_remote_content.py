"""Remote images in the reader: told, never loaded by themselves, and loaded as far as the user says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.remote_images import Loaded
from core.errors import ProtocolError
from core.picture_size import PictureSize
from core.rendered import Page
from core.store import reading_choices
from core.store.reading_choices import ReadingChoice
from tests.core.test_picture_size import png
from tests.tui.office import Clerk, Office, WithoutEngine, mail, work
from tui.app import Correio
from tui.opened import blocked

PAGE = """<p>Boats</p><img src="https://img.harbour.example/boat.png" alt="A boat" width=600>
<img src="https://cdn.pics.example/b.png" alt="" width=600><img src="http://t.clicks.example/o.gif" width=1 height=1>"""
BOAT = "https://img.harbour.example/boat.png"


class Network(WithoutEngine):
    """A network with one image in it; `asked` is what was asked for."""

    asked: list[list[str]]

    def load_images(self, addresses: Sequence[str], *, plain: bool) -> list[Loaded]:
        """The boat is there, nothing else."""
        self.asked.append(list(addresses))
        gone = ProtocolError("not-an-image", server="cdn.pics.example", answer="text/html")
        boat = Loaded(BOAT, png(6, 4), PictureSize("image/png", 6, 4))
        return [boat if one == BOAT else Loaded(one, error=gone) for one in addresses]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A newsletter, a forged one in the same name, and a mail without images."""
    made = Office(tmp_path)
    made.put(mail(1, "Letter", html=PAGE), mail(2, "Plain"), mail(3, "Next letter", html=PAGE))
    lie = '<a href="https://evil.test/">https://bank.example/</a>'
    made.put(mail(4, "Forged", html=PAGE + lie))
    return made


def app(office: Office) -> tuple[Correio, list[list[str]]]:
    """Correio on that network."""
    network = Network(office.home)
    asked: list[list[str]] = []
    object.__setattr__(network, "asked", asked)
    return Correio(network), asked


async def read(clerk: Clerk, subject: str) -> None:
    """Open a mail by its subject and wait for its page."""
    if clerk.main.pane == "reader":
        await clerk.press("q")
    await clerk.press("g", "g")
    while clerk.subject != subject:
        await clerk.press("j")
    await clerk.press("enter")
    await clerk.until(lambda: clerk.main.reader.page.lines and clerk.main.reader.sheet.subject == subject)


def above(clerk: Clerk) -> str:
    """What stands above the text."""
    return " ".join(one.line.text.strip(" ▎") for one in clerk.main.reader.laid.shown if one.body < 0)


def body(clerk: Clerk) -> str:
    """The text."""
    return "\n".join(line.text for line in clerk.main.reader.page.lines)


def heard(clerk: Clerk) -> list[str]:
    """What the footer is told from now on."""
    said: list[str] = []
    clerk.app.say = lambda text, **more: said.append(text)  # type: ignore[method-assign]
    return said


BLOCKED = "3 remote images were not loaded, 1 of them a tracker (harbour.example, pics.example, clicks.example). zi loads images"


def test_nothing_is_loaded_and_the_bar_says_what_and_from_whom(office: Office) -> None:
    made, asked = app(office)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Letter")
        assert BLOCKED in above(clerk) and "[A boat]" in body(clerk)
        assert asked == []

    work(made, script)


def test_what_is_nothing_but_trackers_is_called_so() -> None:
    assert blocked(Page(images=1, trackers=1), "zi") == ("1 tracker was not loaded.",)
    assert blocked(Page(images=2, trackers=1)) == ("2 remote images were not loaded, 1 of them a tracker.",)


def test_once(office: Office) -> None:
    made, asked = app(office)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Letter")
        await clerk.press("z", "i")
        assert "Load the images now, this once" in clerk.text and asked == []
        said = heard(clerk)
        await clerk.press("enter")
        await clerk.until(lambda: "[A boat 6×4]" in body(clerk))
        assert asked == [[BOAT, "https://cdn.pics.example/b.png"]]  # never the tracker
        assert "2 remote images were not loaded, 1 of them a tracker" in above(clerk)
        assert "1 image loaded. 1 was not: What cdn.pics.example sent is no image." in said
        await read(clerk, "Next letter")
        assert BLOCKED in above(clerk) and len(asked) == 1
        await read(clerk, "Letter")
        assert "[A boat 6×4]" in body(clerk) and len(asked) == 1

    work(made, script, size=(120, 40))


def test_always_for_a_sender_unless_something_speaks_against_it(office: Office) -> None:
    made, asked = app(office)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Letter")
        await clerk.press("z", "i", "down", "enter")
        await clerk.until(lambda: "[A boat 6×4]" in body(clerk))
        await clerk.until(lambda: reading_choices.of(office.db, "ana@example.net") == ReadingChoice(remote=True))
        await read(clerk, "Next letter")
        await clerk.until(lambda: "[A boat 6×4]" in body(clerk))
        assert len(asked) == 2
        await read(clerk, "Forged")
        assert "A link shows bank.example, but leads to evil.test." in above(clerk)
        assert "[A boat]" in body(clerk) and len(asked) == 2
        await clerk.press("z", "i", "down")
        assert "No longer load the images of ana@example.net" in clerk.text
        await clerk.press("enter")
        await clerk.until(lambda: reading_choices.of(office.db, "ana@example.net") == ReadingChoice())

    work(made, script, size=(120, 40))


def test_always_for_all_is_a_setting(office: Office) -> None:
    made, asked = app(office)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Letter")
        await clerk.press("z", "i", "down", "down", "enter")
        await clerk.until(lambda: "[A boat 6×4]" in body(clerk))
        assert clerk.app.wiring.settings().ui.remote_content
        await read(clerk, "Next letter")
        await clerk.until(lambda: len(asked) == 2)
        await clerk.press("z", "i", "G")
        assert "No longer load the images of all mail" in clerk.text

    work(made, script, size=(120, 40))


def test_offline_nothing_is_loaded_by_itself(office: Office) -> None:
    office.settings(lambda old: replace(old, ui=replace(old.ui, remote_content=True), sync=replace(old.sync, offline=True)))
    made, asked = app(office)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Letter")
        assert "[A boat]" in body(clerk) and asked == []

    work(made, script)


def test_a_message_without_images_says_so(office: Office) -> None:
    made, asked = app(office)

    async def script(clerk: Clerk) -> None:
        await read(clerk, "Plain")
        await clerk.press("z", "i")
        assert "This message would load nothing from the network." in clerk.footer and asked == []

    work(made, script)


def test_in_a_conversation_it_is_the_message_under_the_cursor(office: Office) -> None:
    office.put(mail(5, "Talk", html=PAGE), mail(6, "Re: Talk", html=PAGE, parent=5))
    made, asked = app(office)

    def shown(n: int) -> str:
        return "\n".join(line.text for line in made.main.reader.laid.all[n].page.lines)

    async def script(clerk: Clerk) -> None:
        await clerk.press("g", "g", "enter")
        await clerk.until(lambda: made.main.reader.conversation is not None and "[A boat]" in shown(-1))
        here = made.main.reading.message
        n = made.main.reading.thread.index(here)
        await clerk.press("z", "i", "enter")
        await clerk.until(lambda: "[A boat 6×4]" in shown(n))
        assert len(asked) == 1
        assert [one for one in range(2) if "6×4" in shown(one)] == [n]

    work(made, script, size=(120, 40))
