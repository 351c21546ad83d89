"""The settings screens: sections, forms, what is written, what takes effect at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from accounts.domain_check import Finding, Report
from core.secret import Secret
from core.settings import Account, Credential, Identity, Proxy, Server, Settings
from core.settings.file import add_account, load
from core.settings.gateway import Gateway
from core.settings.schema import LISTS, SECTIONS
from core.store import accounts
from tests.servers.authority import Authority
from tests.servers.smtp import PASSWORD, USER, SmtpSink
from tests.tui.office import Clerk, Office, mail, work
from tui.dates import list_date
from tui.screens.consent import ConsentScreen
from tui.screens.domain import DomainScreen
from tui.screens.entry_form import EntryScreen
from tui.screens.phone_trial import PhoneTrialScreen
from tui.screens.picker import Picker
from tui.screens.server_test import ServerTestScreen, Trial
from tui.screens.settings import SettingsScreen
from tui.screens.trial_message import TrialMessageScreen
from tui.settings_list import account_state
from tui.widgets.choice_list import ChoiceList
from tui.widgets.form import FormRow, PushButton


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A local account, and one with servers."""
    made = Office(tmp_path)
    made.put(mail(1))
    incoming = Server(kind="imap", host="imap.example.org", user="maria", credential="work")
    outgoing = Server(kind="smtp", host="smtp.example.org", user="maria", credential="work")
    account = Account(name="work", email="maria@example.org", active=False, incoming=incoming, outgoing=outgoing)
    sender = Identity(account=account.id, address="maria@example.org")
    add_account(made.home.settings_file, account, sender, (Credential(name="work"),))
    text = made.home.settings_file.read_text()
    made.home.settings_file.write_text(f"# mine\n{text}\n# the end\n")
    return made


def kept(office: Office) -> Settings:
    """What the file says."""
    return load(office.home.settings_file)


async def to_section(clerk: Clerk, section: str) -> SettingsScreen:
    """Open the settings at a section, the cursor in its contents."""
    await clerk.press(":")
    await clerk.type(f"settings {section}")
    await clerk.press("enter")
    await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen) and clerk.app.screen.contents.choices)
    assert isinstance(clerk.app.screen, SettingsScreen)
    return clerk.app.screen


async def to_form(clerk: Clerk, *keys: str) -> EntryScreen:
    """Press keys that open a form."""
    await clerk.press(*keys)
    await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen) and clerk.app.focused is not None)
    assert isinstance(clerk.app.screen, EntryScreen)
    return clerk.app.screen


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (50, 16)])
def test_every_section_is_shown(office: Office, size: tuple[int, int]) -> None:
    async def script(clerk: Clerk) -> None:
        screen = await to_section(clerk, "account")
        await clerk.press("h", "g", "g")
        for name in (*LISTS, *SECTIONS):
            assert screen.sections.current is not None and screen.sections.current.value == name
            assert len(screen.contents.choices) >= (0 if name in LISTS else 1)
            await clerk.press("j")
        await clerk.press("q")
        await clerk.until(lambda: clerk.app.screen is clerk.main)

    work(office.app(), script, size=size)


def test_an_account_is_changed_and_comments_stay(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        form = await to_form(clerk, "j", "enter")
        await clerk.until(lambda: form.row("name").part.has_focus)
        await clerk.type("/")
        await clerk.until(lambda: "no / in it" in clerk.text)
        await clerk.press("backspace", "2", "f2")
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))
        await clerk.until(lambda: kept(office).accounts[1].name == "work2")
        await clerk.until(lambda: "work2" in clerk.text)

    work(office.app(), script)
    text = office.home.settings_file.read_text()
    assert text.startswith("# mine\n") and text.rstrip().endswith("# the end")


