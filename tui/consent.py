"""Asking a person for consent (OAuth2) on a plain terminal: a code or a page, with a QR code for whoever has a telephone."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from msgspec import Struct

from accounts.oauth import Device, OAuth, Tokens
from core.errors import UsageError
from core.qr_code import half_blocks, qr_code
from core.secret import Secret
from core.settings import Account, Credential, checks
from tui.new_account import trust_value
from tui.translation import _

_HOSTS = {
    "google": ("gmail.com", "google.com", "googlemail.com"),
    "microsoft": ("outlook.com", "office365.com", "hotmail.com", "office.com"),
    "yahoo": ("yahoo.com",),
}


class Consent(Struct, frozen=True):
    """What the provider gave, and what the client had to show for it."""

    tokens: Tokens
    client_secret: Secret


def provider_name(host: str) -> str:
    """The provider of OAuth2 for a mail server: google, microsoft, yahoo, or generic."""
    for name, domains in _HOSTS.items():
        if any(host == domain or host.endswith(f".{domain}") for domain in domains):
            return name
    return "generic"


def credential_for(account: Account, words: argparse.Namespace, method: str) -> Credential:
    """The credential as the command line says. UsageError `client-id-missing`, `token-url-missing`, `option-unusable`."""
    host = account.incoming.host if account.incoming is not None else ""
    provider = words.oauth_provider or provider_name(host)
    if not words.client_id:
        raise UsageError("client-id-missing")
    if provider == "generic" and not words.token_url:
        raise UsageError("token-url-missing", server=host)
    urls: dict[str, str] = {name: getattr(words, name) or "" for name in ("authorize_url", "token_url", "device_url")}
    wrong = {name: checks.web_address_or_nothing(url) for name, url in urls.items()}
    wrong |= {"tenant": checks.one_word(words.tenant or "common"), "client_id": checks.one_line(words.client_id)}
    for name, id in wrong.items():
        if id:
            raise UsageError("option-unusable", option="--" + name.replace("_", "-"), value=getattr(words, name), why="")
    name = account.incoming.credential if account.incoming is not None else account.email
    return Credential(
        name=name or account.email, method=method, oauth=provider, client_id=words.client_id, tenant=words.tenant or "common",
        scope=words.scope or "", trust=trust_value(words.oauth_trust or ""), authorize_url=urls["authorize_url"],
        token_url=urls["token_url"], device_url=urls["device_url"],
    )  # fmt: skip


def agree(
    credential: Credential, user: str, make: Callable[[Credential, Secret], OAuth], *, secret_given: bool, paste: bool
) -> Consent:
    """Have the person agree; `make` makes the provider's client. Raises as `accounts.oauth` does."""
    secret = Secret(sys.stdin.readline().rstrip("\r\n")) if secret_given else Secret("")
    client = make(credential, secret)
    by_code = client.has_codes and not paste
    return Consent(by_device(client, tell) if by_code else by_page(client, user, tell, sys.stdin.readline), secret)


def tell(words: str) -> None:
    """Say it beside what programs read."""
    print(words, file=sys.stderr, flush=True)


def by_device(client: OAuth, say: Callable[[str], None], pause: Callable[[float], None] = time.sleep) -> Tokens:
    """A code that is typed into a page on any device."""
    device = client.begin_device()
    say(_("Open {url} on any device and type: {code}").format(url=device.url, code=device.code))
    show_code(device.complete or device.url, say)
    say(_("Waiting until you have agreed… (Ctrl-C gives up)"))
    while isinstance(found := client.ask_device(device), Device):
        device = found
        pause(device.interval)
    return found


def by_page(client: OAuth, user: str, say: Callable[[str], None], read: Callable[[], str]) -> Tokens:
    """A page that is opened anywhere, and the address at which it ends."""
    page = client.begin_page(user)
    say(_("Open this page in any browser, and agree:"))
    say(page.url)
    show_code(page.url, say)
    say(_("At the end the browser finds nothing at localhost; that is right. Paste that address here:"))
    return client.end_page(page, read())


def show_code(url: str, say: Callable[[str], None]) -> None:
    """The address as a QR code, where it fits into the terminal."""
    import shutil

    size = shutil.get_terminal_size()
    matrix = qr_code(url)
    lines = half_blocks(matrix) if matrix is not None else []
    if lines and len(lines[0]) <= size.columns and len(lines) + 6 <= max(size.lines, 24) * 2:
        say("\n".join(lines))
