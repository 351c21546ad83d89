"""Leaving a mailing list with one key: what will happen is said first, and remembered afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from accounts.engine.handing_over import hand_over
from accounts.smtp import SmtpOutgoing
from core.errors import CorreioError, NetworkError
from core.secret import Secret
from core.settings import Identity, Server
from core.store import outbox
from tests.servers.smtp import SmtpSink
from tests.tui.office import ME, Clerk, Office, mail, work
from tui.screens.compose import ComposeScreen
from tui.screens.dialog import Confirm

CLICK = "List-Unsubscribe=One-Click"
BOTH = "<https://tide.example/u?8>, <mailto:leave@tide.example?subject=bye%0Anow&body=It%20was%20nice&cc=>"
TO_WORK = "<mailto:leave@kites.example>, <https://kites.example/u>"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A mail of a person, and one of a list: each test puts its own."""
    made = Office(tmp_path)
    other = Identity(account=made.account.id, address="work@example.com", name="Me At Work", signature="Regards\nMe")
    made.settings(lambda old: replace(old, identities=(*old.identities, other)))
    return made


def asked(clerk: Clerk) -> str:
    """The question of the dialog."""
    assert isinstance(clerk.app.screen, Confirm), clerk.text
    return clerk.app.screen.question


def sent(office: Office) -> list[outbox.Outgoing]:
    return outbox.rows(office.db)