def test_the_port_follows_the_security(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        form = await to_form(clerk, "j", "enter")
        await clerk.press("f6")
        form.row("incoming.security").part.focus()
        await clerk.press("right")
        await clerk.until(lambda: form.row("incoming.port").value == "143")
        form.row("incoming.port").value = "10143"
        await clerk.press("right")
        await clerk.until(lambda: form.row("incoming.port").value == "10143")
        await clerk.press("escape")
        await clerk.until(lambda: "not saved" in clerk.text)
        await clerk.press("y")
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))
        await clerk.until(lambda: kept(office).accounts[1].incoming == office_server(office))

    work(office.app(), script)


def office_server(office: Office) -> Server:
    """The incoming server as it was."""
    found = kept(office).accounts[1].incoming
    assert found is not None and found.port == 993
    return found


def test_what_is_wrong_is_said_when_it_is_to_be_saved(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "identity")
        form = await to_form(clerk, "n")
        await clerk.press("ctrl+s")
        await clerk.until(lambda: form.row("address").has_class("wrong"))
        await clerk.until(lambda: form.row("address").part.has_focus and "maria@example.org" in clerk.text)
        await clerk.type("shop@example.org")
        await clerk.until(lambda: not form.row("address").has_class("wrong"))
        await clerk.press("f3")
        await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen) and clerk.app.screen is not form)
        await clerk.until(lambda: kept(office).identities[-1].address == "shop@example.org")
        await clerk.press("escape")
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))
        await clerk.until(lambda: "shop@example.org" in clerk.text)
        assert "automatic" not in clerk.text, "what stands in every sender tells none from another"

    work(office.app(), script)


def test_a_new_account_brings_its_sender_and_its_password(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        form = await to_form(clerk, "f5")
        values = {
            "name": "shop", "email": "shop@example.net", "incoming.host": "localhost", "incoming.port": "1",
            "incoming.user": "shop", "incoming.password": "hidden words",
        }  # fmt: skip
        for key, value in values.items():
            form.row(key).value = value
        await clerk.press("f2")
        await clerk.until(lambda: "takes no connections" in clerk.text)
        assert kept(office).accounts[-1].name == "work"
        wanted = {"correct", "again", "inactive", "save"}
        await clerk.until(lambda: {one.id for one in clerk.app.screen.query(PushButton) if one.display} == wanted)
        clerk.app.screen.query_one("#inactive", PushButton).press()
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))

    app = office.app()
    app.wiring.secrets._vaults = {name: app.wiring.secrets._vaults[name] for name in ("file",)}
    work(app, script)
    settings = kept(office)
    account = settings.account("shop")
    assert account.incoming is not None and account.outgoing is None and not account.active
    assert [one.account for one in settings.identities if one.address == "shop@example.net"] == [account.id]
    credential = settings.credential(account.incoming.credential)
    assert credential.method == "file"
    assert app.wiring.secrets.get(credential).reveal() == "hidden words"
    assert "hidden words" not in office.home.settings_file.read_text()


def test_a_setting_takes_effect_at_once(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        screen = await to_section(clerk, "ui")
        await clerk.press("/")
        await clerk.type("list lines")
        await clerk.press("enter")
        await clerk.until(lambda: screen.current is not None and clerk.app.screen is screen)
        await clerk.press("enter")
        await clerk.type("7")
        await clerk.until(lambda: "1 to 2" in clerk.text)
        await clerk.press("backspace", "backspace", "2", "enter")
        await clerk.until(lambda: clerk.main.list.lines == 2)
        await clerk.until(lambda: kept(office).ui.list_lines == 2)
        await clerk.press("g", "g", "enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, Picker))
        assert [one.value for one in clerk.app.screen.query_one(ChoiceList).choices if one.right] == ["default"], "what holds now"
        await clerk.type("mutt")
        await clerk.press("enter")
        await clerk.until(lambda: clerk.app.keyboard.key_map.name == "mutt")
        await clerk.until(lambda: kept(office).ui.keymap == "mutt")

    work(office.app(), script)


def test_on_off_and_duplicate(office: Office) -> None:
    uid = kept(office).accounts[1].id
    accounts.set_state(office.db, accounts.row_of(office.db, uid), "")

    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        await clerk.press("j", "o")
        await clerk.until(lambda: kept(office).accounts[1].active)
        states = {one.uid: one for one in accounts.states(office.db)}
        state = account_state(clerk.main.desk, kept(office).accounts[1], states)
        assert state == f"collected {list_date(states[uid].checked, time.time())}"  # no whole date: it is cut in 80 columns
        form = await to_form(clerk, "c")
        await clerk.until(lambda: form.row("name").value == "work 2")
        await clerk.press("escape")
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))
        assert len(kept(office).accounts) == 2

    work(office.app(), script)


