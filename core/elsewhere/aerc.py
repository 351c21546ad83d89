"""aerc's accounts.conf."""

from __future__ import annotations

import configparser
from pathlib import Path

from core.address import parse_addresses
from core.elsewhere.found import Elsewhere, from_url, text_of, without_shell


def look(home: Path, config: Path) -> list[Elsewhere]:
    """The accounts in aerc/accounts.conf."""
    file = config / "aerc" / "accounts.conf"
    return read(text_of(file), str(file))


def read(text: str, file: str = "") -> list[Elsewhere]:
    """One account a section; other back ends than IMAP are passed over."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, delimiters=("=",), comment_prefixes=("#", ";"))
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    found = []
    for name in parser.sections():
        told = {key: (value or "").strip() for key, value in parser.items(name)}
        incoming, clear = from_url(told.get("source", ""))
        outgoing, clear_too = from_url(told.get("outgoing", ""))
        if incoming is None and outgoing is None:
            continue
        sender = next(iter(parse_addresses(told.get("from", ""))), None)
        found.append(
            Elsewhere(
                program="aerc",
                file=file,
                name=name,
                address=sender.addr if sender else "",
                person=sender.name if sender else "",
                incoming=incoming,
                outgoing=outgoing,
                command=without_shell(told.get("source-cred-cmd", "")),
                outgoing_command=without_shell(told.get("outgoing-cred-cmd", "")),
                clear_password=clear or clear_too,
            )
        )
    return found
