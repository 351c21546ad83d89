"""The rc of neomutt and mutt: what it sets, and what the files set that it sources. Nothing in it is run."""

from __future__ import annotations

import shlex
from pathlib import Path

from core.address import parse_addresses
from core.elsewhere.found import Elsewhere, from_url, text_of, trust_of, without_shell

_FILES = ("neomutt/neomuttrc", "neomutt/muttrc", "mutt/muttrc")
MOST_FILES = 50
Settings = dict[str, str]


def look(home: Path, config: Path) -> list[Elsewhere]:
    """The accounts of the first rc there is, in the order in which the programs look for theirs."""
    own = [home / name for name in (".neomuttrc", ".mutt/neomuttrc", ".muttrc", ".mutt/muttrc")]
    names = [*own[:2], *(config / name for name in _FILES), *own[2:]]
    main = next((file for file in names if file.is_file()), None)
    return read(main, home) if main is not None else []


def read(main: Path, home: Path) -> list[Elsewhere]:
    """One account for each file that names a server; a file that the main one sources begins with what was set before it."""
    found: list[Elsewhere] = []
    seen: set[Path] = set()

    def follow(file: Path, settings: Settings) -> None:
        if file in seen or len(seen) >= MOST_FILES:
            return
        seen.add(file)
        own: Settings = {}
        for words in _commands(text_of(file)):
            if words[0] == "set":
                told = _set(words[1:], {**settings, **own})
                own.update(told)
            elif words[0] in ("source", "folder-hook", "account-hook") and "source" in words:
                name = " ".join(words[words.index("source") + 1 :]).strip("'\"")
                if name and not name.endswith("|"):
                    other = _path(name, file.parent, home)
                    if _names_server(text_of(other)):
                        follow(other, {**settings, **own})
                    else:
                        for more in _commands(text_of(other)):
                            own.update(_set(more[1:], {**settings, **own}) if more[0] == "set" else {})
        if {"folder", "spoolfile", "spool_file", "smtp_url", "imap_user"} & own.keys():
            account = _account({**settings, **own}, file)
            if account is not None:
                found.append(account)

    follow(main, {})
    return found


def _account(told: Settings, file: Path) -> Elsewhere | None:
    url = next((told[name] for name in ("folder", "spoolfile", "spool_file") if told.get(name, "").startswith("imap")), "")
    # The other file, of certificates that were accepted one by one, lists no authorities.
    trust = trust_of(told.get("ssl_ca_certificates_file", ""))
    incoming, clear = from_url(url, told.get("imap_user", ""), trust)
    outgoing, clear_too = from_url(told.get("smtp_url", ""), told.get("smtp_user", ""), trust)
    if incoming is None and outgoing is None:
        return None
    sender = next(iter(parse_addresses(told.get("from", ""))), None)
    user = incoming.user if incoming is not None else ""
    passwords = {name: told.get(name, "") for name in ("imap_pass", "smtp_pass")}
    commands = {name: without_shell(one.strip("`")) if one.startswith("`") else "" for name, one in passwords.items()}
    return Elsewhere(
        program="neomutt",
        file=str(file),
        name=(told.get("from", "") and (sender.addr if sender else "")) or user or file.name,
        address=sender.addr if sender else user if "@" in user else "",
        person=told.get("realname", "") or told.get("real_name", "") or (sender.name if sender else ""),
        incoming=incoming,
        outgoing=outgoing,
        command=commands["imap_pass"],
        outgoing_command=commands["smtp_pass"],
        clear_password=clear or clear_too or any(one and not one.startswith("`") for one in passwords.values()),
    )


def _names_server(text: str) -> bool:
    return any(word in text for word in ("imap://", "imaps://", "smtp://", "smtps://", "imap_user"))


def _path(name: str, beside: Path, home: Path) -> Path:
    if name.startswith("~/"):
        return home / name[2:]
    return Path(name) if name.startswith("/") else beside / name


def _commands(text: str) -> list[list[str]]:
    """The lines as words: continued lines joined, comments left out, quotation marks kept where they matter."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
        lexer.whitespace_split, lexer.commenters, lexer.quotes = True, "#", "\"'"
        try:
            words = list(lexer)
        except ValueError:
            continue
        if words:
            found.append(words)
    return found


def _set(words: list[str], known: Settings) -> Settings:
    """`name=value name = value`, with $names put in."""
    found: Settings = {}
    text = list(words)
    while text:
        name, equals, value = text.pop(0).partition("=")
        if not equals and text and text[0].startswith("="):
            value = text.pop(0)[1:]
            equals = "="
        if equals and not value and text:
            value = text.pop(0)
        if value.startswith("`") and not (value.endswith("`") and len(value) > 1):
            while text and not value.endswith("`"):
                value += " " + text.pop(0)
        if equals:
            found[name.strip()] = _filled(value, {**known, **found})
    return found


def _filled(value: str, known: Settings) -> str:
    for name in sorted(known, key=len, reverse=True):
        value = value.replace(f"${name}", known[name])
    return value