def test_an_account_that_is_inactive_is_not_waited_for(office: Office) -> None:
    office.settings(lambda old: replace(old, accounts=old.accounts[1:], identities=old.identities[1:]))
    with office.db.write():
        accounts.forget(office.db, office.row)

    async def look() -> None:
        app = office.app()
        async with app.run_test(size=(80, 24)) as pilot:
            clerk = Clerk(app, pilot)
            await clerk.until(lambda: app.main is not None and app.main.list.empty_text)
            words = " ".join(clerk.text.split())
            assert "work is off: g, opens the settings, where o turns it on." in words

    asyncio.run(look())


def test_the_test_of_servers_keeps_its_keys_in_the_footer(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        clerk.app.push_screen(ServerTestScreen(Trial("nothing", {}, lambda place: None)))
        await clerk.until(lambda: "Everything works" in clerk.text)
        clerk.app.show_keys()  # as the form below does when it is resumed
        await clerk.until(lambda: not clerk.app._keys_asked)
        assert "Tab next" in clerk.footer and "Esc back" in clerk.footer

    work(office.app(), script)


def test_a_proxy_is_saved_and_the_next_one_begun(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press(":")
        await clerk.type("settings proxy")
        await clerk.press("enter")
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))
        form = await to_form(clerk, "n")
        assert not form.query_one("#test").display, "nothing of it would be tried"
        form.row("name").value, form.row("host").value = "tor", "localhost"
        await clerk.press("f3")
        await clerk.until(lambda: clerk.app.screen is not form and isinstance(clerk.app.screen, EntryScreen))
        assert [one.name for one in kept(office).proxies] == ["tor"]
        await clerk.until(lambda: "Saved: proxy tor" in clerk.footer)

    work(office.app(), script)