class Engine:
    """Notes what the screen asks of the engine, and answers as it is told."""

    def __init__(self, clerk: Clerk, answer: CorreioError | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer = answer

        def ask(do: str, done: Callable[[Any, CorreioError | None], None], **words: Any) -> None:
            self.asked.append((do, words))
            done(True if self.answer is None else None, self.answer)

        clerk.app.desk.engine.ask = ask  # type: ignore[method-assign]


def test_a_mail_that_leaves_the_list(office: Office, smtp: SmtpSink) -> None:
    office.put(mail(1, "Kites", to="Me <work@example.com>", sender="Kites <news@kites.example>", List_Unsubscribe=TO_WORK))
    office.put(mail(2, "More kites", to="Me <work@example.com>", sender="Kites <news@kites.example>", List_Unsubscribe=TO_WORK))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter")
        assert "Mailing list “Kites” · W unsubscribes" in clerk.text
        await clerk.press("W")
        words = asked(clerk)
        assert "from work@example.com to leave@kites.example" in words and "“unsubscribe” and no text" in words
        await clerk.press("n")
        assert sent(office) == []
        await clerk.press("W", "y")
        assert "u takes it back" in clerk.footer
        assert "You unsubscribed from “Kites” on" in clerk.text
        await clerk.press("J")
        assert "You unsubscribed from “Kites” on" in clerk.text, "it is the list that was left"
        await clerk.press("W")
        assert asked(clerk).startswith("You left this list on")

    work(office.app(), script)
    [row] = sent(office)
    assert (row.sender, row.recipients, row.subject) == ("work@example.com", ("leave@kites.example",), "unsubscribe")
    server = Server(kind="smtp", host=smtp.host, port=smtp.port, security="starttls", user=smtp.user)
    server = replace(server, trust=f"sha256:{smtp.certificate.fingerprint}")
    account = replace(office.account, outgoing=server)
    state, why = hand_over(office.db, row, account, lambda one: SmtpOutgoing(server, Secret(smtp.password)), threading.Event())
    assert (state, why) == ("sent", None)
    [delivery] = smtp.wait_for(1)
    assert (delivery.sender, delivery.recipients) == ("work@example.com", ("leave@kites.example",))
    assert b"\r\nSubject: unsubscribe\r\n" in delivery.raw and b"Regards" not in delivery.raw


def test_what_is_taken_back_is_not_left(office: Office) -> None:
    office.put(mail(1, "Kites", List_Id="Kites <kites.example>", List_Unsubscribe=TO_WORK))

    async def script(clerk: Clerk) -> None:
        await clerk.press("W", "y")
        assert [row.state for row in sent(office)] == ["waiting"]
        await clerk.press("u")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        await clerk.press("escape", "escape", "d", "y", "enter")
        await clerk.until(lambda: "Mailing list “Kites” · W" in clerk.text)

    work(office.app(), script)
    assert sent(office) == []


def test_one_click_is_the_engine_s_to_do(office: Office) -> None:
    headers = {"List_Unsubscribe": BOTH, "List_Unsubscribe_Post": CLICK, "List_Id": "The Tide <tide.example>"}
    office.put(mail(1, "Tides", **headers))

    async def script(clerk: Clerk) -> None:
        engine = Engine(clerk, NetworkError("connection-refused", server="tide.example:443", answer=""))
        id = clerk.main.list.current.message
        await clerk.press("W")
        assert "“The Tide”" in asked(clerk) and "tide.example, over https" in asked(clerk)
        await clerk.press("escape")
        assert engine.asked == []
        await clerk.press("W", "y")
        assert engine.asked == [("leave-list", {"message": id, "uri": "https://tide.example/u?8"})]
        assert "tide.example:443 takes no connections" in clerk.footer and "W offers the next way" in clerk.footer
        await clerk.press("W")
        assert "leave@tide.example, with the subject “bye now” and the text “It was nice”" in asked(clerk)
        await clerk.press("escape")
        clerk.main._tried.clear()
        engine.answer = None
        await clerk.press("W", "y")
        assert "you have left “The Tide”" in clerk.footer

    work(office.app(), script, (120, 40))
    assert sent(office) == []


def test_a_page_is_copied_and_never_fetched(office: Office) -> None:
    office.put(mail(1, "Shop", sender="Shop <hi@shop.example>", List_Unsubscribe="<https://shop.example/u?id=42>"))

    async def script(clerk: Clerk) -> None:
        engine = Engine(clerk)
        copied: list[str] = []
        clerk.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await clerk.press("W")
        assert "https://shop.example/u?id=42 Correio does not open it" in asked(clerk)
        await clerk.press("y")
        assert copied == ["https://shop.example/u?id=42"] and engine.asked == []

    work(office.app(), script)


def test_nothing_to_leave_and_spam(office: Office) -> None:
    office.put(mail(1, "Lunch"), mail(2, "Sneaky", List_Unsubscribe="<mailto:a@x.example,b@x.example>"))
    office.put(mail(3, "Pills", List_Unsubscribe="<mailto:yes@pills.example>"), folder="Spam")
    with office.db.write():
        office.db.run("UPDATE folder SET role = 'junk' WHERE path = 'Spam'")

    async def script(clerk: Clerk) -> None:
        for _ in range(2):
            await clerk.press("enter")
            assert "unsubscribes" not in clerk.text
            await clerk.press("W")
            assert "nothing to unsubscribe from" in clerk.footer
            await clerk.press("q", "j")
        await clerk.press("colon")
        await clerk.type("go Spam\n")
        await clerk.until(lambda: clerk.subject == "Pills")
        await clerk.press("colon")
        await clerk.type("unsubscribe\n")
        assert asked(clerk).startswith("This message is in spam: whoever sent it learns that your address is read.")

    work(office.app(), script)


def test_hostile_names_and_long_addresses(office: Office) -> None:
    long = f"https://a.example/{'x' * 1500}"
    name = "=?utf-8?b?4oCuZ25wG1sySls/eF1bQGNsaWNrPWFwcC5xdWl0XQ==?="
    office.put(mail(1, "Kites").replace(b"\n", f"\nList-Id: {name} <k.example>\nList-Unsubscribe: <{long}>\n".encode(), 1))

    async def script(clerk: Clerk) -> None:
        copied: list[str] = []
        clerk.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await clerk.press("enter")
        assert "unsubscribes" in clerk.text
        await clerk.press("W")
        assert "y copy" in clerk.text
        assert not {"\x1b", "\u202e"} & set(clerk.text) and "[@click=app.quit]" in clerk.text
        await clerk.press("y")
        assert copied == [long]

    work(office.app(), script)


def test_in_the_mutt_map_too(office: Office) -> None:
    office.settings(lambda old: replace(old, ui=replace(old.ui, keymap="mutt")))
    office.put(mail(1, "Kites", List_Unsubscribe=TO_WORK))

    async def script(clerk: Clerk) -> None:
        await clerk.press("W")
        assert "leave@kites.example" in asked(clerk)

    work(office.app(), script)


def test_archive_owner_and_help(office: Office) -> None:
    office.put(
        mail(1, "Kites", to="work@example.com", Archived_At="<https://kites.example/7>", List_Archive="<https://kites.example/>",
             List_Owner="<mailto:boss@kites.example>", List_Help="<https://kites.example/help>")
    )  # fmt: skip

    async def command(clerk: Clerk, word: str) -> None:
        await clerk.press("colon")
        await clerk.type(f"{word}\n")

    async def script(clerk: Clerk) -> None:
        copied: list[str] = []
        clerk.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await command(clerk, "list-archive")
        await command(clerk, "list-help")
        assert copied == ["https://kites.example/7", "https://kites.example/help"]
        await command(clerk, "list-subscribe")
        assert "does not say how one subscribes" in clerk.footer
        await command(clerk, "list-owner")
        assert isinstance(clerk.app.screen, ComposeScreen)
        assert [one.addr for one in clerk.app.screen.draft.to] == ["boss@kites.example"]
        assert "work@example.com" in clerk.text and ME not in clerk.text

    work(office.app(), script)
