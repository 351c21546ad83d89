"""An account as another program has it, and where such programs keep their settings."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from core.settings import Server, checks

MOST_BYTES = 1024 * 1024
"""A settings file above this is none."""
_SHELL = frozenset("|&;<>$`*?(){}~\n")


class Elsewhere(Struct, frozen=True, kw_only=True):
    """An account of another program. What it does not say is empty; passwords in clear are left where they are."""

    program: str
    """neomutt, aerc, himalaya, mbsync, msmtp, offlineimap, thunderbird."""
    file: str
    name: str
    address: str = ""
    person: str = ""
    incoming: Server | None = None
    outgoing: Server | None = None
    command: str = ""
    """Tells the password; as Correio runs it, without a shell."""
    outgoing_command: str = ""
    clear_password: bool = False
    """Whether a password stands in the file: it is not taken over."""

    @property
    def usable(self) -> bool:
        """Whether there is a server that mail comes from, and an address."""
        return self.incoming is not None and bool(self.address)


def text_of(path: Path) -> str:
    """The text of a settings file; '' where there is none, or it cannot be read or is too large."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return ""
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def without_shell(command: str) -> str:
    """A command that another program gives to a shell, as words that run without one."""
    command = command.strip()
    try:
        shlex.split(command)
        plain = not any(sign in _SHELL for sign in command)
    except ValueError:
        plain = False
    return command if plain or not command else shlex.join(["sh", "-c", command])


def trust_of(file: str, fingerprint: str = "") -> str:
    """Who is believed about a server, as the settings have it: one certificate, a file of the user's own, else the system."""
    pinned = f"sha256:{fingerprint.replace(':', '').lower()}"
    if fingerprint and not checks.trust(pinned):
        return pinned
    path = Path(file).expanduser()
    own = path.is_absolute() and path.is_file() and not path.is_relative_to("/etc") and not path.is_relative_to("/usr")
    return str(path) if own and not checks.trust(str(path)) else "system"


def server(
    kind: str, host: str, *, port: int | str = 0, security: str = "tls", user: str = "", auth: bool = True,
    trust: str = "system",
) -> Server | None:  # fmt: skip
    """A server of the settings; None where the host or the port cannot be one."""
    number = int(port) if str(port).isascii() and str(port).isdigit() else 0
    if checks.host(host) or number > 65535 or checks.one_line(user):
        return None
    return Server(kind=kind, host=host.lower(), port=number, security=security, user=user, auth=auth and bool(user), trust=trust)


def from_url(url: str, user: str = "", trust: str = "system") -> tuple[Server | None, bool]:
    """The server of imaps://user@host:993 or smtp+plain://…, and whether a password stands in it."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or 0
    except ValueError:
        return None, False
    scheme, *options = parts.scheme.lower().split("+")
    kind = scheme[:4]
    if kind not in ("imap", "smtp"):
        return None, False
    security = "tls" if scheme in ("imaps", "smtps") or port in (993, 465) else "none" if "insecure" in options else "starttls"
    who = unquote(parts.username or "") or user
    auth = "none" not in options
    found = server(kind, parts.hostname or "", port=port, security=security, user=who, auth=auth, trust=trust)
    return found, bool(parts.password)


def look_around(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> list[Elsewhere]:
    """The accounts of other programs, those that can be used first; each mailbox once, as the first program has it."""
    home = home or Path.home()
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    found = [one for reader in _readers() for one in reader(home, config)]
    ranked = sorted(found, key=lambda one: (not one.usable, one.incoming is None, one.outgoing is None))
    seen: dict[tuple[str, str], Elsewhere] = {}
    for one in ranked:
        side = one.incoming or one.outgoing
        if side is not None:
            seen.setdefault((side.host, side.user.casefold() or one.address), one)
    return list(seen.values())


def _readers() -> Iterator[Callable[[Path, Path], list[Elsewhere]]]:
    from core.elsewhere import aerc, himalaya, mbsync, neomutt, offlineimap, thunderbird

    yield from (thunderbird.look, neomutt.look, aerc.look, himalaya.look, mbsync.look, offlineimap.look)