def test_a_password_goes_into_a_file_with_a_passphrase(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def save(clerk: Clerk, password: str) -> None:
        form = await to_form(clerk, "e")
        form.row("method").value, form.row("password").value = "passphrase", password
        await clerk.press("f2")

    async def answer(clerk: Clerk, asked: str, words: str) -> None:
        await clerk.until(lambda: asked in " ".join(clerk.text.replace("│", " ").split()))
        await clerk.type(words)
        await clerk.press("enter")

    async def first(clerk: Clerk) -> None:
        screen = await to_section(clerk, "credential")
        await save(clerk, "hidden words")
        await answer(clerk, "If forgotten, type just these anew", "open")
        await answer(clerk, "once more", "opne")
        await answer(clerk, "The two were not the same", "open")
        await answer(clerk, "once more", "open")
        await clerk.until(lambda: clerk.app.screen is screen)

    async def later(clerk: Clerk) -> None:
        told: list[dict[str, Any]] = []
        monkeypatch.setattr(clerk.app.desk.engine, "tell", lambda verb, **words: told.append(words))
        screen = await to_section(clerk, "credential")
        await save(clerk, "newer words")
        await answer(clerk, "It opens the file with your passwords", "wrong")
        await answer(clerk, "That was not the passphrase", "open")
        await clerk.until(lambda: clerk.app.screen is screen)
        assert told[-2:] == [
            {"credential": "work", "password": "open", "opens": True}, {"credential": "work", "password": "newer words"}
        ], "an engine that waits for the passphrase does not take the password for it"  # fmt: skip

    for script, words in ((first, "hidden words"), (later, "newer words")):
        app = office.app()
        work(app, script)
        credential = kept(office).credential("work")
        assert credential.method == "passphrase" and app.wiring.secrets.get(credential).reveal() == words


def test_the_cursor_goes_to_what_is_new(office: Office) -> None:
    known = tuple(Proxy(name=name, host="p.example") for name in ("one", "two", "three"))
    office.settings(lambda old: replace(old, proxies=known))

    async def script(clerk: Clerk) -> None:
        screen = await to_section(clerk, "proxy")
        for named, shown in (("c", "one 2"), ("n", "four")):
            form = await to_form(clerk, named)
            if named == "n":
                form.row("name").value, form.row("host").value = shown, "q.example"
            await clerk.press("f2")
            await clerk.until(lambda: clerk.app.screen is screen)
            assert screen.entry is not None and screen.entry.key == shown
        office.settings(lambda old: replace(old, proxies=old.proxies[1:]))
        clerk.app.settings_written()
        await clerk.until(lambda: len(screen.contents.choices) == 4)
        assert screen.entry is not None and screen.entry.key == "four", "it stays where it is when others go"

    work(office.app(), script)


@pytest.mark.parametrize(("downs", "senders", "accounts_left"), [(1, 2, 2), (2, 1, 2), (3, 1, 1), (0, 2, 2)])
def test_an_account_is_deleted_as_is_answered(office: Office, downs: int, senders: int, accounts_left: int) -> None:
    uid = kept(office).accounts[1].id
    row = accounts.row_of(office.db, uid)

    async def script(clerk: Clerk) -> None:
        screen = await to_section(clerk, "account")
        await clerk.press("j", "d", *["j"] * downs, "enter")
        await clerk.until(lambda: clerk.app.screen is screen)
        await clerk.settle()

    work(office.app(), script)
    settings = kept(office)
    assert (len(settings.identities), len(settings.accounts)) == (senders, accounts_left)
    assert bool(settings.credentials) == (downs == 0)
    assert accounts.uid_of(office.db, row) == ("" if downs == 3 else uid)
    if downs in (1, 2):
        assert settings.accounts[1].kind == "local" and settings.accounts[1].incoming is None


def test_a_list_that_the_schema_does_not_have_begins_at_the_first_section(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        screen = await to_section(clerk, "nonsense")
        await clerk.until(lambda: screen.sections.current is not None and screen.sections.current.value == next(iter(LISTS)))

    work(office.app(), script)


def test_a_server_is_tried_its_certificate_pinned_and_a_message_sent(
    office: Office, make_smtp: Callable[..., SmtpSink], authority: Authority
) -> None:
    sink = make_smtp("tls", certificate=authority.certificate("mail.example.org"))
    out = Server(kind="smtp", host="localhost", port=sink.port, trust=str(authority.file), user=USER, credential="work")

    def change(old: Settings) -> Settings:
        with_server = replace(old.accounts[1], incoming=None, kind="local", outgoing=out)
        return replace(old, accounts=(old.accounts[0], with_server))

    office.settings(change)
    app = office.app()
    app.wiring.secrets.remember(Credential(name="work"), Secret(PASSWORD))

    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        await clerk.press("j", "t")
        await clerk.until(lambda: "trust this one certificate: sha256:" in " ".join(clerk.text.split()))
        await clerk.press("escape")
        await clerk.until(lambda: isinstance(clerk.app.screen, SettingsScreen))
        await clerk.press("t")
        await clerk.until(lambda: "trust this one certificate: sha256:" in " ".join(clerk.text.split()))
        clerk.app.screen.query_one("#pin", PushButton).press()
        await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen))
        await clerk.press("ctrl+t")
        await clerk.until(lambda: "Everything works." in clerk.text)
        clerk.app.screen.query_one("#message", PushButton).press()
        await clerk.until(lambda: isinstance(clerk.app.screen, TrialMessageScreen))
        await clerk.until(lambda: "Sender and recipient are the same" in " ".join(clerk.text.split()))
        screen = clerk.app.screen
        screen.query_one("#to", FormRow).value = "ana@example.net"
        screen.query_one("#send", PushButton).press()
        await clerk.until(lambda: "has taken it" in clerk.text)
        await clerk.until(lambda: [one.recipients for one in sink.deliveries] == [("ana@example.net",)])

    work(app, script)


