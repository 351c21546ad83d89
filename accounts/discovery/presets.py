"""The built-in providers, from presets.toml."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from accounts.discovery.found import Found, Note, user_of
from core.settings import Server

_SERVER = re.compile(r"([^\s:]+)(?::(\d+))?(?: (tls|starttls))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One entry of presets.toml, which says what the fields mean."""

    name: str
    domains: tuple[str, ...]
    mx: tuple[str, ...] = ()
    imap: str = ""
    pop3: str = ""
    smtp: str = ""
    user: str = "address"
    notes: tuple[str, ...] = ()
    help: str = ""
    sent_copy: str = "server"
    per_hour: int = 0
    per_day: int = 0
    per_week: int = 0
    per_message: int = 0

    def found(self, address: str, source: str) -> Found:
        """The provider's servers for this address."""
        user = user_of(address, self.user)
        return Found(
            address=address,
            source=source,
            incoming=_server("imap", self.imap, user),
            pop3=_server("pop3", self.pop3, user),
            outgoing=_server("smtp", self.smtp, user),
            provider=self.name,
            user_form=self.user,
            notes=tuple(Note(id, self.help) for id in self.notes),
            sent_copy=self.sent_copy,
            per_day=self.per_day,
        )


@functools.cache
def providers() -> tuple[Provider, ...]:
    """The providers, in the order of the file."""
    rows = tomllib.loads(files(__package__).joinpath("presets.toml").read_text("utf-8"))["provider"]
    return tuple(_provider(row) for row in rows)


def provider_of_server(host: str) -> Provider | None:
    """The provider whose outgoing server this is."""
    folded = host.casefold().rstrip(".")
    return next((one for one in providers() if _SERVER.match(one.smtp) and one.smtp.split(":")[0].split()[0] == folded), None)


def _provider(row: dict[str, Any]) -> Provider:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Provider(**values)


def by_domain(domain: str) -> Provider | None:
    """The provider whose addresses end in this domain."""
    return next((one for one in providers() if any(_fits(domain, item) for item in one.domains)), None)


def by_exchanger(host: str) -> Provider | None:
    """The provider that runs this mail exchanger."""
    name = host.rstrip(".").lower()
    for one in providers():
        if any(name == item or name.endswith(f".{item}") for item in one.mx):
            return one
    return None


def by_server(host: str) -> Provider | None:
    """The provider whose server this is."""
    name = host.rstrip(".").casefold()
    for one in providers():
        if name in (re.split("[: ]", server)[0] for server in (one.imap, one.pop3, one.smtp)):
            return one
    return None


def _fits(domain: str, pattern: str) -> bool:
    if pattern.endswith(".*"):
        start, _, ending = domain.partition(".")
        return start == pattern[:-2] and 1 <= ending.count(".") + 1 <= 2 and bool(ending)
    if pattern.startswith("*."):
        return domain.endswith(pattern[1:])
    return domain == pattern


def _server(kind: str, text: str, user: str) -> Server | None:
    if not text:
        return None
    told = _SERVER.fullmatch(text)
    if told is None:
        raise ValueError(f"not a server: {text}")
    host, port, security = told.groups()
    return Server(kind=kind, host=host, port=int(port or 0), security=security or "tls", user=user)
