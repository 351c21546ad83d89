"""offlineimap's rc."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

from core.elsewhere.found import Elsewhere, server, text_of, trust_of
from core.settings import checks

_GMAIL = "imap.gmail.com"


def look(home: Path, config: Path) -> list[Elsewhere]:
    """The accounts in .offlineimaprc."""
    files = (home / ".offlineimaprc", config / "offlineimap" / "config")
    return [one for file in files for one in read(text_of(file), str(file))]


def read(text: str, file: str = "") -> list[Elsewhere]:
    """One account a remote repository. What a piece of Python tells (remotepasseval) cannot be taken over."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    found = []
    for section in parser.sections():
        if not section.startswith("Account "):
            continue
        remote = f"Repository {parser.get(section, 'remoterepository', fallback='') or ''}"
        if not parser.has_section(remote):
            continue
        told = {key: (value or "").strip() for key, value in parser.items(remote)}
        host = told.get("remotehost") or (_GMAIL if told.get("type", "").lower() == "gmail" else "")
        secure, upgraded = (told.get(name, "yes").lower() not in ("no", "false", "off", "0") for name in ("ssl", "starttls"))
        security = "tls" if secure else "starttls" if upgraded else "none"
        user = told.get("remoteuser", "")
        trust = trust_of(told.get("sslcacertfile", ""), told.get("cert_fingerprint", ""))
        incoming = server("imap", host, port=told.get("remoteport", 0), security=security, user=user, trust=trust)
        if incoming is None:
            continue
        password = told.get("remotepassfile", "")
        found.append(
            Elsewhere(
                program="offlineimap", file=file, name=section.removeprefix("Account ").strip(),
                address=user if not checks.address(user) else "", incoming=incoming,
                command=shlex.join(["head", "-n", "1", str(Path(password).expanduser())]) if password else "",
                clear_password="remotepass" in told,
            )
        )  # fmt: skip
    return found
