"""himalaya's config.toml, of version 1 and of those before."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from core.elsewhere.found import Elsewhere, server, text_of, trust_of, without_shell
from core.settings import Server

_SECURITY = {"tls": "tls", "ssl": "tls", "start-tls": "starttls", "starttls": "starttls", "none": "none"}


def look(home: Path, config: Path) -> list[Elsewhere]:
    """The accounts in himalaya/config.toml."""
    found = []
    for file in (config / "himalaya" / "config.toml", home / ".himalayarc"):
        found += read(text_of(file), str(file))
    return found


def read(text: str, file: str = "") -> list[Elsewhere]:
    """One account a table."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    accounts = tables.get("accounts")
    if not isinstance(accounts, dict):
        accounts = {name: value for name, value in tables.items() if isinstance(value, dict) and "email" in value}
    return [one for name, table in accounts.items() if isinstance(table, dict) and (one := _account(name, table, tables, file))]


def _account(name: str, table: dict[str, Any], top: dict[str, Any], file: str) -> Elsewhere | None:
    send = _at(table, "message", "send", "backend")
    sides = {"imap": _first(table, "backend", "imap"), "smtp": send if isinstance(send, dict) else _first(table, "smtp")}
    read = {kind: _side(kind, sides[kind], table) for kind in sides}
    incoming, command, clear = read["imap"]
    outgoing, outgoing_command, clear_too = read["smtp"]
    if incoming is None and outgoing is None:
        return None
    return Elsewhere(
        program="himalaya",
        file=file,
        name=name,
        address=str(table.get("email", "")),
        person=str(table.get("display-name") or top.get("display-name") or top.get("name") or ""),
        incoming=incoming,
        outgoing=outgoing,
        command=command,
        outgoing_command=outgoing_command,
        clear_password=clear or clear_too,
    )


def _side(kind: str, told: dict[str, Any], flat: dict[str, Any]) -> tuple[Server | None, str, bool]:
    """A server, the command for its password, and whether that stands in the file; flat keys are those of old versions."""
    if told.get("type", kind) != kind:
        told = {}

    def value(*names: str) -> Any:
        return next((one for name in names if (one := told.get(name, flat.get(f"{kind}-{name}"))) is not None), "")

    encryption, certificate = value("encryption"), ""
    if isinstance(encryption, dict):
        certificate, encryption = str(encryption.get("cert", "")), encryption.get("type", "tls")
    if value("starttls") is True:
        encryption = "start-tls"
    elif value("ssl") is False or value("insecure") is True:
        encryption = "none"
    auth = told.get("auth")
    auth = auth if isinstance(auth, dict) else {}
    auth = auth if isinstance(auth.get("cmd") or auth.get("command") or auth.get("raw"), str) else auth.get("passwd", auth)
    auth = auth if isinstance(auth, dict) else {}
    command = auth.get("cmd") or auth.get("command") or value("passwd-cmd")
    clear = bool(auth.get("raw") or value("passwd"))
    security = _SECURITY.get(str(encryption or "tls").lower(), "tls")
    host, user, trust = str(value("host")), str(value("login")), trust_of(certificate)
    found = server(kind, host, port=value("port") or 0, security=security, user=user, trust=trust)
    return found, without_shell(command if isinstance(command, str) else ""), clear and found is not None


def _first(table: dict[str, Any], *names: str) -> dict[str, Any]:
    return next((one for name in names if isinstance(one := table.get(name), dict)), {})


def _at(table: Any, *names: str) -> Any:
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return table
