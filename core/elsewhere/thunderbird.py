"""Thunderbird's profiles: prefs.js. Its passwords stay where they are."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

from core.elsewhere.found import Elsewhere, server, text_of
from core.settings import Server

_PREF = re.compile(r'^user_pref\(("(?:[^"\\]|\\.)*"),\s*(.*)\);\s*$')
_SOCKETS = {"0": "none", "1": "starttls", "2": "starttls", "3": "tls"}
FOLDERS = (".thunderbird", ".icedove", "snap/thunderbird/common/.thunderbird",
           ".var/app/org.mozilla.Thunderbird/.thunderbird")  # fmt: skip


def look(home: Path, config: Path) -> list[Elsewhere]:
    """The accounts of all profiles."""
    found = []
    for folder in (home / name for name in FOLDERS):
        for profile in _profiles(folder):
            file = profile / "prefs.js"
            found += read(text_of(file), str(file))
    return found


def _profiles(folder: Path) -> list[Path]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text_of(folder / "profiles.ini"))
    except configparser.Error:
        return []
    paths = []
    for name in parser.sections():
        path = parser.get(name, "Path", fallback="")
        if name.startswith("Profile") and path:
            paths.append(folder / path if parser.get(name, "IsRelative", fallback="1") == "1" else Path(path))
    return paths


def read(text: str, file: str = "") -> list[Elsewhere]:
    """The accounts of one prefs.js."""
    prefs = _prefs(text)
    found = []
    for account in prefs.get("mail.accountmanager.accounts", "").split(","):
        place = prefs.get(f"mail.account.{account}.server", "")
        told = _below(prefs, f"mail.server.{place}.")
        if told.get("type") != "imap":
            continue
        security = _SOCKETS.get(told.get("socketType", "0"), "tls")
        host = told.get("realhostname") or told.get("hostname", "")
        user = told.get("realuserName") or told.get("userName", "")
        incoming = server("imap", host, port=told.get("port", 0), security=security, user=user)
        if incoming is None:
            continue
        identity = prefs.get(f"mail.account.{account}.identities", "").split(",")[0]
        who = _below(prefs, f"mail.identity.{identity}.")
        found.append(
            Elsewhere(
                program="thunderbird", file=file, name=told.get("name") or who.get("useremail", "") or user,
                address=who.get("useremail", ""), person=who.get("fullName", ""), incoming=incoming,
                outgoing=_outgoing(prefs, who.get("smtpServer") or prefs.get("mail.smtp.defaultserver", "")),
            )
        )  # fmt: skip
    return found


def _outgoing(prefs: dict[str, str], name: str) -> Server | None:
    told = _below(prefs, f"mail.smtpserver.{name}.")
    security = _SOCKETS.get(told.get("try_ssl", "0"), "tls")
    user = told.get("username", "") if told.get("authMethod") != "1" else ""
    return server("smtp", told.get("hostname", ""), port=told.get("port", 0), security=security, user=user, auth=bool(user))


def _below(prefs: dict[str, str], start: str) -> dict[str, str]:
    return {name.removeprefix(start): value for name, value in prefs.items() if name.startswith(start)}


def _prefs(text: str) -> dict[str, str]:
    """Every preference as text."""
    found = {}
    for line in text.splitlines():
        if told := _PREF.match(line):
            try:
                name, value = json.loads(told[1]), json.loads(told[2])
            except ValueError:
                continue
            found[str(name)] = str(value)
    return found
