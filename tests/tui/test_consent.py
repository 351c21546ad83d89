"""Signing in with OAuth2 on the screen: by code, by page, and from the form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from core.settings import Account, Credential, Server
from core.settings.file import add_account
from tests.servers.authority import Authority
from tests.servers.authorization import ACCESS, CLIENT, AuthorizationServer
from tests.tui.office import Clerk, Office, mail, work
from tests.tui.test_settings_screen import to_form, to_section
from tui.screens.consent import ConsentScreen
from tui.screens.entry_form import EntryScreen


@pytest.fixture
def server(authority: Authority) -> Iterator[AuthorizationServer]:
    """A provider."""
    with AuthorizationServer(authority) as found:
        yield found


@pytest.fixture
def office(tmp_path: Path, server: AuthorizationServer, authority: Authority) -> Office:
    """An account whose servers want OAuth2."""
    made = Office(tmp_path)
    made.put(mail(1))
    incoming = Server(kind="imap", host="imap.example.org", user="maria", credential="me", method="oauth2")
    credential = Credential(
        name="me", method="file", oauth="generic", client_id=CLIENT, authorize_url=f"{server.url}/authorize",
        token_url=f"{server.url}/token", device_url=f"{server.url}/device", trust=str(authority.file),
    )  # fmt: skip
    account = Account(name="work", email="maria@example.org", active=False, incoming=incoming)
    add_account(made.home.settings_file, account, None, (credential,))
    return made


def credential_of(clerk: Clerk) -> Credential:
    """As the settings have it."""
    return clerk.app.wiring.settings().credential("me")


def test_a_code_from_the_form_then_the_token_is_kept(office: Office, server: AuthorizationServer) -> None:
    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        await to_form(clerk, "j", "enter")
        await clerk.press("f8")
        await clerk.until(lambda: isinstance(clerk.app.screen, ConsentScreen) and clerk.app.focused is not None)
        await clerk.press("enter")
        await clerk.until(lambda: "ABCD-1234" in clerk.text)
        server.agreed.set()
        await clerk.until(lambda: isinstance(clerk.app.screen, EntryScreen))
        kept = clerk.app.wiring.secrets.tokens.get(credential_of(clerk))
        assert kept.reveal() == f"{ACCESS}-1"

    work(office.app(), script)


def test_without_oauth2_the_key_says_that_it_does_nothing(office: Office) -> None:
    def by_password(old: Any) -> Any:
        account = old.accounts[-1]
        return replace(old, accounts=(*old.accounts[:-1], replace(account, incoming=replace(account.incoming, method="auto"))))

    office.settings(by_password)

    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        await to_form(clerk, "j", "enter")
        await clerk.press("f8")
        assert isinstance(clerk.app.screen, EntryScreen)
        assert "F8 does nothing here." in clerk.footer

    work(office.app(), script)


def test_a_page_instead_of_a_code_and_what_goes_wrong(office: Office, server: AuthorizationServer) -> None:
    async def script(clerk: Clerk) -> None:
        left: list[bool | None] = []
        screen = ConsentScreen(credential_of(clerk), "maria", "imap.example.org")
        clerk.app.push_screen(screen, left.append)
        await clerk.until(lambda: "wants your consent" in clerk.text)
        await clerk.press("enter")
        await clerk.until(lambda: "ABCD-1234" in clerk.text)
        await clerk.press("enter")
        await clerk.until(lambda: "/authorize" in clerk.text)
        page = screen._place
        assert clerk.app.clipboard == page.url  # type: ignore[union-attr]
        query = {name: found[0] for name, found in parse_qs(urlsplit(page.url).query).items()}  # type: ignore[union-attr]
        server.challenge = query["code_challenge"]
        assert query["login_hint"] == "maria"
        field = screen.query_one(Input)
        field.value = "http://localhost/?state=other&code=page-code"
        await clerk.press("enter")
        await clerk.until(lambda: "another" in clerk.text or "other" in str(screen.query_one("#wrong").render()))
        field.value = f"http://localhost/?state={query['state']}&code=page-code"
        await clerk.press("enter")
        await clerk.until(lambda: left == [True])

    work(office.app(), script)


def test_a_token_that_is_refused_opens_it(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        clerk.app._passwords_wanted["me"] = {"server": "imap.example.org", "user": "maria", "what": "oauth-needed"}
        clerk.app.ask_waiting_password()
        await clerk.until(lambda: isinstance(clerk.app.screen, ConsentScreen) and clerk.app.focused is not None)
        await clerk.press("escape")
        await clerk.until(lambda: clerk.app.screen is clerk.main)
        assert "me" in clerk.app.passwords_refused

    work(office.app(), script)


def test_a_server_with_a_password_gets_a_credential_for_consent(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await to_section(clerk, "account")
        form = await to_form(clerk, "j", "enter")
        form.row("incoming.credential").value = ""
        form.row("incoming.host").value = "imap.gmail.com"
        await clerk.press("f8")
        await clerk.until(lambda: clerk.app.screen is not form and isinstance(clerk.app.screen, EntryScreen))
        new = clerk.app.screen
        assert isinstance(new, EntryScreen)
        await clerk.until(lambda: new.is_mounted and new.typed.get("oauth") == "google")
        assert new.typed["name"] == "maria" and new.has_consent

    work(office.app(), script)
