"""mbsync's rc (isync) for receiving, joined with msmtp's for sending."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from core.elsewhere.found import Elsewhere, server, text_of, trust_of, without_shell
from core.settings import checks

_TLS = {"imaps": "tls", "starttls": "starttls", "none": "none"}


def look(home: Path, config: Path) -> list[Elsewhere]:
    """The accounts in mbsync's file, those of msmtp put to them; and what only msmtp knows."""
    receiving = [one for file in (home / ".mbsyncrc", config / "isyncrc") for one in read(text_of(file), str(file))]
    sending = [one for file in (home / ".msmtprc", config / "msmtp" / "config") for one in read_msmtp(text_of(file), str(file))]
    return joined(receiving, sending)


def joined(receiving: list[Elsewhere], sending: list[Elsewhere]) -> list[Elsewhere]:
    """Accounts that belong together: by name, by address, by user."""
    left = list(sending)
    found = []
    for one in receiving:
        out = next((other for other in left if _belong(one, other)), None)
        if out is not None:
            left.remove(out)
            one = replace(
                one, outgoing=out.outgoing, outgoing_command=out.command, address=out.address or one.address,
                clear_password=one.clear_password or out.clear_password,
            )  # fmt: skip
        found.append(one)
    return [*found, *(replace(one, outgoing_command=one.command) for one in left)]


def _belong(one: Elsewhere, other: Elsewhere) -> bool:
    users = [side.user.casefold() for side in (one.incoming, other.outgoing) if side is not None]
    same_user = len(users) == 2 and users[0] == users[1] and users[0] != ""
    return one.name == other.name or (one.address != "" and one.address == other.address) or same_user


def read(text: str, file: str = "") -> list[Elsewhere]:
    """The sections IMAPAccount, and IMAPStore where it has a host of its own."""
    found = []
    for told in _sections(text, ("imapaccount", "imapstore")):
        user = told.get("user", "")
        kind = (told.get("tlstype") or told.get("ssltype") or "").lower()
        security = _TLS.get(kind, "tls" if told.get("port", "") in ("", "993") else "starttls")
        trust = trust_of(told.get("certificatefile", ""))
        incoming = server("imap", told.get("host", ""), port=told.get("port", 0), security=security, user=user, trust=trust)
        if incoming is None:
            continue
        command = told.get("passcmd", "").removeprefix("+")
        address = user if not checks.address(user) else ""
        found.append(
            Elsewhere(
                program="mbsync", file=file, name=told["section"], address=address, incoming=incoming,
                command=without_shell(command), clear_password="pass" in told,
            )
        )  # fmt: skip
    return found


def read_msmtp(text: str, file: str = "") -> list[Elsewhere]:
    """The accounts of msmtp, each with what it inherits."""
    found, known, inherited = [], {"defaults": dict[str, str]()}, set[str]()
    for told in _sections(text, ("account", "defaults"), splits=False):
        names = told.pop("section").replace(":", " : ").split()
        name = names[0] if names else "defaults"
        bases = [one.strip(",") for one in names[2:]] if ":" in names else []
        merged = dict(known["defaults"])
        inherited.update(bases)
        for base in bases:
            merged.update(known.get(base, {}))
        merged.update(told)
        known[name] = merged
        if name == "defaults" or not told:
            continue
        tls = merged.get("tls", "off").lower() == "on"
        security = ("starttls" if merged.get("tls_starttls", "on").lower() == "on" else "tls") if tls else "none"
        auth = merged.get("auth", "off").lower() != "off"
        user = merged.get("user", "") if auth else ""
        trust = trust_of(merged.get("tls_trust_file", ""), merged.get("tls_fingerprint", ""))
        host, port = merged.get("host", ""), merged.get("port", 0)
        outgoing = server("smtp", host, port=port, security=security, user=user, auth=auth, trust=trust)
        if outgoing is None:
            continue
        found.append(
            Elsewhere(
                program="msmtp", file=file, name=name, address=merged.get("from", ""), outgoing=outgoing,
                command=without_shell(merged.get("passwordeval", "")), clear_password="password" in merged,
            )
        )  # fmt: skip
    # What others only inherit from, and names no address, is no account.
    return [one for one in found if one.address or one.name not in inherited]


def _sections(text: str, heads: tuple[str, ...], *, splits: bool = True) -> Iterator[dict[str, str]]:
    """The sections that begin with one of these words, as keys in lower case; `section` is what follows the word."""
    here: dict[str, str] | None = None
    for line in text.splitlines():
        word, _blank, rest = line.strip().partition(" ")
        key, value = word.lower(), _unquoted(rest.strip())
        if not word and splits:
            if here:
                yield here
            here = None
        elif not word or word.startswith("#"):
            continue
        elif key in heads:
            if here:
                yield here
            here = {"section": value}
        elif here is not None:
            here[key] = value
    if here:
        yield here


def _unquoted(value: str) -> str:
    """A value without its quotation marks; \\" in it is one."""
    if not value.startswith('"'):
        return value
    try:
        return shlex.split(value)[0]
    except (ValueError, IndexError):
        return value.strip('"')
