"""OAuth2 for mail: a token instead of a password (RFC 6749, 7636 PKCE, 8628 device code), over an own client id.

Two ways that work over SSH: a short code that is typed into a page on any device, or a page opened elsewhere whose
address, once it leads nowhere, is pasted back. Tokens and the client's secret are Secrets all the way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import Struct

from accounts.deadline import Deadline
from accounts.dial import Resolver
from accounts.https import FORM, request
from core.clean import clean_line
from core.errors import AuthenticationError, CorreioError, NetworkError, ProtocolError
from core.secret import Secret
from core.settings.schema import Credential

if TYPE_CHECKING:
    from accounts.proxies import Way

SECONDS = 30.0
"""For each request."""
REDIRECT = "http://localhost"
"""Where the page leads at the end; nobody listens there, the address itself is what is wanted."""
_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Provider(Struct, frozen=True):
    """Where a provider's pages are."""

    authorize_url: str
    token_url: str
    device_url: str = ""
    """'' where the provider gives no mail to devices."""
    scope: str = ""


PROVIDERS = {
    # Google's device codes open no mail: the page is the only way.
    "google": Provider(
        "https://accounts.google.com/o/oauth2/v2/auth", "https://oauth2.googleapis.com/token", "", "https://mail.google.com/"
    ),
    "microsoft": Provider(
        _MICROSOFT + "authorize", _MICROSOFT + "token", _MICROSOFT + "devicecode",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/POP.AccessAsUser.All"
        " https://outlook.office.com/SMTP.Send offline_access",
    ),
    "yahoo": Provider(
        "https://api.login.yahoo.com/oauth2/request_auth", "https://api.login.yahoo.com/oauth2/get_token", "", "mail-w"
    ),
}  # fmt: skip


def provider_of(credential: Credential) -> Provider:
    """The provider of a credential; what the settings say of it comes first."""
    known = PROVIDERS.get(credential.oauth, Provider("", ""))
    return Provider(
        credential.authorize_url or known.authorize_url.format(tenant=credential.tenant),
        credential.token_url or known.token_url.format(tenant=credential.tenant),
        credential.device_url or known.device_url.format(tenant=credential.tenant),
        credential.scope or known.scope,
    )


class Tokens(Struct, frozen=True):
    """What a provider gave."""

    access: Secret
    expires: float
    """Unix seconds."""
    refresh: Secret
    """For the next access token; empty where none was given: the one before stays."""


class Device(Struct, frozen=True):
    """A code to type into a page."""

    url: str
    code: str
    """What the person types there."""
    complete: str
    """The page with the code in its address, '' where there is none: for a QR code."""
    handle: Secret
    interval: float
    """Seconds between two questions."""
    until: float
    """Unix seconds."""


class Page(Struct, frozen=True):
    """A page to open anywhere."""

    url: str
    state: str
    verifier: Secret


