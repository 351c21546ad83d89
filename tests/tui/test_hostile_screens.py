"""What servers, correspondents, tables and other programs say is only text, on all the other screens too.

The list, the reader, attachments, folders, search and outbox are tried in a terminal (`tests/terminal/test_hostile_text.py`);
here each screen is looked at before the last gate (`tui.terminal_memory`) takes anything away.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from textual.widgets import Input

from accounts.domain_check import Finding
from accounts.oauth import Device, Page
from accounts.probe import Check
from core.elsewhere import Elsewhere
from core.errors import NetworkError, ServerRefused
from core.secret import Secret
from core.settings import Account, Credential, Identity, SavedSearch, Server
from core.store import folders, sent_events
from core.store.sent_events import Event
from core.templates import FIELD
from tests.core.test_clean import is_safe
from tests.terminal.test_hostile_text import EVIL, MARK, evil_mail, word
from tests.tui.office import NOW, Clerk, Office, mail, work
from tui.actions import message
from tui.screens.access import AccessScreen
from tui.screens.compose import ComposeScreen
from tui.screens.consent import ConsentScreen
from tui.screens.domain import DomainScreen
from tui.screens.merge import MergeScreen
from tui.screens.picker import Picker
from tui.screens.review import ReviewScreen
from tui.screens.server_test import ServerTestScreen, Trial
from tui.screens.settings import SettingsScreen
from tui.screens.subscriptions import SubscriptionsScreen
from tui.screens.told import Told
from tui.screens.welcome import WelcomeScreen

BAD = f"{MARK}{EVIL}"
"""Begins as markup does that must be shown as it is."""
SOFT = f"{MARK}[@click=app.quit]Q[/]\u202egnp.exe\u2066\u200f\U000e0041X"
"""The same without control characters: what a settings file can hold."""
Surface = Callable[[Clerk], Awaitable[Any]]


def refused() -> ServerRefused:
    """As a server says it."""
    return ServerRefused("mail-refused", server=f"smtp{BAD}", code=550, answer=BAD)


async def shows(clerk: Clerk, kind: type[Any], words: str = MARK) -> None:
    """The screen is there, with the words."""
    await clerk.until(lambda: isinstance(clerk.app.screen, kind) and words in clerk.text)


async def who_may_use_a_folder(clerk: Clerk) -> None:
    clerk.app.desk.ask = lambda do, done, **_words: done([("me", "lrswipkxtea"), (BAD, "lrs")], None)  # type: ignore
    clerk.app.push_screen(AccessScreen(folders.with_role(clerk.app.desk.db, "inbox")[0]))
    await shows(clerk, AccessScreen)
    await clerk.press("j", "d")
    await clerk.until(lambda: "any more" in clerk.text)


async def folders_of_the_server(clerk: Clerk) -> None:
    clerk.app.desk.ask = lambda do, done, **_words: done([("INBOX", True), (BAD, False)], None)  # type: ignore
    clerk.app.push_screen(SubscriptionsScreen(clerk.app.desk.settings.accounts[1]))
    await shows(clerk, SubscriptionsScreen)


async def signing_in(clerk: Clerk) -> None:
    screen = ConsentScreen(Credential(name="me", oauth="generic", client_id=SOFT), SOFT, BAD)
    clerk.app.push_screen(screen)
    await shows(clerk, ConsentScreen)
    for place in (Device(BAD, BAD, "", Secret(""), 1, 1), Page(f"https://{BAD}", "", Secret(""))):
        screen.post_message(screen.Shown(0, place))
        await shows(clerk, ConsentScreen, "https" if isinstance(place, Page) else "any device")
        assert is_safe(clerk.text, "\n")
    screen.post_message(screen.Ended(0, refused()))
    await clerk.until(lambda: "refused the mail" in clerk.text)


async def servers_being_tried(clerk: Clerk) -> None:
    server = Server(kind="imap", host="imap.example.org", user=SOFT, auth=False)
    screen = ServerTestScreen(Trial(SOFT, {}, lambda place: None))
    clerk.app.push_screen(screen)
    await shows(clerk, ServerTestScreen)
    error = NetworkError("connection-refused", server=BAD, answer=BAD)
    for step, state, values in (("tls", "ok", {"version": BAD, "cipher": BAD, "fingerprint": BAD}),
                                ("abilities", "ok", {"abilities": (BAD, BAD)})):  # fmt: skip
        screen.tell_check(Check("imap", step, state, f"{server.host}{BAD}", values=values))
    screen.tell_check(Check("imap", "login", "failed", BAD, error=error))
    screen.say(f"{BAD}\n{BAD}", wrong=True)


async def a_mail_domain(clerk: Clerk) -> None:
    findings = (Finding("mx", "mx", "ok", {"hosts": BAD}), Finding("spf", "spf", "ok", {"record": BAD}))
    clerk.app.push_screen(DomainScreen(SOFT, lambda _domain, report: [report(one) for one in findings] and None))
    await shows(clerk, DomainScreen, "Who may send")


async def settings_pages(clerk: Clerk) -> None:
    for section in ("account", "sender", "search", ""):
        clerk.app.push_screen(SettingsScreen(section))
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen) and clerk.app.screen.is_mounted)
        await clerk.settle()
        assert is_safe(clerk.text, "\n"), section
        clerk.app.pop_screen()
        await clerk.until(lambda: clerk.app.screen is clerk.main)


async def accounts_of_other_programs(clerk: Clerk) -> None:
    server = Server(kind="imap", host="imap.example.org", user=SOFT, auth=False)
    found = [Elsewhere(program="neomutt", file=BAD, name=BAD, address=BAD, person=BAD, incoming=server, command=BAD)] * 2
    screen = WelcomeScreen(look_around=lambda: found)
    clerk.app.push_screen(screen)
    await shows(clerk, WelcomeScreen, "accounts of")
    assert is_safe(clerk.text, "\n")
    screen._take_over()
    await shows(clerk, Picker)
    await clerk.press("enter")
    await clerk.until(lambda: not isinstance(clerk.app.screen, Picker))


async def what_became_of_it(clerk: Clerk) -> None:
    await clerk.press("g", "g")
    await clerk.app.do(message.Fate)
    await shows(clerk, Told)


async def templates_by_name(clerk: Clerk) -> None:
    await clerk.press("w", "t")
    await shows(clerk, Picker)


async def said_in_the_footer(clerk: Clerk) -> None:
    clerk.app.say(BAD, warning=True)
    clerk.app.notify(BAD, title=BAD)
    await clerk.until(lambda: MARK in clerk.text)


async def pieces_of_recipients(clerk: Clerk) -> None:
    await clerk.press("g", "g", "j", "R")
    await shows(clerk, ComposeScreen)
    await clerk.press("shift+tab", "shift+tab", "left")
    assert is_safe(clerk.text, "\n")
    await clerk.press("ctrl+r", "f")
    await shows(clerk, Picker)
    await clerk.press("escape")


async def to_many(clerk: Clerk) -> None:
    """From the composer that the one before has opened."""
    await clerk.press("ctrl+x")
    await clerk.until(lambda: isinstance(clerk.app.screen, ReviewScreen))
    assert is_safe(clerk.text, "\n")
    await clerk.press("m")
    await clerk.until(lambda: isinstance(clerk.app.screen, MergeScreen) and isinstance(clerk.app.focused, Input))
    await clerk.press("ctrl+u")
    await clerk.type(str(clerk.app.desk.settings.ui.documents) + "/people.csv\n")
    await shows(clerk, MergeScreen, "1 row")


SURFACES: tuple[Surface, ...] = (
    who_may_use_a_folder, folders_of_the_server, signing_in, servers_being_tried, a_mail_domain, settings_pages,
    accounts_of_other_programs, what_became_of_it, templates_by_name, said_in_the_footer, pieces_of_recipients, to_many,
)  # fmt: skip


def hostile_office(top: Path) -> Office:
    """Settings, templates, a table and reports, all with hostile words."""
    office = Office(top)
    (top / "people.csv").write_text(f"name;email;{SOFT}\n{SOFT};ana@example.net;{SOFT}\n")

    def change(old: Any) -> Any:
        incoming = Server(kind="imap", host="imap.example.org", user=SOFT, auth=False)
        other = Account(name=SOFT.replace("/", ""), email="m@example.org", active=False, incoming=incoming)
        sender = Identity(account=office.account.id, address="other@example.org", name=SOFT, organisation=SOFT, signature=SOFT)
        search = SavedSearch(name=SOFT, query="is:unread")
        return replace(
            old, accounts=(*old.accounts, other), identities=(*old.identities, sender), searches=(search,),
            ui=replace(old.ui, documents=str(top)),
        )  # fmt: skip

    office.settings(change)
    office.put(evil_mail(1))
    office.put(mail(900, f"{MARK} plain"))
    office.put(f"{FIELD}: {word(BAD)}\r\n".encode() + evil_mail(2), folder="Templates")
    events = [Event(BAD, kind, NOW, "5.1.1", BAD, BAD) for kind in (sent_events.FAILED, sent_events.DELAYED, sent_events.OPENED)]
    with office.db.write():
        office.db.run("UPDATE folder SET role = 'templates' WHERE id = ?", (office.folder("Templates").id,))
        sent_events.add(office.db, "900@example.net", events)
    return office


def test_hostile_words_are_only_words(tmp_path: Path) -> None:
    office = hostile_office(tmp_path)

    async def script(clerk: Clerk) -> None:
        for surface in SURFACES:
            try:
                await surface(clerk)
                await clerk.settle()
            except TimeoutError:
                raise AssertionError(f"{surface.__name__}:\n{clerk.text}") from None
            assert is_safe(clerk.text, "\n"), surface.__name__
            assert clerk.app.is_running and clerk.app._exception is None, surface.__name__
            if surface is pieces_of_recipients:
                continue  # the next one goes on from there
            while clerk.app.screen is not clerk.main:
                clerk.app.pop_screen()
                await clerk.settle()

    work(office.app(), script, (110, 40))
