"""How a new account logs in: a password, or the provider's token (OAuth2), which a person agrees to before the test."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from accounts.discovery import Found
from core.clean import clean_line
from core.errors import AuthenticationError
from core.secret import Secret
from tui.new_account import OAUTH_FIELDS, NewAccount
from tui.translation import N_, _
from tui.widgets.form import FormRow, OneOf, text_field

if TYPE_CHECKING:
    from accounts.oauth import Tokens
    from core.settings import Credential
    from tui.consent import Consent

LOGINS = (
    ("", N_("password")),
    ("google", N_("OAuth2 with Google")),
    ("microsoft", N_("OAuth2 with Microsoft")),
    ("yahoo", N_("OAuth2 with Yahoo")),
    ("generic", N_("OAuth2 with another provider")),
)
ABOUT_LOGIN = {
    "google": N_(
        "Make a client id of your own at console.cloud.google.com (APIs & Services, Credentials: a desktop app); it has a "
        "secret, which is asked for next."
    ),
    "microsoft": N_(
        "Make a client id of your own at entra.microsoft.com (App registrations: a public client, redirect to http://localhost); "
        "it needs no secret."
    ),
    "yahoo": N_("Make a client id of your own at developer.yahoo.com (an installed application that may read and write mail)."),
    "generic": N_("Your provider gives you a client id, and tells where its pages are."),
}
"""Where a client id comes from."""
LOGIN_HELP = {
    "login": N_("A password; or OAuth2, where you agree on a page. Left and Right choose."),
    "client-id": N_("By it the provider knows the program: one that you made on its web page."),
    "tenant": N_("common: any account; consumers: private ones; or the tenant of your firm."),
}
"""Help for the fields of logging in that have none in the settings."""


def login_of(found: Found) -> str:
    """How the provider wants people to log in, as far as that is known: '' (a password) or the provider of OAuth2."""
    from tui.consent import provider_name

    if "oauth-only" not in {note.id for note in found.notes} or found.incoming is None:
        return ""
    return provider_name(found.incoming.host)


class LoginRows:
    """The fields of the form that say how to log in; what the provider gave is kept here until the account is added."""

    def __init__(self) -> None:
        self._agreed: tuple[Credential, Consent] | None = None

    def login_choice(self, found: Found) -> ComposeResult:
        """Password or OAuth2."""
        choices = [(value, _(words)) for value, words in LOGINS]
        yield FormRow(_("Log in by"), OneOf(choices, login_of(found)), id="login")
        yield Static(id="about-login", markup=False)

    def login_rows(self) -> ComposeResult:
        """What OAuth2 needs."""
        yield FormRow(_("Client id"), text_field("", _("of your own")), id="client-id")
        yield FormRow(_("Tenant"), text_field("common"), id="tenant")
        titles = {
            "authorize-url": _("Page to agree"),
            "token-url": _("Tokens from"),
            "device-url": _("Codes from"),
            "scope": _("Scope"),
        }
        for field, title in titles.items():
            yield FormRow(title, text_field("", "" if field == "scope" else "https://"), id=field)
        yield FormRow(_("Certificate"), text_field("system"), id="oauth-trust")

    def show_login(self, row: Callable[[str], FormRow], about: Static) -> None:
        """The fields that this way to log in has."""
        login = row("login").value
        for field in OAUTH_FIELDS:
            row(field).display = bool(login) and (field == "client-id" or login == {"tenant": "microsoft"}.get(field, "generic"))
        about.update(Content(clean_line(_(ABOUT_LOGIN[login])) if login else ""))
        about.display = bool(login) and row("login").display

    def ways_for(self, login: str, ways: Sequence[str]) -> tuple[str, ...]:
        """Where what lets us in can be kept; a token that is renewed can be kept only where one can write."""
        return tuple(way for way in ways if not login or way not in ("ask", "command"))

    def agreed_for(self, new: NewAccount) -> Consent | None:
        """What the provider gave for just this, as long as it lasts."""
        if self._agreed is None or new.credential is None or _asked(self._agreed[0]) != _asked(new.credential):
            return None
        consent = self._agreed[1]
        return consent if consent.tokens.expires > time.time() else None

    def keep_consent(self, credential: Credential, tokens: Tokens, client_secret: Secret) -> None:
        """What the provider gave, until the account is added. AuthenticationError `oauth-no-refresh`."""
        from tui.consent import Consent

        if not tokens.refresh:
            raise AuthenticationError("oauth-no-refresh", server="", user="", answer="", credential=credential.name)
        self._agreed = (credential, Consent(tokens, client_secret))

    def forget_consent(self) -> None:
        """The server did not like what the provider gave: it is asked for anew."""
        self._agreed = None

    def keeper(self, credential: Credential) -> Callable[[Tokens, Secret], None]:
        """What the screen of consent is to do with what it is given."""
        return partial(self.keep_consent, credential)


def _asked(credential: Credential) -> tuple[str, ...]:
    """What the provider was asked with."""
    return (
        credential.oauth, credential.client_id, credential.tenant, credential.scope, credential.trust,
        credential.authorize_url, credential.token_url, credential.device_url,
    )  # fmt: skip