class OAuth:
    """Talks to the provider of one credential. Every method may raise NetworkError, TLSError or ProtocolError."""

    def __init__(
        self, credential: Credential, client_secret: Secret | None = None, *, resolver: Resolver | None = None,
        clock: Callable[[], float] = time.time, through: Way | None = None,
    ) -> None:  # fmt: skip
        self._credential = credential
        self._client_secret = client_secret or Secret("")
        self._provider = provider_of(credential)
        self._resolver = resolver
        self._through = through
        self._clock = clock

    @property
    def has_codes(self) -> bool:
        """Whether the provider knows codes for other devices."""
        return bool(self._provider.device_url)

    def begin_device(self) -> Device:
        """Ask for a code. AuthenticationError `oauth-refused` (the client id, say, is not known)."""
        told = self._post(self._provider.device_url, {"scope": self._provider.scope}, wanted="device_code")
        interval = _number(told.get("interval"), 5.0)
        url = str(told.get("verification_uri") or told.get("verification_url") or "")
        complete = str(told.get("verification_uri_complete") or "")
        if not _is_page(url) or (complete and not _is_page(complete)):
            raise self._senseless("no page")
        return Device(
            url, clean_line(str(told.get("user_code", "")))[:100], complete, Secret(str(told["device_code"])),
            min(max(interval, 1.0), 60.0), self._clock() + min(_number(told.get("expires_in"), 900.0), 3600.0),
        )  # fmt: skip

    def ask_device(self, device: Device) -> Tokens | Device:
        """The tokens once the person has agreed, else the code with the pause until the next question.

        AuthenticationError `oauth-denied`, `oauth-code-expired`, `oauth-refused`.
        """
        if self._clock() > device.until:
            raise self._refused("oauth-code-expired", "")
        try:
            return self._tokens({"grant_type": _DEVICE_GRANT, "device_code": device.handle.reveal()})
        except _NotYet as wait:
            pause = device.interval + (5.0 if wait.slower else 0.0)
            kept = (device.url, device.code, device.complete, device.handle)
            return Device(*kept, min(pause, 60.0), device.until)

    def begin_page(self, user: str = "") -> Page:
        """The page on which the person agrees; `user` is filled in there."""
        verifier = Secret(secrets.token_urlsafe(48))
        state = secrets.token_urlsafe(16)
        digest = hashlib.sha256(verifier.reveal().encode()).digest()
        query = {
            "client_id": self._credential.client_id, "response_type": "code", "redirect_uri": REDIRECT,
            "scope": self._provider.scope, "state": state, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            # Google gives a refresh token only so.
            "access_type": "offline", "prompt": "consent", "login_hint": user,
        }  # fmt: skip
        joint = "&" if "?" in self._provider.authorize_url else "?"
        wanted = urlencode({name: value for name, value in query.items() if value})
        return Page(f"{self._provider.authorize_url}{joint}{wanted}", state, verifier)

    def end_page(self, page: Page, pasted: str) -> Tokens:
        """The tokens for the address at which the person ended up, or for the code alone.

        AuthenticationError `oauth-denied`, `oauth-state-differs` (the address is of another attempt), `oauth-no-code`,
        `oauth-refused`.
        """
        text = "".join(pasted.split())
        code = text
        if "=" in text:
            query = parse_qs(urlsplit(text).query or text.lstrip("?"))
            if "error" in query:
                raise self._refused("oauth-denied", clean_line(query.get("error_description", query["error"])[0])[:300])
            if query.get("state", [page.state])[0] != page.state:
                raise self._refused("oauth-state-differs", "")
            code = query.get("code", [""])[0]
        if not code or "://" in code:
            raise self._refused("oauth-no-code", "")
        words = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        return self._tokens({**words, "code_verifier": page.verifier.reveal()})

    def renew(self, refresh: Secret) -> Tokens:
        """A new access token, and perhaps a new refresh token, after which the old one may be worth nothing.

        AuthenticationError `oauth-refused` when the person has to agree anew.
        """
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh.reveal()})

    # ------------------------------------------------------------ inside

    def _tokens(self, words: dict[str, str]) -> Tokens:
        told = self._post(self._provider.token_url, words, wanted="access_token")
        lasts = _number(told.get("expires_in"), 3600.0)
        refresh = told.get("refresh_token")
        return Tokens(
            Secret(str(told["access_token"])), self._clock() + lasts, Secret(refresh if isinstance(refresh, str) else "")
        )

    def _post(self, url: str, words: dict[str, str], wanted: str) -> dict[str, Any]:
        body = {"client_id": self._credential.client_id, **words}
        if self._client_secret:
            body["client_secret"] = self._client_secret.reveal()
        headers = {**FORM, "Accept": "application/json"}
        answer = request(
            "POST", url, Deadline(SECONDS), body=urlencode(body).encode(), headers=headers, resolver=self._resolver,
            trust=self._credential.trust, through=self._through,
        )  # fmt: skip
        if answer.status in (408, 429) or answer.status >= 500:
            raise NetworkError("server-unavailable", server=answer.server, answer=f"{answer.status} {answer.reason}")
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise self._senseless(f"{answer.status} {answer.reason}")
        if answer.status == 200 and isinstance(told.get(wanted), str) and told[wanted]:
            return told
        error = clean_line(str(told.get("error") or answer.status))[:100]
        raise self._error_of(error, clean_line(str(told.get("error_description") or error))[:300], answer.server)

    def _error_of(self, error: str, words: str, server: str) -> Exception:
        if error in ("authorization_pending", "slow_down"):
            return _NotYet(error == "slow_down")
        if error in ("access_denied", "authorization_declined"):
            return self._refused("oauth-denied", words)
        if error == "expired_token":
            return self._refused("oauth-code-expired", words)
        if error in ("temporarily_unavailable", "server_error"):
            return NetworkError("server-unavailable", server=server, answer=words)
        return self._refused("oauth-refused", words)

    def _refused(self, id: str, answer: str) -> AuthenticationError:
        server = urlsplit(self._provider.token_url).hostname or ""
        return AuthenticationError(id, server=server, user="", answer=answer, credential=self._credential.name)

    def _senseless(self, answer: str) -> ProtocolError:
        server = urlsplit(self._provider.token_url).hostname or ""
        return ProtocolError("oauth-senseless", server=server, answer=answer)


class _NotYet(CorreioError):
    """The person has not agreed yet."""

    def __init__(self, slower: bool) -> None:
        super().__init__("oauth-not-yet")
        self.slower = slower


def _number(value: object, otherwise: float) -> float:
    """Seconds as a provider tells them, as a number or a text of one."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return otherwise
    return found if 0 < found < 10**8 else otherwise


def _is_page(url: str) -> bool:
    return url.startswith("https://") and url.isascii() and url.isprintable() and " " not in url