def test_a_gateway_is_tried_with_a_message_to_a_phone(office: Office, tmp_path: Path) -> None:
    kept = tmp_path / "sent"
    command = f"sh -c 'echo $0 >{kept}; cat >>{kept}' {{plus_number}}"
    gateway = Gateway(name="texter", command=command, price="0.07", currency="EUR")
    office.settings(lambda old: replace(old, gateways=(gateway,)))

    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "gateway")
        assert "test" in clerk.footer
        await clerk.press("e")
        await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen))
        await clerk.press("ctrl+t")
        await clerk.until(lambda: isinstance(clerk.app.screen, PhoneTrialScreen))
        screen = clerk.app.screen
        await clerk.until(lambda: "This is no phone number" in clerk.text)
        screen.query_one("#to", FormRow).value = "+32 475 123456"
        await clerk.until(lambda: "costs 0.07 EUR" in clerk.text)
        screen.query_one("#send", PushButton).press()
        await clerk.until(lambda: "has taken it" in clerk.text)
        assert kept.read_text() == "+32475123456\nThis was sent to try whether the gateway works."
        await clerk.press("escape")
        await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen))

    work(office.app(), script)


def test_a_domain_is_looked_at(office: Office) -> None:
    def check(domain: str, report: Report) -> None:
        report(Finding("spf", "spf-none", "warning", {"domain": domain}))
        report(Finding("dmarc", "dmarc-none", "warning", {"domain": domain}))

    async def script(clerk: Clerk) -> None:
        clerk.app.push_screen(DomainScreen("example.org", check))
        await clerk.until(lambda: "Add a TXT record such as: v=spf1 mx -all" in " ".join(clerk.text.split()))
        await clerk.press("j")
        await clerk.until(lambda: "_dmarc.example.org" in clerk.text)
        await clerk.press("q")
        await clerk.until(lambda: clerk.app.screen is clerk.main)

    work(office.app(), script)


def test_the_footer_says_what_enter_does_where_one_is(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "ui")
        assert "Enter change" in clerk.footer
        await clerk.press("escape")
        assert "Enter open" in clerk.footer and "Enter change" not in clerk.footer
        await clerk.press("enter")
        assert "Enter change" in clerk.footer

    work(office.app(), script)


def test_the_keys_of_a_form_answer_in_the_list_too(office: Office) -> None:
    def by_oauth(old: Settings) -> Settings:
        credentials = (*old.credentials, Credential(name="agreed", oauth="google", client_id="me"))
        local, work = old.accounts
        return replace(
            old, accounts=(local, replace(work, incoming=replace(work.incoming, method="oauth2"))), credentials=credentials
        )

    office.settings(by_oauth)

    async def script(clerk: Clerk) -> None:
        screen = await to_section(clerk, "account")
        assert "t test" not in clerk.footer
        await clerk.press("j")
        assert "t test" in clerk.footer
        await clerk.press("k")
        for key, told in (("f4", "no server to test"), ("f8", "does not log in by OAuth2"), ("t", "no server to test")):
            await clerk.press(key)
            assert told in clerk.footer
        await clerk.press("j", "f4")
        await clerk.until(lambda: isinstance(clerk.app.screen, ServerTestScreen))
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is screen)
        await clerk.press("f8")  # no credential for it yet: to the form where one is made
        await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen))
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is screen)
        names = [*LISTS, *SECTIONS]
        for key, by in (("f7", -1), ("f6", 0), ("f6", 1), ("f6", 2)):
            await clerk.press(key)
            assert screen._section == names[by] and screen.sections.cursor == by % len(names) and screen.contents.cursor == 0
        await clerk.press("escape", "tab")
        await clerk.press(*["f6"] * (names.index("credential") - 2), "G", "f8")
        await clerk.until(lambda: isinstance(clerk.app.screen, ConsentScreen))
        assert clerk.app.screen.credential.name == "agreed"
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is screen)

    work(office.app(), script)
