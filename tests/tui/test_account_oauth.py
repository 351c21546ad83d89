"""A first account with OAuth2: chosen by itself where the provider wants it, agreed to, tested with the token, kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from accounts.discovery.presets import by_domain
from accounts.oauth import Tokens
from core.secret import Secret
from core.settings import Account, Credential, Server
from tests.servers.authority import Authority
from tests.servers.authorization import ACCESS, CLIENT, REFRESH, SECRET, AuthorizationServer
from tests.servers.scripted import ScriptedServer, Step
from tests.tui.pilot import drive
from tests.tui.test_welcome import FirstApp, enter, finds, home, known, shown, to_form, to_outcome, until
from tui.new_account import NewAccount
from tui.screens.account_login import LoginRows
from tui.screens.consent import ConsentScreen
from tui.widgets.form import PushButton

__all__ = ["home"]
READY = Step(None, b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready\r\n")
GRANTED = Step("AUTHENTICATE XOAUTH2", b"{tag} OK [CAPABILITY IMAP4rev1] in\r\n")
REFUSED = Step("AUTHENTICATE XOAUTH2", b"{tag} NO [AUTHENTICATIONFAILED] no\r\n")


@pytest.fixture
def provider(authority: Authority) -> Iterator[AuthorizationServer]:
    """A provider of tokens."""
    with AuthorizationServer(authority) as found:
        yield found


@pytest.fixture
def imap(authority: Authority) -> Iterator[ScriptedServer]:
    """A mail server that takes no token at first, then every one."""
    certificate = authority.certificate("localhost")
    scripts = ([READY, REFUSED], [READY, GRANTED])
    with ScriptedServer(*scripts, certificate=certificate, tls=True, otherwise=b"{tag} OK done\r\n") as found:
        yield found


@pytest.mark.parametrize(
    ("address", "login", "says"),
    [("maria@outlook.com", "microsoft", "entra.microsoft.com"), ("maria@gmail.com", "", "app password")],
)
def test_what_the_provider_wants_is_chosen(home: Path, address: str, login: str, says: str) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot, address)
        assert form.values["login"] == login
        await until(pilot, lambda: says in shown(pilot.app))
        assert form.row("client-id").display == form.row("tenant").display == bool(login)
        assert form.row("password").display != bool(login) and "not speak yet" not in shown(pilot.app)
        form.row("login").part.focus()
        await until(pilot, lambda: "where you agree on a page" in shown(pilot.app))

    domain = address.partition("@")[2]
    preset = by_domain(domain)
    assert preset is not None
    drive(FirstApp(home, finds(preset.found(address, "presets"))), script, (80, 24))


@pytest.mark.parametrize(("lasts", "used"), [(3600, True), (7 * 86_400, True), (-1, False)])
def test_what_was_agreed_to_is_asked_for_once_for_as_long_as_it_lasts(lasts: int, used: bool) -> None:
    rows, credential = LoginRows(), Credential(name="maria", oauth="generic", client_id=CLIENT)
    rows.keep_consent(credential, Tokens(Secret(ACCESS), time.time() + lasts, Secret(REFRESH)), Secret(SECRET))
    new = NewAccount(Account(id="acc00001", name="Work"), None, credential, None)
    assert (rows.agreed_for(new) is not None) is used
    assert rows.agreed_for(replace(new, credential=replace(credential, client_id="another"))) is None


def consent_of(pilot: Pilot[Any]) -> ConsentScreen | None:
    """The screen of consent, once it can be typed into."""
    screen = pilot.app.screen
    return screen if isinstance(screen, ConsentScreen) and pilot.app.focused is not None else None


async def agree(pilot: Pilot[Any]) -> None:
    """Type the client's secret; the person has agreed before."""
    await until(pilot, lambda: consent_of(pilot) is not None)
    await enter(pilot, SECRET)


def test_from_the_address_to_a_token_that_is_kept(
    home: Path, provider: AuthorizationServer, imap: ScriptedServer, authority: Authority
) -> None:
    async def script(pilot: Pilot[Any]) -> None:
        form = await to_form(pilot)
        form.row("login").value = "generic"
        await until(pilot, lambda: form.row("token-url").display and not form.row("tenant").display)
        form.query_one("#test", PushButton).press()
        await until(pilot, lambda: form.row("client-id").has_class("wrong"))
        urls = {"authorize-url": "/authorize", "token-url": "/token", "device-url": "/device"}
        typed = {"client-id": CLIENT, "oauth-trust": str(authority.file), "out-host": "", "in-trust": str(authority.file)}
        for field, value in {**typed, **{field: provider.url + path for field, path in urls.items()}}.items():
            form.row(field).value = value
        provider.agreed.set()
        form.query_one("#test", PushButton).press()
        await agree(pilot)
        assert form.values["way"] == "file" and len(form.ways_for("generic", form.ways)) < len(form.ways)
        outcome = await to_outcome(pilot)
        assert "refused the user" in shown(pilot.app)
        outcome.query_one("#correct", PushButton).press()
        # Another attempt asks the provider anew, for the server did not like what it gave.
        await until(pilot, lambda: pilot.app.screen is form and pilot.app.focused is form.row("client-id").part)
        form.query_one("#test", PushButton).press()
        await agree(pilot)
        await until(pilot, lambda: pilot.app.left == [True])
        wiring = pilot.app.wiring
        (account,) = wiring.settings().accounts
        assert account.incoming.method == "oauth2" and account.outgoing is None
        credential = wiring.settings().credential(account.incoming.credential)
        assert (credential.oauth, credential.client_id, credential.method) == ("generic", CLIENT, "file")
        assert wiring.secrets.tokens.get(credential).reveal() == f"{ACCESS}-2"
        assert provider.requests[-1]["client_secret"] == SECRET
        written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
        assert not [data for data in written if REFRESH.encode() in data or ACCESS.encode() in data or SECRET.encode() in data]

    server = Server(kind="imap", host="localhost", port=imap.port, user="maria")
    drive(FirstApp(home, finds(known(incoming=server))), script, (100, 40))
